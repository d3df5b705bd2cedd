#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "daemon/child_process.h"
#include "daemon/commands/serving.h"
#include "daemon/commands/stop_signals.h"
#include "daemon/connect.h"
#include "daemon/notify.h"

namespace assayd::daemon {
namespace {

struct Options {
  int token_fd = -1;
  std::string daemon_url;
};

Result<Exit> Run(const Context& context, const Options& options) {
  ASSAYD_TRY(auto settings, LoadSettingsFor(context, config::Process::kConnect));
  ASSAYD_CHECK(RequireCatalogue(settings));
  SystemClock clock;
  SystemRandom random;
  ConnectOptions connect_options{
      .settings = std::move(settings), .daemon_url = options.daemon_url, .token = {}};
  std::optional<ParentWatch> parent;
  if (options.token_fd >= 0) {
    ASSAYD_TRY(auto token, TakeSecretFromParent(options.token_fd));
    connect_options.token = Secret(std::move(token));
    parent.emplace(options.token_fd, RequestStop);
  }
  ASSAYD_TRY(const auto connect, Connect::Start(std::move(connect_options), clock, random));
  NotifyReady();
  WaitForStop([&] {
    const auto fresh = LoadSettingsFor(context, config::Process::kConnect);
    const auto done = fresh ? connect->Reload(*fresh) : Result<>(std::unexpected(fresh.error()));
    if (!done) log::Error("the tenants stay as they were", {{"error", done.error().ToString()}});
  });
  NotifyStopping();
  return Exit::kOk;
}

}  // namespace

void AddConnectCommand(CLI::App& app, Context& context) {
  auto* const command =
      app.add_subcommand("connect", "reads the tenants: holds their credentials, no data, no port");
  command->footer(
      "Signals go to transport.url with transport.token_file, or to Kafka (transport.mode: "
      "kafka).\n"
      "Example:\n  assayd connect --config /etc/assayd/assayd.yaml");
  const auto options = std::make_shared<Options>();
  // How `run` starts it; a person configures transport instead.
  command->add_option("--token-fd", options->token_fd)->group("");
  command->add_option("--daemon-url", options->daemon_url)->group("");
  command->callback([&context, options] {
    context.RunAlone([&context, options] { return Run(context, *options); });
  });
}

}  // namespace assayd::daemon
