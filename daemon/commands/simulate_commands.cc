#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "daemon/commands/serving.h"
#include "daemon/commands/stop_signals.h"
#include "simulator/simulator.h"

namespace assayd::daemon {
namespace {

struct Options {
  std::string listen = "127.0.0.1:8788";
  bool everywhere = false;
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> directory_ids;
  std::string captures;
  std::uint64_t seed = 1;
  double audit_delay = 0;
  double score_delay = 300;
};

Milliseconds FromSeconds(double seconds) {
  return Milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

simulator::Options SimulatorOptions(const Options& options) {
  simulator::Options made;
  made.listen = options.listen;
  made.allows_other_than_loopback = options.everywhere;
  made.allowed_hosts = options.allowed_hosts;
  for (const auto& id : options.directory_ids) {
    const std::string number = made.tenants.empty() ? "" : std::to_string(made.tenants.size() + 1);
    made.tenants.push_back(
        {.id = id, .name = "Contoso" + number, .domain = "contoso" + number + ".onmicrosoft.com"});
  }
  made.captures = options.captures;
  made.seed = options.seed;
  made.audit_delay = FromSeconds(options.audit_delay);
  made.secure_score_delay = FromSeconds(options.score_delay);
  return made;
}

void PrintHowToConnect(const simulator::Simulator& running) {
  const std::string url = running.url();
  std::cerr << "client secret: simulated-secret, any client id. In the configuration of assayd:\n  "
               "tenants:\n";
  for (const auto& tenant : running.tenants()) {
    std::cerr << fmt::format(
                     "    - alias: {}\n      tenant_id: {}\n      cloud: {{authority: \"{}\", "
                     "graph: \"{}\", exchange: \"{}\"}}\n",
                     tenant.domain.substr(0, tenant.domain.find('.')), tenant.id, url, url, url)
              << "      credential: {client_id: 11111111-1111-4111-8111-111111111111, "
                 "client_secret_file: FILE}\n";
  }
  std::cerr << "Change something:\n  curl " << url
            << "/_simulator/v1/scenarios/mfa -H 'Content-Type: application/json' -d "
               "'{\"enabled\": false}'\n";
}

Result<Exit> Run(const Context& context, const Options& options) {
  if (!context.log_level.empty()) {
    const auto level = log::ParseLevel(context.log_level);
    if (!level)
      return Fail(ErrorCode::kInvalidArgument, "'" + context.log_level + "' is no log level");
    log::Configure({.level = *level});
  }
  SystemClock clock;
  SystemRandom random;
  ASSAYD_TRY(const auto running,
             NameListenOption(simulator::Simulator::Start(SimulatorOptions(options), clock, random),
                              "--listen"));
  std::cout << "listening url=" << running->url() << std::endl;
  PrintHowToConnect(*running);
  WaitForStop([] {});
  return Exit::kOk;
}

}  // namespace

void AddSimulateCommand(CLI::App& app, Context& context) {
  auto* const command =
      app.add_subcommand("simulate", "a simulated Microsoft 365 tenant, to try and test against");
  command->footer(
      "What it answers, and how to change it: docs/simulator.md.\nExamples:\n  assayd simulate\n"
      "  assayd simulate --captures ./captured --listen 127.0.0.1:0");
  const auto options = std::make_shared<Options>();
  command->add_option("--listen", options->listen, "address:port; port 0 takes a free one")
      ->capture_default_str();
  command->add_flag("--allow-other-than-loopback", options->everywhere,
                    "listen where others reach it: everybody who does may change the tenants");
  command->add_option("--allowed-host", options->allowed_hosts,
                      "a name that it may be called by; repeatable");
  command->add_option("--directory-id", options->directory_ids,
                      "a tenant to be; repeatable, else one of its own");
  command->add_option("--captures", options->captures,
                      "folder of captured answers to give instead");
  command->add_option("--seed", options->seed, "the same seed tells the same story")
      ->capture_default_str();
  command
      ->add_option("--audit-delay", options->audit_delay,
                   "seconds until an audit record can be read")
      ->check(CLI::Range(0.0, 86'400.0))
      ->capture_default_str();
  command
      ->add_option("--secure-score-delay", options->score_delay,
                   "seconds until Secure Score notices a change")
      ->check(CLI::Range(0.0, 604'800.0))
      ->capture_default_str();
  command->callback([&context, options] {
    context.RunAlone([&context, options] { return Run(context, *options); });
  });
}

}  // namespace assayd::daemon
