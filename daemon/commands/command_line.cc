#include "daemon/commands/command_line.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/version.h"
#include "daemon/commands/administering.h"
#include "daemon/commands/asking.h"
#include "daemon/commands/serving.h"
#include "daemon/commands/stop_signals.h"

namespace assayd::daemon {
namespace {

void AddSharedOptions(CLI::App& app, Context& context) {
  app.set_version_flag("--version", std::string("assayd ") + Version());
  app.add_option("--config", context.config_file,
                 "configuration file; /etc/assayd/assayd.yaml when it exists");
  app.add_option("--data", context.data_folder,
                 "folder of the store; $STATE_DIRECTORY or ./assayd-data");
  app.add_option("--url", context.url,
                 "a running daemon, instead of its local socket ($ASSAYD_URL)");
  app.add_option("--token-file", context.token_file,
                 "file with the token for --url ($ASSAYD_TOKEN_FILE; or $ASSAYD_TOKEN)");
  app.add_option("--tenant", context.tenant, "alias or directory id, where there are several");
  app.add_option("--output", context.output, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  app.add_option("--log-level", context.log_level, "trace, debug, info, warn, error or off");
}

int Report(const Error& error) {
  std::cerr << "assayd: " << ErrorText(error.code) << (error.context.empty() ? "" : ": ")
            << error.context << "\n";
  if (const auto hint = ErrorHint(error.code); !hint.empty()) std::cerr << "  " << hint << "\n";
  return static_cast<int>(ExitOf(error.code));
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  HoldSignals();
  CLI::App app(
      "Watches Microsoft 365 tenants, records every configuration change, and keeps compliance "
      "score and secure score correct at every moment.",
      "assayd");
  app.footer("Try it: assayd demo\nHelp on a command: assayd COMMAND --help");
  app.require_subcommand(1);
  app.fallthrough();
  Context context;
  AddSharedOptions(app, context);
  AddDemoCommand(app, context);
  AddServeCommands(app, context);
  AddConnectCommand(app, context);
  AddSimulateCommand(app, context);
  AddStateCommands(app, context);
  AddPastCommands(app, context);
  AddFleetCommands(app, context);
  AddStoreCommands(app, context);
  AddCatalogueCommands(app, context);
  AddSetupCommands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    const int shown = app.exit(problem);
    return shown == 0 ? 0 : static_cast<int>(Exit::kUsage);
  }
  try {
    const auto done = context.run();
    return done ? static_cast<int>(*done) : Report(done.error());
  } catch (const std::exception& problem) {
    // A library's, for what it was given: an answer that is not what the API promises.
    return Report({ErrorCode::kInternal, problem.what()});
  }
}

}  // namespace assayd::daemon
