#include "connectors/command_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/log.h"
#include "connectors/failure.h"
#include "connectors/retry_schedule.h"
#include "connectors/url.h"
#include "domain/ids.h"

namespace assayd::connectors {
namespace {

constexpr std::size_t kAnswerBytesMax = 1'048'576;
constexpr std::size_t kItemsMax = 1'000;
constexpr std::size_t kCursorBytesMax = 1'000;
constexpr Milliseconds kSpacingMin = std::chrono::seconds(1);
constexpr Milliseconds kFirstRetry = std::chrono::seconds(2);
constexpr Milliseconds kLongestRetry = std::chrono::minutes(5);

struct Page {
  std::vector<Command> commands;
  std::string cursor;
};

std::string TextOf(const Json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

Result<Page> ReadPage(const std::string& body) {
  const auto malformed = [] {
    return Fail(ErrorCode::kMalformed, "the answer is no list of commands");
  };
  const auto json = ParseJson(body, {.bytes_max = kAnswerBytesMax});
  if (!json || !json->is_object()) return malformed();
  const auto items = json->find("items");
  if (items == json->end() || !items->is_array() || items->size() > kItemsMax) return malformed();
  Page page{.cursor = TextOf(*json, "next")};
  if (page.cursor.size() > kCursorBytesMax) return malformed();
  for (const Json& item : *items) {
    if (!item.is_object() || TextOf(item, "id").empty()) return malformed();
    page.commands.push_back(
        {TextOf(item, "id"), TextOf(item, "kind"), TextOf(item, "tenant"), TextOf(item, "source")});
  }
  return page;
}

/// A name that may stand between slashes.
bool IsSegment(const std::string& name) {
  return domain::IsName(name) && name.find('/') == std::string::npos;
}

}  // namespace

Milliseconds CommandFeed::Step() {
  const Milliseconds started = seams_.clock.Monotonic();
  const auto carried_out = Ask();
  if (carried_out) {
    failures_ = 0;
    if (*carried_out > 0) return Milliseconds(0);
    // A daemon that does not hold the request is not asked more than once a second.
    return std::max(Milliseconds(0), started + kSpacingMin - seams_.clock.Monotonic());
  }
  if (failures_ == 0 && carried_out.error().code != ErrorCode::kCancelled) {
    log::Warn("commands cannot be asked for", {{"problem", carried_out.error().ToString()}});
  }
  constexpr std::size_t kDoublingsMax = 10;
  const auto doublings = std::min(failures_++, kDoublingsMax);
  return Jittered(std::min(kFirstRetry * (std::int64_t{1} << doublings), kLongestRetry),
                  seams_.random);
}

Result<HttpResponse> CommandFeed::Request(const std::string& cursor) {
  HttpRequest request;
  request.url = options_.url + "/api/v1/connect/commands";
  if (!cursor.empty()) request.url += "?after=" + PercentEncode(cursor);
  request.headers = {{"Accept", "application/json"}};
  ASSAYD_TRY(request.bearer, options_.bearer.Read());
  request.deadline = options_.deadline;
  request.body_bytes_max = kAnswerBytesMax;
  request.ca_file = options_.ca_file;
  return seams_.transport.Send(request);
}

Result<std::size_t> CommandFeed::Ask() {
  const std::string cursor = seams_.outbox.CommandCursor();
  ASSAYD_TRY(const HttpResponse response, Request(cursor));
  if (response.status == 204) return 0;
  if (response.status != 200) {
    return Fail(ErrorCode::kUpstream, fmt::format("the daemon answers {}", response.status));
  }
  ASSAYD_TRY(const Page page, ReadPage(response.body));
  if (page.commands.empty() && (page.cursor.empty() || page.cursor == cursor)) return 0;
  if (!page.commands.empty() && (page.cursor.empty() || page.cursor == cursor)) {
    return Fail(ErrorCode::kMalformed, "commands come without a cursor behind them");
  }
  std::vector<domain::Signal> completions;
  for (const auto& command : page.commands) {
    const CommandResult result = handler_(command);
    log::Info("command", {{"id", Excerpt(command.id)},
                          {"kind", Excerpt(command.kind)},
                          {"outcome", result.outcome}});
    completions.push_back(Completion(command, result));
  }
  ASSAYD_CHECK(seams_.outbox.Append(std::move(completions), {CommandsRead{page.cursor}}));
  seams_.statistics.Add(&Statistics::commands, page.commands.size());
  return page.commands.size();
}

domain::Signal CommandFeed::Completion(const Command& command, const CommandResult& result) const {
  domain::Signal signal;
  signal.type = domain::SignalType::kCommandCompleted;
  signal.tenant = IsSegment(result.tenant) ? result.tenant : "_system";
  signal.source_name = IsSegment(command.source) ? command.source : "commands";
  signal.source = domain::SignalSource(signal.tenant, signal.source_name);
  signal.time = seams_.clock.Now();
  signal.data = {{"command", command.id}, {"outcome", result.outcome}, {"detail", result.detail}};
  return signal;
}

}  // namespace assayd::connectors
