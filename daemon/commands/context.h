#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "config/settings.h"

namespace assayd::daemon {

/// Exit statuses (interface.md).
enum class Exit : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kConfiguration = 3,
  kNotAuthorised = 4,
  kNotReachable = 5,
  kIntegrity = 6,
  kGate = 10,
};

/// The status that says what kind of failure it was.
Exit ExitOf(ErrorCode code);

/// What the command line chose, and the options that all commands share.
struct Context {
  std::string config_file;
  std::string data_folder;
  std::string url;
  std::string token_file;
  std::string tenant;
  std::string output = "table";
  std::string log_level;
  /// Set by the chosen command; main runs it after everything was parsed.
  std::function<Result<Exit>()> run;
  bool asks_daemon = true;
  /// For a command that asks no daemon: how to reach one is refused then, not ignored.
  void RunAlone(std::function<Result<Exit>()> chosen) {
    run = std::move(chosen);
    asks_daemon = false;
  }
};

/// Prints every mistake with its place; the error counts them: "3 mistakes in the WHAT".
std::unexpected<Error> TellMistakes(const std::vector<config::Mistake>& mistakes, ErrorCode code,
                                    std::string_view what);

/// --config, else /etc/assayd/assayd.yaml when it exists, else nothing; then the environment, then
/// --data. Fills in where data and catalogue are (no paths: there is none). On mistakes all of them
/// are printed.
Result<config::Settings> LoadSettingsFor(const Context& context,
                                         config::Process process = config::Process::kNeither);
/// Says where a catalogue was looked for, when none was named and none is there.
Result<> RequireCatalogue(const config::Settings& settings);
/// What came of listening; where the port is taken, with the option that names another.
template <class T>
Result<T> NameListenOption(Result<T> started, std::string_view option) {
  constexpr std::string_view kTaken = "Address already in use";
  if (!started && started.error().context.ends_with(kTaken)) {
    return Fail(started.error().code, started.error().context + "; stop what listens there, or " +
                                          "name another address with " + std::string(option));
  }
  return started;
}
/// Says what is wrong with the address that `--listen` and the configuration give.
Result<> CheckListenOption(const config::ServerSettings& server);
/// Which file LoadSettingsFor reads; empty for none.
std::filesystem::path ConfigFileOf(const Context& context);

}  // namespace assayd::daemon
