#include "daemon/demo/change_lines.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/pause.h"
#include "base/text.h"
#include "base/time_text.h"
#include "daemon/commands/output.h"

namespace assayd::daemon {
namespace {

constexpr Milliseconds kLookEvery{500};
/// Audit records are usually there with the change; later than this, the line is better than the
/// name.
constexpr Milliseconds kPatienceForActor{8'000};
constexpr std::size_t kPointersShown = 2;

std::string ShortValue(const Json& value) {
  if (value.is_null()) return "nothing";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("displayName") && value.contains("state"))
    return TextOf(value, "state");
  std::string text = DumpJson(value);
  constexpr std::size_t kMost = 60;
  return text.size() <= kMost ? text : fmt::format("({} bytes)", text.size());
}

/// Of what was read, who changed it in the tenant; of what people recorded here, they.
std::string ActorText(const Json& change) {
  const Json& edit = change.at("edit");
  if (!edit.is_object()) {
    const Json person = change.value("actor", Json());
    return person.is_object() ? TextOf(person, "name") : "-";
  }
  if (const Json& actor = edit.at("actor"); actor.is_object()) {
    return actor.at("name").is_string() ? actor.at("name").get<std::string>() : TextOf(actor, "id");
  }
  if (!edit.at("candidates").empty()) return fmt::format("one of {}", edit.at("candidates").size());
  return "unknown actor (" + TextOf(edit, "actor_reason") + ")";
}

/// "Require MFA …: state enabled → disabled", leaving out when the service noted the change.
std::string SettingText(const Json& change) {
  const Json& edit = change.at("edit");
  if (!edit.is_object()) {
    const Json& actions = change.at("actions");
    if (actions.empty()) return TextOf(change, "cause");
    const std::string more =
        actions.size() > 1 ? fmt::format(" and {} more", actions.size() - 1) : "";
    return TextOf(change, "cause") + ": " + TextOf(actions[0], "action") + more;
  }
  std::string text;
  std::size_t shown = 0;
  for (const auto& item : edit.at("changes")) {
    const auto pointer = item.at("pointer").get<std::string>();
    if (pointer.ends_with("DateTime")) continue;
    if (++shown > kPointersShown) continue;
    const std::string member = pointer.substr(pointer.rfind('/') + 1);
    const std::string place = item.at("name").is_string()
                                  ? "“" + item.at("name").get<std::string>() + "” " + member
                                  : member;
    text += (text.empty() ? "" : ", ") + place + " " + ShortValue(item.at("before")) + " → " +
            ShortValue(item.at("after"));
  }
  if (shown > kPointersShown) text += fmt::format(" and {} more", shown - kPointersShown);
  return text.empty() ? TextOf(edit, "setting") : text;
}

std::string ScoreText(const Json& points, const Json& max) {
  const double most = max.is_number() ? max.get<double>() : 0;
  return most > 0
             ? fmt::format("{} ({:.1f} %)", PointsOf(points), 100.0 * points.get<double>() / most)
             : PointsOf(points);
}

bool NamesItsActor(const Json& change) {
  const Json& edit = change.at("edit");
  return !edit.is_object() || edit.at("actor").is_object() ||
         edit.at("actor_reason") == "no_audit_source";
}

/// Microsoft counts again after each change of a setting; nobody did that.
bool IsCountedAgain(const Json& change) {
  return change.at("actions").empty() && TextOf(change, "setting").starts_with("securescore/");
}

bool IsOld(const Json& change) {
  const auto recorded = ParseTime(change.at("recorded").get<std::string>());
  return !recorded || *recorded + kPatienceForActor < SystemClock().Now();
}

}  // namespace

std::string ChangeLine(const Json& change) {
  const std::string points = PointsOf(change.at("points"));
  const bool gained = change.at("points").get<double>() > 0;
  return fmt::format("{}  {}  {}  {}{} points  score {} → {}", LocalTimeOf(change.at("time")),
                     EscapeForLine(ActorText(change)), EscapeForLine(SettingText(change)),
                     gained ? "+" : "", points,
                     ScoreText(change.at("points_before"), change.at("max_points_before")),
                     ScoreText(change.at("points_after"), change.at("max_points_after")));
}

ChangeLines::ChangeLines(http::Client daemon, std::string tenant, std::uint64_t position,
                         std::function<void(const std::string& line)> print)
    : daemon_(std::move(daemon)),
      tenant_(std::move(tenant)),
      shown_(position),
      print_(std::move(print)),
      thread_([this](const std::stop_token& stop) { Follow(stop); }) {}

ChangeLines::~ChangeLines() { thread_.request_stop(); }

void ChangeLines::Follow(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Look();
    PauseFor(kLookEvery, stop);
  }
}

void ChangeLines::Look() {
  const auto since = FormatTime(SystemClock().Now() - std::chrono::hours(1));
  const auto answer = daemon_.Ask(
      {.target = "/api/v1/tenants/" + tenant_ +
                 "/history?changes=all&limit=50&step=1h&from=" + http::PercentEncode(since)});
  if (!answer || answer->status != 200) return;
  const auto history = ParseJson(answer->body);
  if (!history) return;
  const Json& changes = history->at("changes");
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    const auto position = change->at("position").get<std::uint64_t>();
    if (position <= shown_) continue;
    // In order: a later line waits for an earlier one.
    if (!NamesItsActor(*change) && !IsOld(*change)) return;
    if (!IsCountedAgain(*change)) print_(ChangeLine(*change));
    shown_ = position;
  }
}

}  // namespace assayd::daemon
