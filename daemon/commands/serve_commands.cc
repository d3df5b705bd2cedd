#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>

#include "base/log.h"
#include "base/random.h"
#include "daemon/api/identity.h"
#include "daemon/child_process.h"
#include "daemon/commands/serving.h"
#include "daemon/commands/stop_signals.h"
#include "daemon/notify.h"
#include "daemon/serve.h"

namespace assayd::daemon {
namespace {

struct Options {
  std::string listen;
};

/// What the connect process is started with: the same configuration, and where this daemon listens.
std::vector<std::string> ConnectArguments(const Context& context, const config::Settings& settings,
                                          const std::string& url) {
  std::vector<std::string> arguments{
      "connect", "--token-fd", "{fd}", "--daemon-url", url, "--data", settings.store.path.string()};
  if (const auto file = ConfigFileOf(context); !file.empty())
    arguments.insert(arguments.end(), {"--config", file.string()});
  if (!context.log_level.empty())
    arguments.insert(arguments.end(), {"--log-level", context.log_level});
  return arguments;
}

Result<Exit> Run(const Context& context, const Options& options, bool with_connect) {
  const auto process = with_connect ? config::Process::kBoth : config::Process::kServe;
  ASSAYD_TRY(auto settings, LoadSettingsFor(context, process));
  ASSAYD_CHECK(RequireCatalogue(settings));
  if (!options.listen.empty()) settings.server.listen = options.listen;
  ASSAYD_CHECK(CheckListenOption(settings.server));
  if (settings.transport.mode == config::TransportSettings::Mode::kKafka) {
    log::Warn("signals are taken over HTTP only: nothing reads kafka.signals_topic",
              {{"topic", settings.kafka.signals_topic}});
  }
  SystemClock clock;
  SystemRandom random;
  std::atomic<std::uint64_t> restarts{0};
  const std::string token = with_connect ? MintToken(random) : "";
  ServeOptions serve_options;
  serve_options.settings = settings;
  serve_options.connect_token = token;
  serve_options.child_restarts = [&restarts] { return restarts.load(); };
  ASSAYD_TRY(const auto serve,
             NameListenOption(Serve::Start(std::move(serve_options), clock, random), "--listen"));
  std::cout << "listening url=" << serve->url() << std::endl;
  std::optional<ChildProcess> child;
  if (with_connect) {
    child.emplace(ConnectArguments(context, settings, serve->url()), token, restarts);
    child->Start();
  }
  NotifyReady();
  WaitForStop([&] {
    const auto fresh = LoadSettingsFor(context, process);
    const auto done = fresh ? serve->Reload(*fresh) : Result<>(std::unexpected(fresh.error()));
    serve->NoteReload(done);
    if (!done)
      return log::Error("the configuration stays as it was", {{"error", done.error().ToString()}});
    if (child) child->Signal(SIGHUP);
  });
  NotifyStopping();
  log::Info("stopping");
  child.reset();
  return Exit::kOk;
}

void Add(CLI::App& app, Context& context, const char* name, const char* about, const char* footer,
         bool with_connect) {
  auto* const command = app.add_subcommand(name, about);
  command->footer(footer);
  const auto options = std::make_shared<Options>();
  command->add_option("--listen", options->listen,
                      "address:port of API, web and metrics; port 0 takes a free one");
  command->callback([&context, options, with_connect] {
    context.RunAlone(
        [&context, options, with_connect] { return Run(context, *options, with_connect); });
  });
}

}  // namespace

void AddServeCommands(CLI::App& app, Context& context) {
  Add(app, context, "run", "serve and connect together: the whole daemon on one machine",
      "Example:\n  assayd run --config /etc/assayd/assayd.yaml", true);
  Add(app, context, "serve",
      "takes signals, keeps the log, answers: holds data and port, no tenant credentials",
      "Example:\n  assayd serve --config /etc/assayd/assayd.yaml --listen 127.0.0.1:8787", false);
}

}  // namespace assayd::daemon
