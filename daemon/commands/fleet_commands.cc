#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "daemon/commands/asking.h"
#include "daemon/commands/daemon_client.h"
#include "daemon/commands/output.h"

namespace assayd::daemon {
namespace {

void AddTenants(CLI::App& app, Context& context) {
  auto* const command = app.add_subcommand("tenants", "the tenants that are watched");
  command->footer("Examples:\n  assayd tenants\n  assayd tenants --output json");
  command->callback([&context] {
    context.run = [&context]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      constexpr std::size_t kAll = 100'000;
      ASSAYD_TRY(const Json answer, client.GetAll("/tenants", {}, kAll));
      PrintItems(
          context, answer, answer["items"],
          {{"ALIAS", [](const Json& item) { return TextOf(item, "alias"); }},
           {"TENANT", [](const Json& item) { return TextOf(item, "tenant"); }},
           {"CLOUD", [](const Json& item) { return TextOf(item, "cloud"); }},
           {"READY", [](const Json& item) { return item["ready"].get<bool>() ? "yes" : "no"; }},
           {"RETIRED", [](const Json& item) { return item["retired"].get<bool>() ? "yes" : "no"; }},
           {"FAILING", [](const Json& item) {
              std::string failing;
              for (const auto& source : item["sources"]) {
                if (source["status"] == "failing")
                  failing += (failing.empty() ? "" : ", ") + TextOf(source, "source");
              }
              return failing.empty() ? "-" : failing;
            }}});
      return Exit::kOk;
    };
  });
}

void AddSources(CLI::App& app, Context& context) {
  auto* const command = app.add_subcommand(
      "sources", "what is read of a tenant, how fresh it is, what fails and why");
  command->footer("Example:\n  assayd sources --tenant contoso");
  command->callback([&context] {
    context.run = [&context]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      ASSAYD_TRY(const Json answer, client.Get(tenant + "/sources"));
      PrintItems(context, answer, answer["items"],
                 {{"SOURCE", [](const Json& item) { return TextOf(item, "source"); }},
                  {"STATUS", [](const Json& item) { return TextOf(item, "status"); }},
                  {"LAST READ", [](const Json& item) { return AgeOf(item["age_seconds"]); }, true},
                  {"EVERY", [](const Json& item) { return AgeOf(item["interval_seconds"]); }, true},
                  {"FAILURE",
                   [](const Json& item) {
                     return item["failure"].is_object() ? TextOf(item["failure"], "reason") : "-";
                   }},
                  {"NEEDS", [](const Json& item) {
                     const std::string missing = item["failure"].is_object()
                                                     ? TextOf(item["failure"], "missing_permission")
                                                     : "-";
                     return missing == "-" ? TextOf(item, "permission") : missing + " (missing)";
                   }}});
      return Exit::kOk;
    };
  });
}

Result<Exit> RedriveOne(const Context& context, const DaemonClient& client,
                        const std::string& entry) {
  ASSAYD_TRY(const Json answer,
             client.Send("POST", "/quarantine/" + entry + "/redrive", Json::object()));
  const bool refused = answer["outcome"] == "quarantined";
  PrintText(context, answer,
            refused ? "refused again: " + TextOf(answer, "reason") + "\n"
                    : TextOf(answer, "outcome") + "\n");
  return refused ? Exit::kFailed : Exit::kOk;
}

void AddQuarantine(CLI::App& app, Context& context) {
  auto* const command =
      app.add_subcommand("quarantine", "signals that were refused for good, and why");
  command->footer(
      "Examples:\n  assayd quarantine\n  assayd quarantine redrive "
      "01900000-0000-7000-8000-000000000001");
  const auto entry = std::make_shared<std::string>();
  command->add_subcommand("redrive", "take one after all, once its reason is gone")
      ->add_option("id", *entry)
      ->required();
  command->callback([&context, entry] {
    context.run = [&context, entry]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      if (!entry->empty()) return RedriveOne(context, client, *entry);
      constexpr std::size_t kAll = 10'000;
      ASSAYD_TRY(const Json answer, client.GetAll("/quarantine", {}, kAll));
      PrintItems(context, answer, answer["items"],
                 {{"ID", [](const Json& item) { return TextOf(item, "id"); }},
                  {"RECEIVED", [](const Json& item) { return LocalTimeOf(item["received"]); }},
                  {"BYTES", [](const Json& item) { return TextOf(item, "size_bytes"); }, true},
                  {"REASON", [](const Json& item) { return TextOf(item, "reason"); }}});
      return Exit::kOk;
    };
  });
}

/// Why a tenant does not pass; empty when it does.
std::string Failing(const Json& score, const Json& regressions, double min_score,
                    double max_regression, bool allow_unknown) {
  const Json& ratio = score["compliance"]["ratio_known"];
  std::string reasons;
  if (!ratio.is_number()) {
    if (!allow_unknown) reasons += "; the score is unknown";
  } else if (ratio.get<double>() < min_score) {
    reasons +=
        fmt::format("; the known score {} is below {}", PercentOf(ratio), PercentOf(min_score));
  }
  double lost = 0;
  for (const auto& regression : regressions["items"])
    lost += regression["points_lost"].get<double>();
  if (lost > max_regression)
    reasons += fmt::format("; open regressions cost {} points, more than {}", PointsOf(lost),
                           PointsOf(max_regression));
  return reasons.empty() ? reasons : reasons.substr(2);
}

/// What is wrong with a bound. CLI11's own checks let "nan" pass, and with it every tenant would.
std::string CheckBound(const std::string& text) {
  double value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  const bool right = error == std::errc() && end == last && value >= 0;
  return right ? "" : "'" + EscapeForLine(text) + "' is no number from 0 on";
}

void AddGate(CLI::App& app, Context& context) {
  struct Options {
    double min_score = 0;
    double max_regression = 0;
    bool allow_unknown = false;
  };
  auto* const command =
      app.add_subcommand("gate", "passes (exit 0) or not (exit 10), for pipelines");
  command->footer("Example:\n  assayd gate --min-score 0.7 --max-regression 0");
  const auto options = std::make_shared<Options>();
  command->add_option("--min-score", options->min_score, "least known ratio, 0 to 1; 0 by default")
      ->check(CLI::Range(0.0, 1.0))
      ->check(&CheckBound);
  command
      ->add_option("--max-regression", options->max_regression,
                   "most points lost in open regressions; 0 by default: none may be open")
      ->check(&CheckBound);
  command->add_flag("--allow-unknown", options->allow_unknown, "an unknown score passes");
  command->callback([&context, options] {
    context.run = [&context, options]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      ASSAYD_TRY(const Json score, client.Get(tenant + "/score"));
      ASSAYD_TRY(const Json regressions,
                 client.Get(tenant + "/regressions", {{"state", "open"}, {"limit", "1000"}}));
      const std::string reasons = Failing(score, regressions, options->min_score,
                                          options->max_regression, options->allow_unknown);
      PrintText(context,
                {{"passed", reasons.empty()}, {"reason", reasons.empty() ? Json() : Json(reasons)}},
                reasons.empty() ? "passed\n" : "not passed: " + reasons + "\n");
      return reasons.empty() ? Exit::kOk : Exit::kGate;
    };
  });
}

}  // namespace

void AddFleetCommands(CLI::App& app, Context& context) {
  AddTenants(app, context);
  AddSources(app, context);
  AddQuarantine(app, context);
  AddGate(app, context);
}

}  // namespace assayd::daemon
