#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/time_text.h"
#include "config/yaml_tree.h"
#include "daemon/commands/asking.h"
#include "daemon/commands/daemon_client.h"
#include "daemon/commands/moment.h"
#include "daemon/commands/output.h"
#include "http/client.h"

namespace assayd::daemon {
namespace {

/// A column that shows a member as it is.
Column Member(const char* name, bool right = false) {
  return {name, [name](const Json& item) { return TextOf(item, name); }, right};
}

std::string Signed(const Json& points) {
  const std::string text = PointsOf(points);
  return points.is_number() && points.get<double>() > 0 ? "+" + text : text;
}

std::optional<std::uint32_t> ParsePoints(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string WhatIfText(const Json& answer) {
  const Json& all = answer["compliance"];
  std::string text = fmt::format(
      "{} → {}  ({} points of {} more)\n\n", PercentOf(all["before"]["ratio"]),
      PercentOf(all["after"]["ratio"]), Signed(all["points"]), Signed(all["max_points"]));
  for (const auto& item : answer["by_assessment"]) {
    text += fmt::format("  {:<40} {:>8} → {}\n", TextOf(item, "title"),
                        item["before"].is_null() ? "-" : PercentOf(item["before"]["ratio"]),
                        PercentOf(item["after"]["ratio"]));
  }
  return text;
}

Result<Json> ReadRule(const std::string& file) {
  const auto tree = config::YamlTree::ReadFile(file);
  if (!tree) return Fail(ErrorCode::kInvalidArgument, tree.error().ToString());
  const Json& rule = tree->value();
  return rule.is_object() && rule.contains("passes_when") ? rule["passes_when"] : rule;
}

std::string BackTestText(const Json& answer) {
  std::string text =
      fmt::format("since {}: {} events\n", LocalTimeOf(answer["from"]), TextOf(answer, "events"));
  for (const auto& [verdict, seconds] : answer["seconds"].items())
    text += fmt::format("  {:<16}{}\n", verdict, AgeOf(seconds));
  const Json& score = answer["score"];
  if (score.is_object())
    text += fmt::format(
        "score: {} recorded, {} with the rule\n", PercentOf(score["recorded"]["ratio"]),
        score["with_rule"].is_null() ? "unknown" : PercentOf(score["with_rule"]["ratio"]));
  text += "\n";
  for (const auto& verdict : answer["verdicts"])
    text += fmt::format("  {}  {}\n", LocalTimeOf(verdict["time"]), TextOf(verdict, "verdict"));
  return text;
}

/// Asks what a rule would have said, and prints it.
Result<Exit> BackTest(const Context& context, const std::string& rule, const std::string& action,
                      const std::string& since) {
  Json body = Json::object();
  ASSAYD_TRY(body["passes_when"], ReadRule(rule));
  if (!action.empty()) body["action"] = action;
  std::string query;
  if (!since.empty()) {
    ASSAYD_TRY(const TimePoint from, ParseMoment(since, SystemClock().Now()));
    query = "?from=" + FormatTime(from);
  }
  ASSAYD_TRY(const auto client, DaemonClient::Open(context));
  ASSAYD_TRY(const std::string tenant, client.TenantPath());
  ASSAYD_TRY(const Json answer, client.Send("POST", tenant + "/back-test" + query, body));
  PrintText(context, answer, BackTestText(answer));
  return Exit::kOk;
}

void AddWhatIf(CLI::App& app, Context& context) {
  struct Supposed {
    std::vector<std::string> actions, templates, weights;
    std::string group, rule;
  };
  const auto options = std::make_shared<Supposed>();
  auto* const command = app.add_subcommand(
      "what-if", "the score if actions were done, templates added, weights changed");
  command->footer(
      "Examples:\n  assayd what-if --action require-mfa-for-all-users --action "
      "activate-azure-rights-management\n  assayd what-if --template iso-27001-2022 --group iso\n"
      "  assayd what-if --weight require-mfa-for-all-users=50\n"
      "  assayd what-if --rule stricter.yaml --action require-mfa-for-all-users");
  command->add_option("--action", options->actions, "would be implemented and passed");
  command->add_option("--template", options->templates, "would be assessed");
  command->add_option("--group", options->group, "of the templates");
  command->add_option("--weight", options->weights, "ACTION=POINTS, from 1 to 99");
  command->add_option("--rule", options->rule,
                      "had been in force for a year, in place of the action's: as back-test");
  command->callback([&context, options] {
    context.run = [&context, options]() -> Result<Exit> {
      if (!options->rule.empty() && options->actions.size() > 1)
        return Fail(ErrorCode::kInvalidArgument, "--rule is of one --action");
      if (!options->rule.empty())
        return BackTest(context, options->rule, options->actions.empty() ? "" : options->actions[0],
                        "");
      Json body = Json::object();
      for (const auto& id : options->actions) body["actions"].push_back({{"action", id}});
      for (const auto& id : options->templates) {
        Json item{{"template", id}};
        if (!options->group.empty()) item["group"] = options->group;
        body["templates"].push_back(std::move(item));
      }
      for (const auto& weight : options->weights) {
        const std::size_t equals = weight.find('=');
        const auto points =
            equals == std::string::npos ? std::nullopt : ParsePoints(weight.substr(equals + 1));
        if (!points) return Fail(ErrorCode::kInvalidArgument, "--weight is ACTION=POINTS");
        body["weights"].push_back({{"action", weight.substr(0, equals)}, {"max_points", *points}});
      }
      if (body.empty())
        return Fail(ErrorCode::kInvalidArgument, "name an --action, a --template or a --weight");
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      body["tenant"] = tenant.substr(tenant.rfind('/') + 1);
      ASSAYD_TRY(const Json answer, client.Send("POST", "/what-if", body));
      if (context.output == "csv") {
        const auto ratio = [](const char* side) {
          return Column{side,
                        [side](const Json& item) {
                          return item[side].is_null() ? "-" : TextOf(item[side], "ratio");
                        },
                        true};
        };
        PrintItems(context, answer, answer["by_assessment"],
                   {Member("assessment"), Member("title"), ratio("before"), ratio("after")});
        return Exit::kOk;
      }
      PrintText(context, answer, WhatIfText(answer));
      return Exit::kOk;
    };
  });
}

std::string DiffText(const Json& answer) {
  std::string text = fmt::format(
      "{} → {}: {} points of {}, {} → {}\n  by the tenant: {} achieved, {} regressed\n\n",
      LocalTimeOf(answer["from"]), LocalTimeOf(answer["to"]), Signed(answer["points"]),
      Signed(answer["max_points"]), PercentOf(answer["before"]["ratio"]),
      PercentOf(answer["after"]["ratio"]), PointsOf(answer["achieved"]),
      PointsOf(answer["regressed"]));
  for (const auto& term : answer["terms"]) {
    std::string by;
    if (term["actor"].is_object()) by = " by " + TextOf(term["actor"], "id");
    if (term["edit"].is_object() && term["edit"]["actor"].is_object())
      by = " by " + TextOf(term["edit"]["actor"], "name");
    text += fmt::format(
        "  {:>8}  {} ({}{}){}\n", Signed(term["points"]), TextOf(term, "action"),
        TextOf(term, "kind"),
        term["cause"].is_null() || term["kind"] != "tenant" ? "" : ", " + TextOf(term, "cause"),
        by);
  }
  return text;
}

void AddDiff(CLI::App& app, Context& context) {
  struct Span {
    std::string since, until;
  };
  const auto options = std::make_shared<Span>();
  auto* const command =
      app.add_subcommand("diff", "why the score is another one than it was; the terms add up");
  command->footer("Example:\n  assayd diff --since 'yesterday 18:00'");
  command->add_option("--since", options->since, "the moment to compare with")->required();
  command->add_option("--until", options->until, "up to this moment; now by default");
  command->callback([&context, options] {
    context.run = [&context, options]() -> Result<Exit> {
      const TimePoint now = SystemClock().Now();
      ASSAYD_TRY(const TimePoint since, ParseMoment(options->since, now));
      DaemonClient::Parameters parameters{{"from", FormatTime(since)}};
      if (!options->until.empty()) {
        ASSAYD_TRY(const TimePoint until, ParseMoment(options->until, now));
        parameters["to"] = FormatTime(until);
      }
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      ASSAYD_TRY(const Json answer, client.Get(tenant + "/score/diff", parameters));
      if (context.output == "csv") {
        PrintItems(
            context, answer, answer["terms"],
            {Member("action"), Member("group"), Member("kind"), Member("cause"), Member("origin"),
             Member("time"), Member("points", true), Member("max_points", true)});
        return Exit::kOk;
      }
      PrintText(context, answer, DiffText(answer));
      return Exit::kOk;
    };
  });
}

void AddBackTest(CLI::App& app, Context& context) {
  struct Question {
    std::string rule, action, since;
  };
  const auto options = std::make_shared<Question>();
  auto* const command =
      app.add_subcommand("back-test", "what a credit rule would have said in the past");
  command->footer(
      "Example:\n  assayd back-test --rule rule.yaml --action require-mfa-for-all-users --since "
      "'2026-01-01'");
  command->add_option("--rule", options->rule, "a YAML file with passes_when, or an action's file")
      ->required();
  command->add_option("--action", options->action,
                      "whose parameters and record it is held against");
  command->add_option("--since", options->since, "a year ago by default");
  command->callback([&context, options] {
    context.run = [&context, options]() -> Result<Exit> {
      return BackTest(context, options->rule, options->action, options->since);
    };
  });
}

std::string UptimeText(const Json& answer) {
  std::string text = fmt::format(
      "{} … {}\n  passed  {}\n  failed  {}\n  unknown {}\n", LocalTimeOf(answer["from"]),
      LocalTimeOf(answer["to"]), PercentOf(answer["passed_ratio"]),
      PercentOf(answer["failed_ratio"]), PercentOf(answer["unknown_ratio"]));
  if (!answer["mean_time_to_mend_seconds"].is_null())
    text += "  mended in " + AgeOf(answer["mean_time_to_mend_seconds"]) + " on average\n";
  for (const auto& gap : answer["gaps"])
    text += fmt::format("\n  {} … {}  {}, {}", LocalTimeOf(gap["from"]), LocalTimeOf(gap["until"]),
                        TextOf(gap, "standing"), TextOf(gap, "cause"));
  return text + (answer["gaps"].empty() ? "" : "\n");
}

/// A command about one action over a time.
void AddOverTime(
    CLI::App& app, Context& context, const char* name, const char* about,
    const std::function<Result<Exit>(const Context&, const DaemonClient&, const std::string& path,
                                     const DaemonClient::Parameters&)>& print) {
  struct Question {
    std::string id, group, since;
  };
  const auto options = std::make_shared<Question>();
  auto* const command = app.add_subcommand(name, about);
  command->footer(fmt::format("Example:\n  assayd {} require-mfa-for-all-users", name));
  command->add_option("id", options->id, "of the action")->required();
  command->add_option("--group", options->group, "for an action that has a state in each group");
  command->add_option("--since", options->since, "from this moment on");
  command->callback([&context, options, print, path_end = std::string(name)] {
    context.run = [&context, options, print, path_end]() -> Result<Exit> {
      DaemonClient::Parameters parameters{{"group", options->group}};
      if (!options->since.empty()) {
        ASSAYD_TRY(const TimePoint since, ParseMoment(options->since, SystemClock().Now()));
        parameters["from"] = FormatTime(since);
      }
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      return print(context, client,
                   tenant + "/actions/" + http::PercentEncode(options->id) + "/" + path_end,
                   parameters);
    };
  });
}

Result<Exit> PrintUptime(const Context& context, const DaemonClient& client,
                         const std::string& path, const DaemonClient::Parameters& parameters) {
  ASSAYD_TRY(const Json answer, client.Get(path, parameters));
  PrintText(context, answer, UptimeText(answer));
  return Exit::kOk;
}

Result<Exit> PrintEvidence(const Context& context, const DaemonClient& client,
                           const std::string& path, const DaemonClient::Parameters& parameters) {
  constexpr std::size_t kAll = 100'000;
  ASSAYD_TRY(const Json answer, client.GetAll(path, {{"group", parameters.at("group")}}, kAll));
  PrintItems(context, answer, answer["items"],
             {{"TIME", [](const Json& item) { return LocalTimeOf(item["time"]); }},
              {"TEST", [](const Json& item) { return TextOf(item, "test_status"); }},
              {"CAUSE", [](const Json& item) { return TextOf(item, "cause"); }},
              {"POSITION", [](const Json& item) { return TextOf(item, "position"); }, true}});
  return Exit::kOk;
}

void AddProjection(CLI::App& app, Context& context) {
  auto* const command =
      app.add_subcommand("projection", "where the score goes if plans are kept when they are due");
  command->footer("Example:\n  assayd projection");
  command->callback([&context] {
    context.run = [&context]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      ASSAYD_TRY(const Json answer, client.Get(tenant + "/score/projection"));
      std::string text = ScoreLine("now", answer["now"]);
      for (const auto& step : answer["steps"]) {
        text += ScoreLine(LocalTimeOf(step["time"]), step["after"]);
        for (const auto& action : step["actions"])
          text += fmt::format("    +{} {}\n", PointsOf(action["points"]), TextOf(action, "action"));
      }
      for (const char* const list : {"overdue", "undated"}) {
        for (const auto& action : answer[list])
          text += fmt::format("{}: +{} {}\n", list, PointsOf(action["points"]),
                              TextOf(action, "action"));
      }
      PrintText(context, answer, text);
      return Exit::kOk;
    };
  });
}

void AddScores(CLI::App& app, Context& context) {
  const auto tag = std::make_shared<std::string>();
  auto* const command = app.add_subcommand("scores", "the scores of all tenants that one may see");
  command->footer("Example:\n  assayd scores --tag gold --output csv");
  command->add_option("--tag", *tag, "only tenants with one of these, separated by commas");
  command->callback([&context, tag] {
    context.run = [&context, tag]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      constexpr std::size_t kAll = 100'000;
      ASSAYD_TRY(const Json answer, client.GetAll("/scores", {{"tag", *tag}}, kAll));
      PrintItems(
          context, answer, answer["items"],
          {{"TENANT", [](const Json& item) { return TextOf(item, "alias"); }},
           {"POINTS", [](const Json& item) { return PointsOf(item["compliance"]["points"]); },
            true},
           {"MAX", [](const Json& item) { return PointsOf(item["compliance"]["max_points"]); },
            true},
           {"SCORE", [](const Json& item) { return PercentOf(item["compliance"]["ratio"]); },
            true}});
      return Exit::kOk;
    };
  });
}

void AddCompare(CLI::App& app, Context& context) {
  const auto tenants = std::make_shared<std::vector<std::string>>();
  auto* const command = app.add_subcommand("compare", "two tenants, where they differ");
  command->footer("Example:\n  assayd compare contoso fabrikam");
  command->add_option("tenants", *tenants, "two aliases or ids")->required()->expected(2);
  command->callback([&context, tenants] {
    context.run = [&context, tenants]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const Json answer,
                 client.Get("/compare", {{"tenant", (*tenants)[0] + "," + (*tenants)[1]}}));
      const auto side = [](const char* name) {
        return [name](const Json& item) {
          return item[name].is_null() ? "-" : PointsOf(item[name]["points"]);
        };
      };
      PrintItems(context, answer, answer["actions"],
                 {{"ACTION", [](const Json& item) { return TextOf(item, "id"); }},
                  {(*tenants)[0], side("first"), true},
                  {(*tenants)[1], side("second"), true},
                  {"TITLE", [](const Json& item) { return TextOf(item, "title"); }}});
      return Exit::kOk;
    };
  });
}

}  // namespace

void AddQuestionCommands(CLI::App& app, Context& context) {
  AddWhatIf(app, context);
  AddBackTest(app, context);
  AddDiff(app, context);
  AddProjection(app, context);
  AddOverTime(app, context, "uptime", "for which part of a time an action was passed",
              &PrintUptime);
  AddOverTime(app, context, "evidence", "every automatic verdict of an action", &PrintEvidence);
  AddScores(app, context);
  AddCompare(app, context);
}

}  // namespace assayd::daemon
