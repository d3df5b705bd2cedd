#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time_text.h"
#include "daemon/commands/asking.h"
#include "daemon/commands/daemon_client.h"
#include "daemon/commands/moment.h"
#include "daemon/commands/output.h"

namespace assayd::daemon {
namespace {

/// Options that several commands have.
struct AsOf {
  std::string text;
  void Add(CLI::App& command) {
    command.add_option("--as-of", text,
                       "the state at a moment: 2026-11-21T18:00:00Z, 'yesterday 18:00', 7d");
  }
  [[nodiscard]] Result<std::string> Query() const {
    if (text.empty()) return std::string();
    ASSAYD_TRY(const TimePoint moment, ParseMoment(text, SystemClock().Now()));
    return FormatTime(moment);
  }
};

std::string ScoreText(const Json& score) {
  std::string text =
      fmt::format("{} as of {}\n\n", TextOf(score, "alias"), LocalTimeOf(score["as_of"]));
  if (!score["ready"].get<bool>()) text += "No complete read yet: there is no score.\n";
  text += ScoreLine("Compliance score", score["compliance"]);
  text += ScoreLine("  technical part", score["measured"]);
  if (const auto& theirs = score["secure_score"]; theirs.is_object()) {
    text += fmt::format("{:<26}{:>8} of {:<8} {:>9}   Microsoft's figures of {} ({} ago)\n",
                        "Secure score", PointsOf(theirs["points"]), PointsOf(theirs["max_points"]),
                        PercentOf(theirs["ratio"]), LocalTimeOf(theirs["snapshot_date"]),
                        AgeOf(theirs["age_seconds"]));
  } else {
    text += "Secure score      not read yet\n";
  }
  text += "\n";
  for (const auto& category : score["by_category"])
    text += ScoreLine(TextOf(category, "category"), category);
  text += "\n";
  for (const auto& assessment : score["by_assessment"])
    text += ScoreLine(TextOf(assessment, "assessment"), assessment);
  return text + "\n" + TextOf(score, "disclaimer") + "\n";
}

void AddScore(CLI::App& app, Context& context) {
  auto* const command =
      app.add_subcommand("score", "compliance score and secure score of a tenant");
  command->footer(
      "Examples:\n  assayd score\n  assayd score --tenant contoso --as-of 'yesterday 18:00' "
      "--output json");
  const auto as_of = std::make_shared<AsOf>();
  as_of->Add(*command);
  command->callback([&context, as_of] {
    context.run = [&context, as_of]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      ASSAYD_TRY(const std::string moment, as_of->Query());
      ASSAYD_TRY(const Json score, client.Get(tenant + "/score", {{"as_of", moment}}));
      if (context.output == "csv") {
        const Json items = {score["compliance"]};
        const auto number = [](const char* member) {
          return Column{member, [member](const Json& item) { return TextOf(item, member); }, true};
        };
        PrintItems(context, score, items,
                   {number("points"), number("max_points"), number("ratio"), number("ratio_known"),
                    number("coverage")});
      } else {
        PrintText(context, score, ScoreText(score));
      }
      return Exit::kOk;
    };
  });
}

std::vector<Column> ActionColumns() {
  return {
      {"ACTION", [](const Json& item) { return TextOf(item, "id"); }},
      {"POINTS", [](const Json& item) { return PointsOf(item["points"]); }, true},
      {"MAX", [](const Json& item) { return PointsOf(item["max_points"]); }, true},
      {"TEST", [](const Json& item) { return TextOf(item, "test_status"); }},
      {"IMPLEMENTATION", [](const Json& item) { return TextOf(item, "implementation_status"); }},
      {"GROUP", [](const Json& item) { return TextOf(item, "group"); }},
      {"TITLE", [](const Json& item) { return TextOf(item, "title"); }}};
}

void AddActions(CLI::App& app, Context& context) {
  struct Options {
    AsOf as_of;
    std::string test_status, category, assessment, words, sort = "impact";
  };
  auto* const command =
      app.add_subcommand("actions", "improvement actions, those that would gain most first");
  command->footer(
      "Examples:\n  assayd actions --test-status failed_high_risk\n  assayd actions --q mfa --sort "
      "id --output csv");
  const auto options = std::make_shared<Options>();
  options->as_of.Add(*command);
  command->add_option("--test-status", options->test_status, "only these, separated by commas");
  command->add_option("--category", options->category, "only these compliance categories");
  command->add_option("--assessment", options->assessment, "only what counts in this assessment");
  command->add_option("--q", options->words, "only those whose id or title has this text");
  command->add_option("--sort", options->sort, "impact or id")
      ->check(CLI::IsMember({"impact", "id"}));
  command->callback([&context, options] {
    context.run = [&context, options]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      ASSAYD_TRY(const std::string moment, options->as_of.Query());
      constexpr std::size_t kAll = 100'000;
      ASSAYD_TRY(const Json actions, client.GetAll(tenant + "/actions",
                                                   {{"as_of", moment},
                                                    {"test_status", options->test_status},
                                                    {"category", options->category},
                                                    {"assessment", options->assessment},
                                                    {"q", options->words},
                                                    {"sort", options->sort}},
                                                   kAll));
      PrintItems(context, actions, actions["items"], ActionColumns());
      return Exit::kOk;
    };
  });
}

std::string TraceText(const Json& node, int depth) {
  if (!node.is_object()) return {};
  std::string line = std::string(static_cast<std::size_t>(depth) * 2, ' ') + "[" +
                     TextOf(node, "truth") + "] " + TextOf(node, "what");
  if (node.contains("value"))
    line += "  " + TextOf(node, "pointer") + " is " + TextOf(node, "value");
  line += "\n";
  for (const auto& child : node.value("children", Json::array()))
    line += TraceText(child, depth + 1);
  return line;
}

std::string ActorText(const Json& edit) {
  if (edit["actor"].is_object()) {
    const std::string name = TextOf(edit["actor"], "name");
    return name == "-" ? TextOf(edit["actor"], "id") : name;
  }
  if (!edit["candidates"].empty())
    return fmt::format("one of {} who changed something then", edit["candidates"].size());
  const std::string reason = TextOf(edit, "actor_reason");
  return reason == "first_read" ? "nobody: it was read for the first time"
                                : "nobody known (" + reason + ")";
}

std::string EditText(const Json& edit, const std::string& indent) {
  std::string text;
  for (const auto& change : edit["changes"]) {
    const std::string name = TextOf(change, "name");
    text += indent + (name == "-" ? "" : "'" + name + "' ") + TextOf(change, "pointer") + ": " +
            EscapeForLine(change["before"].dump()) + " → " + EscapeForLine(change["after"].dump()) +
            "\n";
  }
  return text + indent + "by " + ActorText(edit) + "\n";
}

std::string ExplainText(const Json& explain) {
  const Json& action = explain["action"];
  std::string text = fmt::format("{}\n{}\n\n{} of {} points, test status {}: {}\n",
                                 TextOf(action, "id"), TextOf(action, "title"),
                                 PointsOf(action["points"]), PointsOf(action["max_points"]),
                                 TextOf(action, "test_status"), TextOf(explain, "reason"));
  if (const Json& rule = explain["rule"]; rule.is_object()) {
    text += "\nRule: " + TextOf(rule, "verdict") + "\n" + TraceText(rule["combination"], 1);
    for (const auto& setting : rule["settings"]) {
      text += fmt::format("\n{} (read {}, good until {})\n", TextOf(setting, "setting"),
                          LocalTimeOf(setting["seen"]), LocalTimeOf(setting["good_until"]));
      text += TraceText(setting["trace"], 1);
    }
  }
  text += "\nWhat led there, the newest first:\n";
  for (const auto& event : explain["events"]) {
    text += fmt::format("  {}  {} → {} points, {} ({})\n", LocalTimeOf(event["time"]),
                        PointsOf(event["points_before"]), PointsOf(event["points_after"]),
                        TextOf(event, "cause"), TextOf(event, "origin"));
    if (event["edit"].is_object()) text += EditText(event["edit"], "      ");
  }
  return text;
}

/// Tags, tickets, and a risk that is accepted.
std::string WorkText(const Json& action) {
  std::string text;
  const auto line = [&](const char* name, const std::string& value) {
    text += fmt::format("  {:<24}{}\n", name, value);
  };
  std::string tags;
  for (const auto& tag : action.value("tags", Json::array()))
    tags += (tags.empty() ? "" : ", ") + TextOf(tag);
  if (!tags.empty()) line("tags", tags);
  for (const auto& ticket : action.value("tickets", Json::array()))
    line("ticket",
         TextOf(ticket, "system") + ":" + TextOf(ticket, "id") + "  " + TextOf(ticket, "url"));
  for (const auto& id : action.value("attested_by", Json::array())) line("attested_by", TextOf(id));
  const Json risk = action.value("risk", Json());
  if (!risk.is_object()) return text;
  line("risk", TextOf(risk, "reason"));
  line("  accepted_by", TextOf(risk, "accepted_by"));
  line("  approved_by", TextOf(risk, "approved_by"));
  line("  expires_at", LocalTimeOf(risk["expires_at"]));
  return text;
}

std::string ActionText(const Json& answer) {
  const Json& action = answer["action"];
  std::string text = fmt::format("{}\n{}\n\n", TextOf(action, "id"), TextOf(action, "title"));
  for (const char* member : {"points",
                             "max_points",
                             "test_status",
                             "implementation_status",
                             "type",
                             "purpose",
                             "enforcement",
                             "managed_by",
                             "category",
                             "solution",
                             "testing_source",
                             "secure_score_control",
                             "secure_score_status",
                             "owner",
                             "implementer",
                             "assessor",
                             "due_at",
                             "implemented_at",
                             "tested_at",
                             "own_risk",
                             "parent",
                             "licensing",
                             "notes",
                             "implementation_notes",
                             "test_notes",
                             "justification"}) {
    const bool is_time = std::string_view(member).ends_with("_at");
    text += fmt::format("  {:<24}{}\n", member,
                        is_time ? LocalTimeOf(action[member]) : TextOf(action, member));
  }
  text += WorkText(action);
  text += "\nSteps:\n";
  for (const auto& step : action.value("steps", Json::array()))
    text += "  - " + TextOf(step) + "\n";
  if (action.contains("links")) {
    text += "\nWhere: " + TextOf(action["links"], "configure") +
            "\nMore:  " + TextOf(action["links"], "learn") + "\n";
  }
  text += "\nCounts in:\n";
  for (const auto& place : action.value("counts_in", Json::array())) {
    text += fmt::format("  {} {} {} ({})\n", TextOf(place, "assessment"), TextOf(place, "control"),
                        TextOf(place, "title"), TextOf(place, "relation"));
  }
  return text;
}

/// `action ID` and `explain ID`.
CLI::App* AddOneAction(CLI::App& app, Context& context, const char* name, const char* about,
                       const char* suffix, std::string (*render)(const Json&)) {
  struct Options {
    AsOf as_of;
    std::string id, group;
  };
  auto* const command = app.add_subcommand(name, about);
  command->footer(fmt::format("Example:\n  assayd {} require-mfa-for-all-users", name));
  const auto options = std::make_shared<Options>();
  command->add_option("id", options->id, "of the action, as `assayd actions` lists it");
  command->add_option("--group", options->group, "for an action that has a state in each group");
  options->as_of.Add(*command);
  command->callback([=, &context] {
    if (!command->get_subcommands().empty()) return;
    if (options->id.empty()) throw CLI::RequiredError("id");
    context.run = [=, &context]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      ASSAYD_TRY(const std::string moment, options->as_of.Query());
      ASSAYD_TRY(const Json answer,
                 client.Get(tenant + "/actions/" + http::PercentEncode(options->id) + suffix,
                            {{"as_of", moment}, {"group", options->group}}));
      PrintText(context, answer, render(answer));
      return Exit::kOk;
    };
  });
  return command;
}

void AddControls(CLI::App& app, Context& context) {
  struct Options {
    AsOf as_of;
    std::string assessment, status;
  };
  auto* const command =
      app.add_subcommand("controls", "controls of the assessments with their status");
  command->footer("Example:\n  assayd controls --status failed");
  const auto options = std::make_shared<Options>();
  options->as_of.Add(*command);
  command->add_option("--assessment", options->assessment, "only of this assessment");
  command->add_option("--status", options->status,
                      "passed, failed, none, out_of_scope or in_progress");
  command->callback([&context, options] {
    context.run = [&context, options]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      ASSAYD_TRY(const std::string moment, options->as_of.Query());
      ASSAYD_TRY(const Json answer,
                 client.Get(tenant + "/controls", {{"as_of", moment},
                                                   {"assessment", options->assessment},
                                                   {"status", options->status}}));
      PrintItems(
          context, answer, answer["items"],
          {{"ASSESSMENT", [](const Json& item) { return TextOf(item, "assessment"); }},
           {"CONTROL", [](const Json& item) { return TextOf(item, "id"); }},
           {"STATUS", [](const Json& item) { return TextOf(item, "status"); }},
           {"PASSED", [](const Json& item) { return TextOf(item["counts"], "passed"); }, true},
           {"ACTIONS", [](const Json& item) { return TextOf(item["counts"], "total"); }, true},
           {"TITLE", [](const Json& item) { return TextOf(item, "title"); }}});
      return Exit::kOk;
    };
  });
}

void AddSecureScore(CLI::App& app, Context& context) {
  auto* const command =
      app.add_subcommand("secure-score", "Microsoft's own figures per control beside our verdicts");
  command->footer(
      "Examples:\n  assayd secure-score\n  assayd secure-score --tenant contoso --output csv");
  command->callback([&context] {
    context.run = [&context]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      ASSAYD_TRY(const Json answer, client.Get(tenant + "/secure-score/controls"));
      PrintItems(context, answer, answer["items"],
                 {{"CONTROL", [](const Json& item) { return TextOf(item, "control"); }},
                  {"POINTS", [](const Json& item) { return PointsOf(item["points"]); }, true},
                  {"MAX", [](const Json& item) { return PointsOf(item["max_points"]); }, true},
                  {"VERDICT", [](const Json& item) { return TextOf(item, "verdict"); }},
                  {"ACTION", [](const Json& item) { return TextOf(item, "action"); }},
                  {"REASON", [](const Json& item) { return TextOf(item, "reason"); }}});
      return Exit::kOk;
    };
  });
}

}  // namespace

void AddStateCommands(CLI::App& app, Context& context) {
  AddScore(app, context);
  AddActions(app, context);
  auto* const action =
      AddOneAction(app, context, "action", "one improvement action: state, steps, where it counts",
                   "", &ActionText);
  AddActionCommands(app, *action, context);
  AddOneAction(app, context, "explain", "why an action has the verdict that it has", "/explain",
               &ExplainText);
  AddControls(app, context);
  AddSecureScore(app, context);
}

}  // namespace assayd::daemon
