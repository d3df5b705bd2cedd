#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "base/time_text.h"
#include "base/version.h"
#include "config/catalogue_folder.h"
#include "config/parameters.h"
#include "daemon/api/identity.h"
#include "daemon/commands/administering.h"
#include "daemon/commands/completion.h"
#include "daemon/commands/output.h"

namespace assayd::daemon {
namespace {

config::Process ProcessOf(const std::string& command) {
  if (command == "serve") return config::Process::kServe;
  return command == "connect" ? config::Process::kConnect : config::Process::kBoth;
}

Result<Exit> CheckConfig(const Context& context, const std::string& command) {
  ASSAYD_TRY(const auto settings, LoadSettingsFor(context, ProcessOf(command)));
  ASSAYD_CHECK(RequireCatalogue(settings));
  if (!settings.server.token_file.empty() && command != "connect")
    ASSAYD_CHECK(Tokens::Read(settings.server.token_file));
  std::vector<config::CatalogueProblem> problems;
  const auto catalogue = config::LoadCatalogue(settings.catalogue.paths, problems);
  if (!catalogue) return TellMistakes(problems, ErrorCode::kCatalogueInvalid, "catalogue");
  const auto parameters = config::CheckParameters(settings, *catalogue->catalogue);
  if (!parameters.empty())
    return TellMistakes(parameters, ErrorCode::kConfiguration, "configuration");
  const auto file = ConfigFileOf(context);
  std::cout << (file.empty() ? "no configuration file; defaults and environment" : file.string())
            << " is right: " << settings.tenants.size()
            << (settings.tenants.size() == 1 ? " tenant" : " tenants") << ", catalogue version "
            << catalogue->catalogue->version << " with " << catalogue->catalogue->actions.size()
            << " actions\n";
  return Exit::kOk;
}

struct TokenOptions {
  std::string name, role = "reader", tenants = "*", append, lifetime = "365d";
};

Result<> AppendLine(const std::filesystem::path& path, const std::string& line) {
  std::error_code ignored;
  const bool there = std::filesystem::exists(path, ignored);
  {
    std::ofstream out(path, std::ios::app);
    if (!there)
      std::filesystem::permissions(
          path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
    out << line << "\n";
    out.flush();
    if (!out) return Fail(ErrorCode::kIo, path.string() + " cannot be written");
  }
  return {};
}

Result<Exit> CreateToken(const TokenOptions& options) {
  const auto role = ParseRole(options.role);
  if (!role)
    return Fail(ErrorCode::kInvalidArgument, "'" + options.role +
                                                 "' is no role: reader, contributor, assessor, "
                                                 "administrator, portal-admin, ingest, metrics");
  if (!domain::IsName(options.name))
    return Fail(ErrorCode::kInvalidArgument, "the name must be of letters, digits, . _ -");
  if (options.tenants.empty() || options.tenants.find_first_of(" #\n\t") != std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument,
                "tenants must be *, or names separated by commas, or tag:NAME");
  }
  ASSAYD_TRY(const Milliseconds lifetime, ParseDuration(options.lifetime));
  // A date of more than four digits of year could not be read again.
  constexpr Milliseconds kLifetimeMax = std::chrono::hours(36'500 * 24);
  if (lifetime == Milliseconds::zero() || lifetime > kLifetimeMax)
    return Fail(ErrorCode::kInvalidArgument, "--lifetime must be more than 0 and at most 36500d");
  SystemRandom random;
  const std::string token = MintToken(random);
  const std::string line =
      TokenLine(options.name, *role, options.tenants, token, SystemClock().Now(), lifetime);
  if (options.append.empty()) {
    std::cerr << "The token, shown once:\n";
    std::cout << token << "\n";
    std::cerr << "The line for the file that server.token_file names:\n" << line << "\n";
  } else {
    ASSAYD_CHECK(AppendLine(options.append, line));
    std::cerr << "Appended to " << options.append
              << "; a running daemon reads it again on SIGHUP. The token, shown once:\n";
    std::cout << token << "\n";
  }
  return Exit::kOk;
}

void AddToken(CLI::App& app, Context& context) {
  auto* const token = app.add_subcommand("token", "tokens of the API")->require_subcommand(1);
  token->footer(
      "Example:\n  assayd token create grafana --role metrics --append /etc/assayd/api-tokens");
  auto* const create = token->add_subcommand("create", "make a token; only its hash is kept");
  create->footer(
      "Examples:\n  assayd token create grafana --role metrics --append /etc/assayd/api-tokens\n"
      "  assayd token create auditor --role reader --tenants contoso,tag:gold --lifetime 30d");
  const auto options = std::make_shared<TokenOptions>();
  create->add_option("name", options->name, "for the log and the audit trail")->required();
  create
      ->add_option("--role", options->role,
                   "reader, contributor, assessor, administrator, portal-admin, ingest, metrics")
      ->capture_default_str();
  create->add_option("--tenants", options->tenants, "*, aliases separated by commas, tag:NAME")
      ->capture_default_str();
  create->add_option("--append", options->append,
                     "write the line to this file, made with mode 0600");
  create
      ->add_option("--lifetime", options->lifetime,
                   "until it expires: 8h, 30d; whole days last to the end of the last")
      ->capture_default_str();
  create->callback(
      [&context, options] { context.RunAlone([options] { return CreateToken(*options); }); });
}

}  // namespace

void AddSetupCommands(CLI::App& app, Context& context) {
  auto* const check = app.add_subcommand(
      "check-config", "checks configuration, token file and catalogue without starting");
  check->footer(
      "Examples:\n  assayd check-config --config /etc/assayd/assayd.yaml\n  assayd check-config "
      "--for serve");
  const auto command = std::make_shared<std::string>("run");
  check->add_option("--for", *command, "the command that will use it: run, serve or connect")
      ->check(CLI::IsMember({"run", "serve", "connect"}))
      ->capture_default_str();
  check->callback([&context, command] {
    context.RunAlone([&context, command] { return CheckConfig(context, *command); });
  });
  auto* const config = app.add_subcommand("config", "the configuration")->require_subcommand(1);
  config->footer("Example:\n  assayd config show --config /etc/assayd/assayd.yaml");
  auto* const show = config->add_subcommand("show", "every key with its value");
  show->footer(
      "Examples:\n  assayd config show\n"
      "  ASSAYD_SERVER__LISTEN=127.0.0.1:9000 assayd config show --config ./assayd.yaml");
  show->add_flag_callback(
      "--effective", [] {}, "defaults and environment filled in, which is always so");
  show->callback([&context] {
    context.RunAlone([&context]() -> Result<Exit> {
      ASSAYD_TRY(const auto settings, LoadSettingsFor(context));
      std::cout << JsonText(config::ShowSettings(settings), 2) << "\n";
      return Exit::kOk;
    });
  });
  AddToken(app, context);
  auto* const version = app.add_subcommand("version", "the version of this program");
  version->footer("Examples:\n  assayd version\n  assayd version --output json");
  version->callback([&context] {
    context.RunAlone([&context]() -> Result<Exit> {
      PrintText(context, {{"version", Version()}}, std::string("assayd ") + Version() + "\n");
      return Exit::kOk;
    });
  });
  auto* const completion =
      app.add_subcommand("completion", "completion for bash: source <(assayd completion)");
  completion->footer(
      "Examples:\n  source <(assayd completion)\n"
      "  assayd completion > /etc/bash_completion.d/assayd");
  completion->callback([&context, &app] {
    context.RunAlone([&app]() -> Result<Exit> {
      std::cout << BashCompletion(app);
      return Exit::kOk;
    });
  });
}

}  // namespace assayd::daemon
