#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time_text.h"
#include "daemon/commands/asking.h"
#include "daemon/commands/daemon_client.h"
#include "daemon/commands/moment.h"
#include "daemon/commands/output.h"
#include "http/client.h"

namespace assayd::daemon {
namespace {

/// What the options of `action set` are called in the body.
const std::map<std::string, std::string>& Members() {
  static const std::map<std::string, std::string> kMembers{
      {"--implementation", "implementation_status"},
      {"--test", "test_status"},
      {"--status", "secure_score_status"},
      {"--testing-source", "testing_source"},
      {"--parent", "parent"},
      {"--own-risk", "own_risk"},
      {"--owner", "owner"},
      {"--implementer", "implementer"},
      {"--assessor", "assessor"},
      {"--notes", "notes"},
      {"--implementation-notes", "implementation_notes"},
      {"--test-notes", "test_notes"}};
  return kMembers;
}

struct ActionOptions {
  std::string id, group;
  std::map<std::string, std::string> texts;  ///< by option
  std::string due, implemented, tested, tags, out_of_scope;
  std::string reason, approved_by, expires;
  bool in_scope = false;
  std::uint64_t position = 0;
};
using Options = std::shared_ptr<ActionOptions>;

std::string PathOf(const std::string& tenant, const ActionOptions& options) {
  std::string path = tenant + "/actions/" + http::PercentEncode(options.id);
  if (!options.group.empty()) path += "?group=" + http::PercentEncode(options.group);
  return path;
}

/// A moment as people say it, or "none", which takes it away.
Result<Json> MomentOf(const std::string& text) {
  if (text == "none") return Json();
  ASSAYD_TRY(const TimePoint moment, ParseMoment(text, SystemClock().Now()));
  return Json(FormatTime(moment));
}

Result<Json> BodyOf(const ActionOptions& options) {
  Json body = Json::object();
  for (const auto& [option, text] : options.texts) {
    if (text.empty()) continue;
    body[Members().at(option)] = text == "none" && option != "--test" ? Json() : Json(text);
  }
  for (const auto& [member, text] : {std::pair{"due_at", &options.due},
                                     {"implemented_at", &options.implemented},
                                     {"tested_at", &options.tested}}) {
    if (text->empty()) continue;
    ASSAYD_TRY(body[member], MomentOf(*text));
  }
  if (!options.tags.empty()) {
    body["tags"] = Json::array();
    if (options.tags != "none")
      for (const auto tag : Split(options.tags, ',')) body["tags"].push_back(tag);
  }
  if (!options.out_of_scope.empty())
    body["scope"] = {{"in", false}, {"justification", options.out_of_scope}};
  if (options.in_scope) body["scope"] = {{"in", true}};
  return body;
}

/// Reads the version that the action has now, and sends the change with it.
Result<Exit> Change(const Context& context, const ActionOptions& options, const Json& body) {
  if (body.empty())
    return Fail(ErrorCode::kInvalidArgument, "nothing to change: see --help for what there is");
  ASSAYD_TRY(const auto client, DaemonClient::Open(context));
  ASSAYD_TRY(const std::string tenant, client.TenantPath());
  const std::string path = PathOf(tenant, options);
  ASSAYD_TRY(const Json now, client.Get(path));
  const std::string version = now["action"].value("version", "");
  ASSAYD_TRY(const Json answer, client.Send("PATCH", path, body, version));
  const Json& action = answer["action"];
  PrintText(context, answer,
            fmt::format("{}: {}, test {}, {} of {} points{} (position {})\n", TextOf(action, "id"),
                        TextOf(action, "implementation_status"), TextOf(action, "test_status"),
                        PointsOf(action["points"]), PointsOf(action["max_points"]),
                        action["owner"].is_null() ? "" : ", owner " + TextOf(action, "owner"),
                        TextOf(answer, "position")));
  return Exit::kOk;
}

CLI::App* AddCommand(CLI::App& app, const char* name, const char* about, const char* example,
                     const Options& options) {
  auto* const command = app.add_subcommand(name, about);
  command->footer(std::string("Example:\n  assayd action ") + example);
  command->add_option("id", options->id, "of the action")->required();
  command->add_option("--group", options->group, "for an action that has a state in each group");
  return command;
}

void AddSet(CLI::App& action, Context& context) {
  const auto options = std::make_shared<ActionOptions>();
  auto* const command = AddCommand(
      action, "set", "change what is recorded of an action; 'none' takes a member away",
      "set write-an-information-security-policy --implementation implemented --test passed",
      options);
  for (const auto& [option, member] : Members())
    command->add_option(option, options->texts[option], member);
  command->add_option("--due", options->due, "until when: 2027-01-31");
  command->add_option("--implemented", options->implemented, "when it was done");
  command->add_option("--tested", options->tested, "when it was tested");
  command->add_option("--tags", options->tags, "separated by commas");
  auto* const out = command->add_option("--out-of-scope", options->out_of_scope,
                                        "it does not apply; the text says why");
  command->add_flag("--in-scope", options->in_scope, "it applies again")->excludes(out);
  command->callback([&context, options] {
    context.run = [&context, options]() -> Result<Exit> {
      ASSAYD_TRY(const Json body, BodyOf(*options));
      return Change(context, *options, body);
    };
  });
}

void AddAssign(CLI::App& action, Context& context) {
  const auto options = std::make_shared<ActionOptions>();
  auto* const command =
      AddCommand(action, "assign", "give an action to a person",
                 "assign require-mfa-for-all-users anna --due 2027-01-31", options);
  command->add_option("person", options->texts["--owner"], "their id; none for nobody")->required();
  command->add_option("--due", options->due, "until when");
  command->callback([&context, options] {
    context.run = [&context, options]() -> Result<Exit> {
      ASSAYD_TRY(const Json body, BodyOf(*options));
      return Change(context, *options, body);
    };
  });
}

void AddAcceptRisk(CLI::App& action, Context& context) {
  const auto options = std::make_shared<ActionOptions>();
  auto* const command = AddCommand(
      action, "accept-risk", "leave an action undone, knowingly: it earns nothing",
      "accept-risk require-mfa-for-all-users --reason 'until the merger' --expires 2027-01-31",
      options);
  command->add_option("--reason", options->reason, "why")->required();
  command->add_option("--approved-by", options->approved_by, "another person who agrees");
  command->add_option("--expires", options->expires, "from then on it is to be addressed again");
  command->callback([&context, options] {
    context.run = [&context, options]() -> Result<Exit> {
      Json risk{{"reason", options->reason}};
      if (!options->approved_by.empty()) risk["approved_by"] = options->approved_by;
      if (!options->expires.empty()) {
        ASSAYD_TRY(risk["expires_at"], MomentOf(options->expires));
      }
      return Change(context, *options, {{"risk", risk}});
    };
  });
}

void AddUndo(CLI::App& app, Context& context) {
  const auto options = std::make_shared<ActionOptions>();
  auto* const command = app.add_subcommand("undo", "undo a change of actions");
  command->footer("Example:\n  assayd undo 10342");
  command->add_option("position", options->position, "of the change, as it was answered")
      ->required();
  command->callback([&context, options] {
    context.run = [&context, options]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      ASSAYD_TRY(const Json answer,
                 client.Send("POST", tenant + "/undo", {{"position", options->position}}));
      PrintText(context, answer,
                fmt::format("{} actions are as they were (position {})\n",
                            TextOf(answer, "actions"), TextOf(answer, "position")));
      return Exit::kOk;
    };
  });
}

std::string Signed(const Json& points) {
  const std::string text = PointsOf(points);
  return points.is_number() && points.get<double>() > 0 ? "+" + text : text;
}

std::optional<std::uint32_t> NumberOf(std::string_view text) {
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

void AddWhatIf(CLI::App& app, Context& context) {
  struct Supposed {
    std::vector<std::string> actions, templates, weights;
    std::string group, as_of;
  };
  const auto options = std::make_shared<Supposed>();
  auto* const command = app.add_subcommand(
      "what-if", "the score if actions were done, templates added, weights changed");
  command->footer(
      "Examples:\n  assayd what-if --action require-mfa-for-all-users --action "
      "activate-azure-rights-management\n  assayd what-if --template iso-27001-2022 --group iso\n"
      "  assayd what-if --weight require-mfa-for-all-users=50");
  command->add_option("--action", options->actions, "would be implemented and passed");
  command->add_option("--template", options->templates, "would be assessed");
  command->add_option("--group", options->group, "of the templates");
  command->add_option("--weight", options->weights, "ACTION=POINTS, from 1 to 99");
  command->callback([&context, options] {
    context.run = [&context, options]() -> Result<Exit> {
      Json body = Json::object();
      for (const auto& id : options->actions) body["actions"].push_back({{"action", id}});
      for (const auto& id : options->templates) {
        Json item{{"template", id}};
        if (!options->group.empty()) item["group"] = options->group;
        body["templates"].push_back(std::move(item));
      }
      for (const auto& weight : options->weights) {
        const std::size_t equals = weight.find('=');
        const auto points = equals == std::string::npos
                                ? std::nullopt
                                : NumberOf(std::string_view(weight).substr(equals + 1));
        if (!points) return Fail(ErrorCode::kInvalidArgument, "--weight is ACTION=POINTS");
        body["weights"].push_back({{"action", weight.substr(0, equals)}, {"max_points", *points}});
      }
      if (body.empty())
        return Fail(ErrorCode::kInvalidArgument, "name an --action, a --template or a --weight");
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      body["tenant"] = tenant.substr(tenant.rfind('/') + 1);
      ASSAYD_TRY(const Json answer, client.Send("POST", "/what-if", body));
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
      PrintText(context, answer, DiffText(answer));
      return Exit::kOk;
    };
  });
}

}  // namespace

void AddActionCommands(CLI::App& app, CLI::App& action, Context& context) {
  AddSet(action, context);
  AddAssign(action, context);
  AddAcceptRisk(action, context);
  AddUndo(app, context);
  AddWhatIf(app, context);
  AddDiff(app, context);
}

}  // namespace assayd::daemon
