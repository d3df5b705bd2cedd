#include "daemon/commands/context.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <vector>

#include "base/log.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX declares it nowhere

namespace assayd::daemon {
namespace {

namespace fs = std::filesystem;

config::Environment TheEnvironment() {
  config::Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

/// Where the shipped catalogue can be: installed, or beside the program in a build tree.
std::vector<fs::path> ShippedCatalogues() {
  std::error_code ignored;
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  return {"/usr/share/assayd/catalogue", (folder / "../share/assayd/catalogue").lexically_normal(),
          (folder / "../../config/catalogue").lexically_normal()};
}

/// The first that is there, and what the machine's owner lays over it.
std::vector<fs::path> UsualCatalogue() {
  std::error_code ignored;
  for (const fs::path& shipped : ShippedCatalogues()) {
    if (!fs::exists(shipped / "manifest.yaml", ignored)) continue;
    const fs::path own = "/etc/assayd/catalogue";
    if (fs::exists(own, ignored)) return {shipped, own};
    return {shipped};
  }
  return {};
}

fs::path DefaultData() {
  const char* const state = std::getenv("STATE_DIRECTORY");
  if (state == nullptr || *state == '\0') return "assayd-data";
  const std::string_view folders = state;  // with colons between them; the first is the store's
  return folders.substr(0, folders.find(':'));
}

}  // namespace

Exit ExitOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return Exit::kUsage;
    case ErrorCode::kConfiguration:
    case ErrorCode::kCatalogueInvalid:
    case ErrorCode::kCatalogueVersion:
    case ErrorCode::kRuleInvalid:
      return Exit::kConfiguration;
    case ErrorCode::kNotAuthenticated:
    case ErrorCode::kNotAuthorised:
    case ErrorCode::kUnauthorized:
    case ErrorCode::kForbidden:
      return Exit::kNotAuthorised;
    case ErrorCode::kUnavailable:
    case ErrorCode::kRefused:
    case ErrorCode::kDns:
    case ErrorCode::kTls:
    case ErrorCode::kTimeout:
      return Exit::kNotReachable;
    case ErrorCode::kStoreCorrupt:
      return Exit::kIntegrity;
    default:
      return Exit::kFailed;
  }
}

fs::path ConfigFileOf(const Context& context) {
  if (!context.config_file.empty()) return context.config_file;
  std::error_code ignored;
  const fs::path usual = "/etc/assayd/assayd.yaml";
  return fs::exists(usual, ignored) ? usual : fs::path();
}

std::unexpected<Error> TellMistakes(const std::vector<config::Mistake>& mistakes, ErrorCode code,
                                    std::string_view what) {
  std::cerr << config::Lines(mistakes) << "\n";
  const std::string count =
      mistakes.size() == 1 ? "one mistake" : std::to_string(mistakes.size()) + " mistakes";
  return Fail(code, count + " in the " + std::string(what));
}

Result<config::Settings> LoadSettingsFor(const Context& context, config::Process process) {
  std::vector<config::SettingsProblem> problems;
  auto settings = config::LoadSettings(ConfigFileOf(context), TheEnvironment(), problems, process);
  if (!settings) return TellMistakes(problems, ErrorCode::kConfiguration, "configuration");
  if (!context.data_folder.empty()) settings->store.path = context.data_folder;
  if (settings->store.path.empty()) settings->store.path = DefaultData();
  if (settings->connect.state.empty())
    settings->connect.state =
        fs::absolute(settings->store.path / ".").lexically_normal().parent_path().string() +
        "-connect";
  if (settings->catalogue.paths.empty()) settings->catalogue.paths = UsualCatalogue();
  if (!context.log_level.empty()) {
    const auto level = log::ParseLevel(context.log_level);
    if (!level)
      return Fail(ErrorCode::kInvalidArgument, "'" + context.log_level + "' is no log level");
    settings->log.level = *level;
  }
  log::Configure({settings->log.level, settings->log.format});
  return settings;
}

Result<> CheckListenOption(const config::ServerSettings& server) {
  const auto problem = config::CheckListen(server);
  if (problem) return Fail(ErrorCode::kInvalidArgument, "--listen: " + *problem);
  return {};
}

Result<> RequireCatalogue(const config::Settings& settings) {
  if (!settings.catalogue.paths.empty()) return {};
  std::string places;
  for (const auto& folder : ShippedCatalogues())
    places += (places.empty() ? "" : ", ") + folder.string();
  return Fail(ErrorCode::kCatalogueInvalid,
              "there is no catalogue at any of " + places +
                  ": install it beside the program (PREFIX/bin/assayd, "
                  "PREFIX/share/assayd/catalogue), or name its folder in catalogue.paths "
                  "(ASSAYD_CATALOGUE__PATHS='[FOLDER]')");
}

}  // namespace assayd::daemon
