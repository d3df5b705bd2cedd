#include "daemon/commands/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <vector>

#include "base/text.h"
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

/// An error may have several lines, with what other people wrote in them.
std::string EscapeLines(std::string_view text) {
  std::string lines;
  for (const auto line : Split(text, '\n'))
    lines += (lines.empty() ? "" : "\n") + EscapeForLine(line);
  return lines;
}

int Report(const Error& error) {
  std::cerr << "assayd: " << ErrorText(error.code) << (error.context.empty() ? "" : ": ")
            << EscapeLines(error.context) << "\n";
  // What a daemon answered may have said it already.
  const auto hint = ErrorHint(error.code);
  if (!hint.empty() && error.context.find(hint) == std::string::npos)
    std::cerr << "  " << hint << "\n";
  return static_cast<int>(ExitOf(error.code));
}

/// The command that was chosen, as far as it is known.
const CLI::App& ChosenIn(const CLI::App& app) {
  const CLI::App* chosen = &app;
  while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().front();
  return *chosen;
}

/// What CLI11 says, except that it only misses a command where one was given that it does not know.
std::string UsageProblem(const CLI::App* app, const CLI::Error& problem) {
  std::string text = problem.what();
  const CLI::App& chosen = ChosenIn(*app);
  const auto words = app->remaining(true);
  const auto word =
      std::ranges::find_if(words, [](const std::string& each) { return !each.starts_with('-'); });
  if (problem.get_name() == "RequiredError" && word != words.end() &&
      !chosen.get_subcommands({}).empty()) {
    std::vector<std::string> known;
    for (const auto* const command : chosen.get_subcommands({}))
      known.push_back(command->get_name());
    const auto closest = Closest(*word, known);
    text = "there is no command '" + EscapeForLine(*word) + "'" +
           (closest ? "; did you mean '" + *closest + "'?" : "");
  }
  return text + "\nRun with --help for more information.\n";
}

/// Options that are refused because they would do nothing.
Result<> CheckEffect(const Context& context) {
  if (context.asks_daemon || (context.url.empty() && context.token_file.empty())) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "--url and --token-file have no effect here: this command asks no daemon");
}

}  // namespace

std::shared_ptr<CLI::App> MakeCommandLine(Context& context) {
  auto app = std::make_shared<CLI::App>(
      "Watches Microsoft 365 tenants, records every configuration change, and keeps compliance "
      "score and secure score correct at every moment.",
      "assayd");
  app->footer("Example:\n  assayd demo\nHelp on a command: assayd COMMAND --help");
  app->require_subcommand(1);
  app->fallthrough();
  app->failure_message(UsageProblem);
  AddSharedOptions(*app, context);
  AddDemoCommand(*app, context);
  AddServeCommands(*app, context);
  AddConnectCommand(*app, context);
  AddSimulateCommand(*app, context);
  AddStateCommands(*app, context);
  AddQuestionCommands(*app, context);
  AddPastCommands(*app, context);
  AddAssessmentCommands(*app, context);
  AddFleetCommands(*app, context);
  AddStoreCommands(*app, context);
  AddCatalogueCommands(*app, context);
  AddEvaluateCommand(*app, context);
  AddSetupCommands(*app, context);
  return app;
}

int RunCommandLine(int argc, char** argv) {
  HoldSignals();
  Context context;
  const auto app = MakeCommandLine(context);
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    const int shown = app->exit(problem);
    return shown == 0 ? 0 : static_cast<int>(Exit::kUsage);
  }
  if (const auto effective = CheckEffect(context); !effective) return Report(effective.error());
  try {
    const auto done = context.run();
    return done ? static_cast<int>(*done) : Report(done.error());
  } catch (const std::exception& problem) {
    // A library's, for what it was given: an answer that is not what the API promises.
    return Report({ErrorCode::kInternal, problem.what()});
  }
}

}  // namespace assayd::daemon
