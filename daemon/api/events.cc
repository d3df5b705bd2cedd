#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"

namespace assayd::daemon {
namespace {

Reply<> ListEvents(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"as_of", "position", "after", "limit", "type"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  ASSAYD_REPLY_TRY(const PointInPast point, PointInPast::Read(query, *current, call.now));
  std::optional<domain::EventType> type;
  if (const auto text = query.Text("type")) {
    type = domain::ParseEventType(*text);
    if (!type) return RefuseQuery("type", "is no type of event");
  }
  Json body = Envelope({current, point.as_of, point.position, false}, services.shard);
  body["items"] = Json::array();
  body["next"] = nullptr;
  const auto read = services.log.ReadTenant(
      current->state().id.uuid, page.start, [&](const eventstore::StoredEvent& stored) {
        if (stored.position > point.position) return false;
        const auto event = domain::DecodeEvent(stored.bytes);
        if (!event || event->effective > point.as_of || (type && event->type != *type)) return true;
        if (body["items"].size() == page.limit) {
          body["next"] = EncodeCursor(stored.position);
          return false;
        }
        body["items"].push_back(EventJson(*event, services.keys));
        return true;
      });
  if (!read) return Refuse(read.error());
  return TenantResponse(call, std::move(body));
}

/// Where a stream begins: after Last-Event-ID, after ?after=, else with what comes next.
Reply<std::uint64_t> StreamStart(Services& services, const Call& call, const Query& query) {
  const std::string* const last = call.request.Header("Last-Event-ID");
  const auto after = query.Text("after");
  if (last == nullptr && !after) return services.log.acknowledged();
  const auto cursor = DecodeCursor(last != nullptr ? *last : *after);
  if (!cursor || *cursor >= services.log.acknowledged()) {
    constexpr const char* kNoCursor = "is no cursor of this stream";
    return last != nullptr ? RefuseHeader("Last-Event-ID", kNoCursor)
                           : RefuseQuery("after", kNoCursor);
  }
  return *cursor + 1;
}

void StreamEvents(Services& services, const Call& call, std::shared_ptr<http::Exchange> exchange) {
  const auto begin = [&]() -> Reply<> {
    ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"after", "tenant"}));
    ASSAYD_REPLY_TRY(const std::uint64_t start, StreamStart(services, call, query));
    std::optional<domain::TenantId> only;
    if (const auto name = query.Text("tenant")) {
      const auto view = services.fleet.Find(*name);
      if (!view || view->state().id.IsSystem() || !call.identity.MaySee(view->state()))
        return RefuseUnknown("tenant");
      only = view->state().id;
    }
    auto place = services.feed.TryEnter(call.request.peer.address);
    if (!place) {
      return Refuse({ErrorCode::kUnavailable,
                     fmt::format("this address has {} event streams already; close one, or ask a "
                                 "proxy to share one",
                                 EventFeed::kStreamsPerAddress)});
    }
    const Identity identity = call.identity;
    projections::Fleet& fleet = services.fleet;
    const bool may_see_system = identity.all_tenants;
    auto stream = exchange->BeginStream(200, {{"Content-Type", "text/event-stream"},
                                              {"Cache-Control", "no-store"},
                                              {"X-Accel-Buffering", "no"}});
    stream->Write("retry: 3000\n\n");
    const auto wanted = [=, &fleet](const domain::Event& event) {
      if (only) return event.tenant == *only;
      if (event.tenant.IsSystem()) return may_see_system;
      const auto view = fleet.Find(event.tenant);
      return view && identity.MaySee(view->state());
    };
    services.feed.Attach(std::move(stream), std::move(place), start, wanted, call.still_admitted);
    return http::Response{};
  };
  if (auto begun = begin(); !begun) exchange->Respond(ToResponse(begun.error(), call.request));
}

}  // namespace

std::vector<Route> EventRoutes() {
  return {{"GET", "/api/v1/tenants/{tenant}/events", Need::kRead, &ListEvents, {}},
          {"GET", "/api/v1/events/stream", Need::kRead, {}, &StreamEvents}};
}

}  // namespace assayd::daemon
