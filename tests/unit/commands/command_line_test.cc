#include "daemon/commands/command_line.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "tests/fakes/temporary_folder.h"

namespace assayd::daemon {
namespace {

/// Every command with the words that call it, the program itself first.
std::vector<std::pair<std::string, const CLI::App*>> Commands(const CLI::App& app,
                                                              const std::string& path) {
  std::vector<std::pair<std::string, const CLI::App*>> all{{path, &app}};
  for (const auto* const child : app.get_subcommands({})) {
    const auto below = Commands(*child, path + " " + child->get_name());
    all.insert(all.end(), below.begin(), below.end());
  }
  return all;
}

/// Runs the program as a shell would, and gives what it says on standard error.
std::string Said(std::vector<std::string> arguments, int expected) {
  arguments.insert(arguments.begin(), "assayd");
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  testing::internal::CaptureStderr();
  EXPECT_EQ(RunCommandLine(static_cast<int>(pointers.size()), pointers.data()), expected);
  return testing::internal::GetCapturedStderr();
}

TEST(CommandLineTest, EveryCommandHasAnExampleThatCallsIt) {
  Context context;
  const auto app = MakeCommandLine(context);
  const auto commands = Commands(*app, "assayd");
  EXPECT_GT(commands.size(), 30U);
  for (const auto& [path, command] : commands) {
    const std::string footer = command->get_footer();
    EXPECT_NE(footer.find("Example"), std::string::npos) << path;
    EXPECT_NE(footer.find(path), std::string::npos) << path;
  }
}

TEST(CommandLineTest, AnUnknownCommandIsNamedAndTheNearestSuggested) {
  EXPECT_EQ(Said({"scor"}, 2),
            "there is no command 'scor'; did you mean 'score'?\n"
            "Run with --help for more information.\n");
  EXPECT_NE(Said({"--tenant", "contoso", "nope"}, 2).find("there is no command 'nope'\n"),
            std::string::npos);
  EXPECT_NE(Said({"token", "crate", "name"}, 2).find("'crate'; did you mean 'create'?"),
            std::string::npos);
  EXPECT_NE(Said({}, 2).find("A subcommand is required"), std::string::npos);
  EXPECT_NE(Said({"score", "--as-off", "7d"}, 2).find("--as-off"), std::string::npos);
}

TEST(CommandLineTest, AGateIsBoundedByNumbersFromZeroOn) {
  for (const char* const option : {"--max-regression", "--min-score"}) {
    for (const char* const bound : {"-1", "nan", "x"})
      EXPECT_NE(Said({"gate", option, bound, "--url", "http://127.0.0.1:1"}, 2).find(option),
                std::string::npos)
          << bound;
    Said({"gate", option, "0.5", "--url", "http://127.0.0.1:1"}, 5);
  }
  EXPECT_NE(Said({"gate", "--max-regression", "-1"}, 2).find("'-1' is no number from 0 on"),
            std::string::npos);
}

TEST(CommandLineTest, ATokenOfNoTimeOrForEverIsNotMade) {
  for (const char* const lifetime : {"0s", "36501d"})
    EXPECT_NE(Said({"token", "create", "a", "--lifetime", lifetime}, 2).find("--lifetime"),
              std::string::npos)
        << lifetime;
}

TEST(CommandLineTest, ADaemonThatWouldNotBeAskedIsNotNamed) {
  EXPECT_NE(Said({"rule", "test", "--action", "x", "--url", "http://127.0.0.1:1"}, 2)
                .find("--url and --token-file have no effect here"),
            std::string::npos);
  EXPECT_NE(Said({"--token-file", "/nonexistent", "version"}, 2).find("no effect"),
            std::string::npos);
  EXPECT_NE(Said({"score", "--url", "http://127.0.0.1:1"}, 5).find("refused"), std::string::npos);
}

TEST(CommandLineTest, ARuleIsTestedOnWhatIsNamed) {
  const fakes::TemporaryFolder folder;
  const std::string data = folder.path() / "store";
  ::setenv("ASSAYD_CATALOGUE__PATHS", "['" ASSAYD_CATALOGUE "']", 1);
  EXPECT_NE(Said({"rule", "test"}, 2).find("--action ID"), std::string::npos);

  const std::string action = "require-mfa-for-all-users";
  const std::string setting = "graph/conditionalAccessPolicies=";
  const std::string broken = folder.path() / "broken.json";
  std::ofstream(broken) << "[";
  EXPECT_NE(Said({"rule", "test", "--action", action, "--document", setting + broken}, 1)
                .find(broken + ": "),
            std::string::npos);

  EXPECT_EQ(Said({"rule", "test", "--action", action, "--data", data}, 1).find("ASSAYD_URL"),
            std::string::npos);
  ::setenv("ASSAYD_URL", "http://127.0.0.1:1", 1);
  const std::string said = Said({"rule", "test", "--action", action, "--data", data}, 1);
  EXPECT_NE(said.find(data + "; this command reads"), std::string::npos) << said;
  EXPECT_NE(said.find("$ASSAYD_URL has no effect"), std::string::npos) << said;
  ::unsetenv("ASSAYD_URL");
  ::unsetenv("ASSAYD_CATALOGUE__PATHS");
}

}  // namespace
}  // namespace assayd::daemon
