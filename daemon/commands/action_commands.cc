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
  std::string due, implemented, tested, tags, out_of_scope, share;
  std::vector<std::string> tickets;
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

std::optional<std::uint32_t> NumberOf(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
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
  if (!options.share.empty()) {
    const auto parts = Split(options.share, '/');
    const auto covered = parts.size() == 2 ? NumberOf(parts[0]) : std::nullopt;
    const auto total = parts.size() == 2 ? NumberOf(parts[1]) : std::nullopt;
    if (!covered || !total)
      return Fail(ErrorCode::kInvalidArgument, "--covered is COVERED/TOTAL, such as 40/120");
    body["test_status"] = "partially_tested";
    body["covered"] = *covered;
    body["total"] = *total;
  }
  for (const auto& text : options.tickets) {
    // SYSTEM:ID, and behind a = its address.
    const auto equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const auto colon = name.find(':');
    if (colon == std::string::npos)
      return Fail(ErrorCode::kInvalidArgument, "--ticket is SYSTEM:ID or SYSTEM:ID=https://…");
    Json ticket{{"system", name.substr(0, colon)}, {"id", name.substr(colon + 1)}};
    if (equals != std::string::npos) ticket["url"] = text.substr(equals + 1);
    body["tickets"].push_back(std::move(ticket));
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
  command->add_option("--covered", options->share, "partially tested: COVERED/TOTAL");
  command->add_option("--ticket", options->tickets, "SYSTEM:ID[=URL]; all that there shall be");
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

}  // namespace

void AddActionCommands(CLI::App& app, CLI::App& action, Context& context) {
  AddSet(action, context);
  AddAssign(action, context);
  AddAcceptRisk(action, context);
  AddUndo(app, context);
}

}  // namespace assayd::daemon
