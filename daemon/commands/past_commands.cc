#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/call.h"
#include "daemon/commands/asking.h"
#include "daemon/commands/daemon_client.h"
#include "daemon/commands/moment.h"
#include "daemon/commands/output.h"

namespace assayd::daemon {
namespace {

/// --since and --until.
struct Between {
  std::string since, until;
  void Add(CLI::App& command) {
    command.add_option("--since", since, "from this moment on: 7d, 'yesterday 18:00', 2026-11-21");
    command.add_option("--until", until, "up to this moment");
  }
  [[nodiscard]] Result<DaemonClient::Parameters> Query() const {
    DaemonClient::Parameters parameters;
    const TimePoint now = SystemClock().Now();
    if (!since.empty()) {
      ASSAYD_TRY(const TimePoint moment, ParseMoment(since, now));
      parameters["from"] = FormatTime(moment);
    }
    if (!until.empty()) {
      ASSAYD_TRY(const TimePoint moment, ParseMoment(until, now));
      parameters["to"] = FormatTime(moment);
    }
    return parameters;
  }
};

std::string ActorOf(const Json& told) {
  if (!told.is_object()) return "-";
  if (const Json& actor = told["actor"]; actor.is_object()) {
    return TextOf(actor, actor["name"].is_string() ? "name" : "id");
  }
  if (!told["candidates"].empty()) return fmt::format("one of {}", told["candidates"].size());
  const std::string reason = TextOf(told, "actor_reason");
  return reason == "first_read" ? "first read" : "unknown (" + reason + ")";
}

std::string ActionsOf(const Json& item) {
  std::string text;
  for (const auto& action : item["actions"])
    text += (text.empty() ? "" : ", ") + TextOf(action, "id");
  return text.empty() ? "-" : text;
}

std::string SignedPoints(const Json& points) {
  const std::string text = PointsOf(points);
  return points.is_number() && points.get<double>() > 0 ? "+" + text : text;
}

void AddHistory(CLI::App& app, Context& context) {
  auto* const command = app.add_subcommand("history", "what moved the score, the newest first");
  command->footer(
      "Examples:\n  assayd history --since 7d\n  assayd history --since 'yesterday 18:00' --output "
      "json");
  const auto between = std::make_shared<Between>();
  between->Add(*command);
  command->callback([&context, between] {
    context.run = [&context, between]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      ASSAYD_TRY(auto parameters, between->Query());
      parameters["limit"] = "1000";
      ASSAYD_TRY(const Json answer, client.Get(tenant + "/history", parameters));
      PrintItems(context, answer, answer["changes"],
                 {{"TIME", [](const Json& item) { return LocalTimeOf(item["time"]); }},
                  {"POINTS", [](const Json& item) { return SignedPoints(item["points"]); }, true},
                  {"SCORE",
                   [](const Json& item) {
                     return PointsOf(item["points_before"]) + " → " +
                            PointsOf(item["points_after"]);
                   }},
                  {"ORIGIN", [](const Json& item) { return TextOf(item, "origin"); }},
                  {"CAUSE", [](const Json& item) { return TextOf(item, "cause"); }},
                  {"ACTOR",
                   [](const Json& item) {
                     return ActorOf(item["actor"].is_object() ? item : item["edit"]);
                   }},
                  {"ACTIONS", &ActionsOf}});
      return Exit::kOk;
    };
  });
}

Result<Exit> ShowRegressions(const Context& context, const Between& between,
                             const std::string& state) {
  ASSAYD_TRY(const auto client, DaemonClient::Open(context));
  ASSAYD_TRY(const std::string tenant, client.TenantPath());
  ASSAYD_TRY(auto parameters, between.Query());
  parameters["state"] = state;
  parameters["limit"] = "1000";
  ASSAYD_TRY(const Json answer, client.Get(tenant + "/regressions", parameters));
  PrintItems(context, answer, answer["items"],
             {{"ID", [](const Json& item) { return TextOf(item, "id"); }},
              {"OCCURRED", [](const Json& item) { return LocalTimeOf(item["occurred"]); }},
              {"STATE", [](const Json& item) { return TextOf(item, "state"); }},
              {"LOST", [](const Json& item) { return PointsOf(item["points_lost"]); }, true},
              {"CAUSE", [](const Json& item) { return TextOf(item, "cause"); }},
              {"ACTOR", &ActorOf},
              {"SETTING", [](const Json& item) { return TextOf(item, "setting"); }},
              {"ACTIONS", &ActionsOf}});
  return Exit::kOk;
}

/// Reads the regression's version, so that a change by somebody else meanwhile is not overwritten.
Result<Exit> ChangeRegression(const Context& context, const std::string& id, const char* verb,
                              const Json& body) {
  ASSAYD_TRY(const auto client, DaemonClient::Open(context));
  ASSAYD_TRY(const std::string tenant, client.TenantPath());
  ASSAYD_TRY(const Json regressions, client.Get(tenant + "/regressions", {{"limit", "1000"}}));
  for (const auto& item : regressions["items"]) {
    if (item["id"] != id) continue;
    ASSAYD_TRY(
        const Json answer,
        client.Send("POST", tenant + "/regressions/" + http::PercentEncode(id) + "/" + verb, body,
                    item["version"].is_string() ? item["version"].get<std::string>() : "-"));
    PrintText(context, answer, "done, recorded at position " + TextOf(answer, "position") + "\n");
    return Exit::kOk;
  }
  return Fail(ErrorCode::kNotFound, "no regression is called " + id);
}

void AddRegressions(CLI::App& app, Context& context) {
  struct Options {
    Between between;
    std::string state, acknowledge, mute, until = "1d";
  };
  auto* const command =
      app.add_subcommand("regressions", "points that were lost, who did it, what is still open");
  command->footer(
      "Examples:\n  assayd regressions --state open\n  assayd regressions ack r-0-4711\n  assayd "
      "regressions mute r-0-4711 --for 7d");
  const auto options = std::make_shared<Options>();
  options->between.Add(*command);
  command->add_option("--state", options->state, "open, acknowledged, muted or recovered");
  auto* const acknowledge =
      command->add_subcommand("ack", "acknowledge one: somebody looks after it");
  acknowledge->footer("Example:\n  assayd regressions ack r-0-4711");
  acknowledge->add_option("id", options->acknowledge)->required();
  auto* const mute = command->add_subcommand("mute", "no notification of one until a moment");
  mute->footer("Example:\n  assayd regressions mute r-0-4711 --for 7d");
  mute->add_option("id", options->mute)->required();
  mute->add_option("--for", options->until, "for how long, for example 8h or 7d")
      ->capture_default_str();
  command->callback([&context, options] {
    context.run = [&context, options]() -> Result<Exit> {
      if (!options->acknowledge.empty())
        return ChangeRegression(context, options->acknowledge, "acknowledge", Json::object());
      if (!options->mute.empty()) {
        ASSAYD_TRY(const Milliseconds length, ParseDuration(options->until));
        return ChangeRegression(context, options->mute, "mute",
                                {{"until", FormatTime(SystemClock().Now() + length)}});
      }
      return ShowRegressions(context, options->between, options->state);
    };
  });
}

std::string EventLine(const Json& event) {
  return fmt::format("{}  {:>8}  {:<24} {:<9} {}", LocalTimeOf(event["effective"]),
                     TextOf(event, "position"), TextOf(event, "type"), TextOf(event, "origin"),
                     TextOf(event, "data"));
}

/// The newest, in the order in which they came. The list of the API goes upwards, so that it is
/// asked from ever further back until there are enough.
Result<Json> NewestEvents(const DaemonClient& client, const std::string& path,
                          const std::string& type, std::size_t limit) {
  constexpr std::uint64_t kReachMin = 1'000;
  constexpr std::uint64_t kReachGrowth = 4;
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  ASSAYD_TRY(const Json first, client.Get(path, {{"limit", "1"}}));
  const auto end = first["position"].get<std::uint64_t>() + 1;
  for (auto reach = std::max<std::uint64_t>(limit, kReachMin);; reach *= kReachGrowth) {
    const std::uint64_t begin = end - std::min(end, reach);
    ASSAYD_TRY(Json answer,
               client.GetAll(path, {{"type", type}, {"after", EncodeCursor(begin)}}, kAll));
    auto& items = answer["items"];
    if (items.size() < limit && begin > 0) continue;
    if (items.size() > limit)
      items.erase(items.begin(), items.end() - static_cast<std::ptrdiff_t>(limit));
    return answer;
  }
}

void AddEvents(CLI::App& app, Context& context) {
  struct Options {
    bool follow = false;
    std::string type;
    std::size_t limit = 100;
  };
  auto* const command = app.add_subcommand("events", "the events of a tenant, or all as they come");
  command->footer(
      "Examples:\n  assayd events --type action.changed --limit 20\n  assayd events --follow");
  const auto options = std::make_shared<Options>();
  command->add_flag("--follow", options->follow, "wait for new events until interrupted");
  command->add_option("--type", options->type, "only of this type");
  command->add_option("--limit", options->limit, "at most so many: the newest, upwards in time")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000'000}))
      ->capture_default_str();
  command->callback([&context, options] {
    context.run = [&context, options]() -> Result<Exit> {
      ASSAYD_TRY(const auto client, DaemonClient::Open(context));
      if (options->follow) {
        ASSAYD_CHECK(
            client.Follow("/events/stream", {{"tenant", context.tenant}}, [&](const Json& event) {
              if (!options->type.empty() && event["type"] != options->type) return true;
              std::cout << (context.output == "json" ? JsonText(event, -1) : EventLine(event))
                        << std::endl;
              return std::cout.good();
            }));
        return Exit::kOk;
      }
      ASSAYD_TRY(const std::string tenant, client.TenantPath());
      ASSAYD_TRY(const Json answer,
                 NewestEvents(client, tenant + "/events", options->type, options->limit));
      PrintItems(context, answer, answer["items"],
                 {{"EFFECTIVE", [](const Json& item) { return LocalTimeOf(item["effective"]); }},
                  {"POSITION", [](const Json& item) { return TextOf(item, "position"); }, true},
                  {"TYPE", [](const Json& item) { return TextOf(item, "type"); }},
                  {"ORIGIN", [](const Json& item) { return TextOf(item, "origin"); }},
                  {"DATA", [](const Json& item) { return TextOf(item, "data"); }}});
      return Exit::kOk;
    };
  });
}

}  // namespace

void AddPastCommands(CLI::App& app, Context& context) {
  AddHistory(app, context);
  AddRegressions(app, context);
  AddEvents(app, context);
}

}  // namespace assayd::daemon
