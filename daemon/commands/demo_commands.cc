#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/text.h"
#include "daemon/api/identity.h"
#include "daemon/child_process.h"
#include "daemon/commands/serving.h"
#include "daemon/commands/stop_signals.h"
#include "daemon/demo/change_lines.h"
#include "daemon/demo/demo_folder.h"
#include "daemon/demo/live_story.h"
#include "daemon/demo/past_import.h"
#include "daemon/serve.h"
#include "simulator/simulator.h"

namespace assayd::daemon {
namespace {

struct Options {
  std::string listen;
  std::string simulator_listen;
  int pace_seconds = 30;
};

constexpr const char* kUsualListen = "127.0.0.1:8787";
constexpr const char* kUsualSimulator = "127.0.0.1:8788";
constexpr const char* kAnyPort = "127.0.0.1:0";

/// At the usual port, or where that is taken at a free one; but where it was asked for, there or
/// not at all.
template <class Start>
auto StartAt(const std::string& asked, const char* usual, const char* option, const Start& start) {
  if (!asked.empty()) return NameListenOption(start(asked), option);
  auto started = start(usual);
  return started ? std::move(started) : start(kAnyPort);
}

void Say(const std::string& text) { std::cout << text << std::endl; }

struct Demo {
  const Context& context;
  const Options& options;
  DemoFolder folder;
  SystemClock clock;
  SystemRandom random;
  std::string token = MintToken(random);
  std::unique_ptr<simulator::Simulator> tenant;
  std::filesystem::path configuration;
  std::atomic<std::uint64_t> restarts{0};  ///< of connect
  std::unique_ptr<Serve> serve;
  std::unique_ptr<ChildProcess> connect;

  Result<> StartTenant();
  Result<> StartServe();
  Result<> ImportHistory();
  void StartConnect();
  /// Until each setting was read once: what changes from then on was seen to change.
  void WaitForFirstReads() const;
  [[nodiscard]] static http::Client To(const std::string& url, const std::string& bearer = {}) {
    return http::Client({.url = url, .local_socket = {}, .bearer = bearer, .ca_file = {}});
  }
  [[nodiscard]] const simulator::TenantIdentity& identity() const {
    return tenant->tenants().front();
  }
};

Result<> Demo::StartTenant() {
  ASSAYD_TRY(tenant, StartAt(options.simulator_listen, kUsualSimulator, "--simulator-listen",
                             [&](const std::string& listen) {
                               simulator::Options simulated;
                               simulated.listen = listen;
                               simulated.ends_with_mfa_enforced = true;
                               simulated.secure_score_delay = std::chrono::seconds(10);
                               return simulator::Simulator::Start(simulated, clock, random);
                             }));
  ASSAYD_TRY(configuration, folder.WriteConfiguration(tenant->url(), identity().id, random));
  Say("simulated tenant url=" + tenant->url());
  return {};
}

Result<> Demo::StartServe() {
  Context own = context;
  own.config_file = configuration.string();
  own.data_folder = folder.store().string();
  if (own.log_level.empty()) own.log_level = "warn";
  ASSAYD_TRY(auto settings, LoadSettingsFor(own));
  ASSAYD_CHECK(RequireCatalogue(settings));
  ASSAYD_TRY(serve,
             StartAt(options.listen, kUsualListen, "--listen", [&](const std::string& listen) {
               ServeOptions made;
               made.settings = settings;
               made.settings.server.listen = listen;
               made.everybody_reads = true;
               made.connect_token = token;
               made.child_restarts = [this] { return restarts.load(); };
               return Serve::Start(std::move(made), clock, random);
             }));
  return {};
}

Result<> Demo::ImportHistory() {
  const auto id = domain::TenantId::Parse(identity().id);
  if (const auto view = serve->shard().fleet().Find(*id); view && view->state().ready()) return {};
  const auto begun = clock.Monotonic();
  ASSAYD_TRY(
      const auto answer,
      To(tenant->url()).Ask({.target = "/_simulator/v1/history?days=90&tenant=" + identity().id}));
  ASSAYD_TRY(const Json history, ParseJson(answer.body, {.bytes_max = 256U * 1024 * 1024,
                                                         .depth_max = 64,
                                                         .values_max = 20'000'000}));
  ASSAYD_TRY(const std::size_t taken,
             ImportPast(To(serve->url(), token), history, identity().id, clock, random));
  Say(fmt::format("imported 90 days of history: {} signals in {:.1f} s", taken,
                  static_cast<double>((clock.Monotonic() - begun).count()) / 1000.0));
  return {};
}

void Demo::StartConnect() {
  std::vector<std::string> arguments{"connect",
                                     "--token-fd",
                                     "{fd}",
                                     "--daemon-url",
                                     serve->url(),
                                     "--config",
                                     configuration.string(),
                                     "--data",
                                     folder.store().string(),
                                     "--log-level",
                                     context.log_level.empty() ? "warn" : context.log_level};
  connect = std::make_unique<ChildProcess>(std::move(arguments), token, restarts);
  connect->Start();
}

void Demo::WaitForFirstReads() const {
  constexpr Milliseconds kPatience = std::chrono::seconds(5);
  const auto id = domain::TenantId::Parse(identity().id);
  const auto all_read = [&] {
    const auto view = serve->shard().fleet().Find(*id);
    return view && std::ranges::none_of(view->state().settings, [](const auto& setting) {
             return setting.first_live == kBeginningOfTime;
           });
  };
  const auto begun = clock.Monotonic();
  while (!all_read() && clock.Monotonic() - begun < kPatience)
    std::this_thread::sleep_for(Milliseconds(20));
}

Result<Exit> Run(const Context& context, const Options& options) {
  // Everybody who reaches the demo may read it.
  ASSAYD_CHECK(
      CheckListenOption({.listen = options.listen.empty() ? kUsualListen : options.listen}));
  // Whoever names tenants of their own expects these, and nobody's credentials belong in here.
  if (!context.config_file.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "--config: the demo has one simulated tenant and a configuration of its own; "
                "`assayd run --config " +
                    EscapeForLine(context.config_file) + "` watches the tenants of that file");
  }
  ASSAYD_TRY(auto folder, DemoFolder::Make(context.data_folder));
  Demo demo{.context = context,
            .options = options,
            .folder = std::move(folder),
            .clock = {},
            .random = {},
            .tenant = {},
            .configuration = {},
            .serve = {},
            .connect = {}};
  ASSAYD_CHECK(demo.StartTenant());
  ASSAYD_CHECK(demo.StartServe());
  Say("listening url=" + demo.serve->url());
  ASSAYD_CHECK(demo.ImportHistory());
  demo.StartConnect();
  demo.WaitForFirstReads();
  Say(fmt::format(
      "Open {0}/ in a browser. Everything here may be read without a password, from this machine "
      "only.\n"
      "Ask it from another terminal: assayd score --url {0}\n"
      "Change something yourself:    curl {1}/_simulator/v1/scenarios/rms -H "
      "'Content-Type: application/json' -d '{{\"enabled\": true}}'\n"
      "Examine what it wrote:        assayd verify --data {2}\n"
      "About every {3} seconds somebody changes something. Ctrl-C ends the demo{4}.\n",
      demo.serve->url(), demo.tenant->url(), demo.folder.store().string(), options.pace_seconds,
      context.data_folder.empty() ? " and removes its data" : "; its data stays"));
  {
    const ChangeLines lines(Demo::To(demo.serve->url()), demo.identity().id,
                            demo.serve->shard().log().head().tree_size, Say);
    const LiveStory story(Demo::To(demo.tenant->url()), demo.identity().domain,
                          std::chrono::seconds(options.pace_seconds));
    WaitForStop([] {});
  }
  demo.connect.reset();
  return Exit::kOk;
}

}  // namespace

void AddDemoCommand(CLI::App& app, Context& context) {
  auto* const command = app.add_subcommand(
      "demo", "the whole daemon with a simulated tenant: no account, no Kafka, no password");
  command->footer("Examples:\n  assayd demo\n  assayd demo --pace 5 --data ./demo-data");
  const auto options = std::make_shared<Options>();
  command->add_option("--listen", options->listen,
                      "address:port of API, web and metrics; else 127.0.0.1:8787, or a free port");
  command->add_option("--simulator-listen", options->simulator_listen,
                      "that of the simulated tenant; else 127.0.0.1:8788, or a free port");
  command->add_option("--pace", options->pace_seconds, "seconds between changes")
      ->check(CLI::Range(1, 3'600))
      ->capture_default_str();
  command->callback([&context, options] {
    context.RunAlone([&context, options] { return Run(context, *options); });
  });
}

}  // namespace assayd::daemon
