#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>

#include "base/media_type.h"
#include "base/time_text.h"
#include "daemon/api/paging.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "domain/audit_logs.h"
#include "domain/ids.h"
#include "domain/signal.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kBatchBytesMax = 8 * 1024 * 1024;
constexpr std::size_t kSignalsMax = 10'000;
// Far more than configuration has in so many bytes, and little enough to be refused within
// milliseconds (fault model, row 63).
constexpr std::size_t kValuesMax = 500'000;
constexpr std::size_t kMembersMax = 10'000;
constexpr std::chrono::seconds kLongPoll{25};

SignalsInput::Item ItemOf(Json json, std::size_t request_bytes) {
  // Writing it again costs as much as reading it; what came in a small request is no large signal.
  if (request_bytes > domain::kSignalBytesMax) {
    std::string text = DumpJson(json);
    if (text.size() > domain::kSignalBytesMax)
      return {Fail(ErrorCode::kTooLarge, "a signal is at most 1,000,000 bytes"), std::move(text)};
  }
  SignalsInput::Item item{domain::FromStructured(std::move(json)), ""};
  if (!item.signal) item.text = DumpJson(json);
  return item;
}

/// Structured, batched or binary mode, told apart by the media type.
Reply<SignalsInput> ReadSignals(const http::Request& request) {
  SignalsInput input;
  const std::string* const header = request.Header("Content-Type");
  const std::string type = header == nullptr ? "" : MediaTypeOf(*header);
  if (type == "application/cloudevents+json" || type == "application/cloudevents-batch+json") {
    auto body = ParseJson(request.body, {.bytes_max = kBatchBytesMax,
                                         .depth_max = 32,
                                         .values_max = kValuesMax,
                                         .members_max = kMembersMax});
    if (!body) return RefuseBody("", body.error().context);
    const bool batch = type == "application/cloudevents-batch+json";
    if (batch != body->is_array())
      return RefuseBody("", batch ? "must be an array of CloudEvents" : "must be one CloudEvent");
    if (!batch) return input.items.push_back(ItemOf(*std::move(body), request.body.size())), input;
    if (body->size() > kSignalsMax) return RefuseBody("", "holds more than 10,000 signals");
    for (auto& item : *body) input.items.push_back(ItemOf(std::move(item), request.body.size()));
    return input;
  }
  if (request.Header("ce-specversion") != nullptr) {
    auto signal = domain::FromBinary(
        [&](std::string_view name) -> std::optional<std::string> {
          const std::string* const attribute = request.Header("ce-" + std::string(name));
          if (attribute == nullptr) return std::nullopt;
          return *attribute;
        },
        request.body);
    std::string text = signal ? "" : request.body;
    input.items.push_back({std::move(signal), std::move(text)});
    return input;
  }
  return Refuse(MediaTypeNotTaken(
      "send application/cloudevents+json, application/cloudevents-batch+json, or binary mode with "
      "ce- headers"));
}

Json AnswerJson(const Services& services, const std::vector<Outcome>& outcomes) {
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::optional<std::uint64_t> newest;
  Json quarantined = Json::array();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    switch (outcomes[i].kind) {
      case Outcome::Kind::kAccepted:
        ++accepted;
        break;
      case Outcome::Kind::kDuplicate:
        ++duplicates;
        break;
      case Outcome::Kind::kQuarantined:
        quarantined.push_back({{"index", i}, {"reason", outcomes[i].reason}});
        break;
    }
    if (outcomes[i].position) newest = std::max(newest.value_or(0), *outcomes[i].position);
  }
  Json positions = Json::object();
  if (newest) positions[std::to_string(services.shard)] = *newest;
  return {{"accepted", accepted},
          {"duplicates", duplicates},
          {"quarantined", quarantined},
          {"positions", positions}};
}

/// A token of some tenants sends for no other, and learns nothing about them.
void KeepToOwnTenants(const Services& services, const Identity& identity, SignalsInput& input) {
  if (identity.all_tenants) return;
  for (auto& item : input.items) {
    if (!item.signal) continue;
    const auto view = services.fleet.Find(item.signal->tenant);
    if (view && identity.MaySee(view->state())) continue;
    item.text = DumpJson(ToStructured(*item.signal));
    item.signal = Fail(ErrorCode::kNotFound, "the tenant is not one of this token");
  }
}

/// Answered once everything is durable; the worker that took the request is free meanwhile.
void PostSignals(Services& services, const Call& call, std::shared_ptr<http::Exchange> exchange) {
  const auto query = Query::Read(call.request, {});
  if (!query) return exchange->Respond(ToResponse(query.error(), call.request));
  auto input = ReadSignals(call.request);
  if (!input) return exchange->Respond(ToResponse(input.error(), call.request));
  KeepToOwnTenants(services, call.identity, *input);
  services.writer.Submit(*std::move(input), [&services, exchange](Answer answer) {
    if (answer) return exchange->Respond(JsonResponse(200, AnswerJson(services, *answer)));
    exchange->Respond(ToResponse(ProblemOf(answer.error()), exchange->request()));
  });
}

Json CommandJson(const EventFeed::Command& command) {
  return {{"id", command.request.command},
          {"kind", command.request.kind},
          {"tenant", command.tenant.ToString()},
          {"source", command.request.source.empty() ? Json() : Json(command.request.source)}};
}

void GetCommands(Services& services, const Call& call, std::shared_ptr<http::Exchange> exchange) {
  auto query = Query::Read(call.request, {"after", "wait_seconds"});
  if (!query) return exchange->Respond(ToResponse(query.error(), call.request));
  std::optional<std::uint64_t> after;
  if (const auto text = query->Text("after"); text && !text->empty()) {
    after = DecodeCursor(*text);
    if (!after)
      return exchange->Respond(
          ToResponse(RefuseQuery("after", "is no cursor of this list").error(), call.request));
  }
  const auto wait = query->Number("wait_seconds");
  if (!wait) return exchange->Respond(ToResponse(wait.error(), call.request));
  const std::chrono::seconds patience(
      std::min<std::uint64_t>(wait->value_or(kLongPoll.count()), kLongPoll.count()));
  services.feed.AwaitCommands(
      after, patience,
      [&services, exchange, identity = call.identity](std::vector<EventFeed::Command> commands,
                                                      std::uint64_t next) {
        Json items = Json::array();
        for (const auto& command : commands) {
          const auto view = services.fleet.Find(command.tenant);
          if (view && identity.MaySee(view->state())) items.push_back(CommandJson(command));
        }
        exchange->Respond(JsonResponse(200, {{"items", items}, {"next", EncodeCursor(next)}}));
      });
}

bool IsSource(const domain::TenantState& state, const std::string& name) {
  const auto catalogue = state.catalogue();
  return std::ranges::find(domain::kAuditLogs, name, &domain::AuditLog::source) !=
             domain::kAuditLogs.end() ||
         (catalogue &&
          std::ranges::find(catalogue->settings, name, &domain::SettingSchema::source) !=
              catalogue->settings.end());
}

Reply<> RequestPoll(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Json body, ReadBody(call, {"kind", "source"}));
  RequestInput input;
  input.tenant = current->state().id;
  const Json kind = body.value("kind", Json("poll_now"));
  input.kind = kind.is_string() ? kind.get<std::string>() : "";
  if (input.kind != "poll_now" && input.kind != "resync")
    return RefuseBody("/kind", "must be poll_now or resync");
  if (body.contains("source")) {
    const Json& source = body["source"];
    if (!source.is_string() || !IsSource(current->state(), source.get<std::string>()))
      return RefuseBody("/source", "must be the name of a source; GET …/sources lists them");
    input.source = source.get<std::string>();
  }
  ASSAYD_REPLY_TRY(input.caller, CallerOf(call));
  ASSAYD_REPLY_TRY(const Outcome outcome, Write(services, std::move(input)));
  return JsonResponse(201, {{"tenant", current->state().id.ToString()},
                            {"shard", services.shard},
                            {"position", outcome.position ? Json(*outcome.position) : Json()}});
}

Reply<> ListQuarantine(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"after", "limit"}));
  ASSAYD_REPLY_TRY(const std::size_t limit, query.Limit());
  ASSAYD_REPLY_TRY(const std::string after, UuidCursor(query));
  if (!call.identity.all_tenants) return RefuseUnknown("quarantine");
  // One more, to know whether anything follows.
  auto entries = services.quarantine.List(after, limit + 1);
  if (!entries) return Refuse(entries.error());
  Json body{{"items", Json::array()}, {"next", nullptr}};
  for (const auto& entry : *entries) {
    if (body["items"].size() == limit) {
      body["next"] = body["items"].back()["id"];
      break;
    }
    body["items"].push_back({{"id", entry.id},
                             {"received", FormatTime(entry.received)},
                             {"reason", entry.reason},
                             {"size_bytes", entry.text.size()},
                             {"cut", entry.cut}});
  }
  http::Response response = JsonResponse(200, body);
  AddNextLink(call, body, response);
  return response;
}

std::string_view ToText(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::kAccepted:
      return "accepted";
    case Outcome::Kind::kDuplicate:
      return "duplicate";
    case Outcome::Kind::kQuarantined:
      break;
  }
  return "quarantined";
}

/// The signal is taken as if it came now; what is refused again is quarantined anew, with the
/// reason of today.
Reply<> Redrive(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  if (!call.identity.all_tenants) return RefuseUnknown("quarantine");
  const auto entry = services.quarantine.Find(call.Path("id"));
  if (!entry) return Refuse(entry.error());
  if (!*entry) return RefuseUnknown("entry of the quarantine");
  if ((*entry)->cut)
    return Refuse(Error{ErrorCode::kTransitionNotAllowed,
                        "only its beginning was kept; ask the connector for a resync instead"});
  auto json = ParseJson((*entry)->text);
  SignalsInput input;
  if (json) {
    input.items.push_back(ItemOf(*std::move(json), (*entry)->text.size()));
  } else {
    input.items.push_back({std::unexpected(json.error()), (*entry)->text});
  }
  ASSAYD_REPLY_TRY(const Outcome outcome, Write(services, std::move(input)));
  if (const auto removed = services.quarantine.Remove((*entry)->id); !removed)
    return Refuse(removed.error());
  return JsonResponse(200, {{"outcome", ToText(outcome.kind)},
                            {"reason", outcome.reason.empty() ? Json() : Json(outcome.reason)},
                            {"position", outcome.position ? Json(*outcome.position) : Json()}});
}

}  // namespace

std::vector<Route> SignalRoutes() {
  return {{"POST", "/api/v1/signals", Need::kIngest, {}, &PostSignals, kBatchBytesMax},
          {"GET", "/api/v1/connect/commands", Need::kIngest, {}, &GetCommands},
          {"POST", "/api/v1/tenants/{tenant}/commands", Need::kChange, &RequestPoll, {}},
          {"GET", "/api/v1/quarantine", Need::kAdminister, &ListQuarantine, {}},
          {"POST", "/api/v1/quarantine/{id}/redrive", Need::kAdminister, &Redrive, {}}};
}

}  // namespace assayd::daemon
