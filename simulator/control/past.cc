#include <charconv>
#include <string>

#include "base/time_text.h"
#include "simulator/control/resources.h"
#include "simulator/story/history.h"

// What was: the tenants' history, what clients asked, and the time that it is.

namespace assayd::simulator {
namespace {

constexpr int kDaysMax = 3'650;

Result<int> ReadDays(const ControlCall& control) {
  const auto* text = control.call.request.Query("days");
  if (text == nullptr) return kStoryDays;
  int days = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), days);
  const bool is_number = error == std::errc() && end == text->data() + text->size();
  if (!is_number || days < 1 || days > kDaysMax) {
    return Fail(ErrorCode::kInvalidArgument, "days: not a whole number from 1 to 3650");
  }
  return days;
}

Json ShownClock(const ControlCall& control) {
  const auto& clock = control.cloud.clock;
  return {{"now", FormatTime(clock.Now())}, {"clients_now", FormatTime(clock.ClientsNow())}};
}

Result<> SetClock(const ControlCall& control) {
  ASSAYD_TRY(const auto body, ReadBody(control, {"now"}));
  const auto now = body.find("now");
  if (now == body.end()) return Fail(ErrorCode::kInvalidArgument, "now: missing");
  if (now->is_null()) {
    control.cloud.clock.Reset();
    return {};
  }
  if (!now->is_string()) return Fail(ErrorCode::kInvalidArgument, "now: not a time");
  ASSAYD_TRY(const auto time, ParseTime(now->get<std::string>()));
  control.cloud.clock.SetNow(time);
  return {};
}

bool IsAskedFor(const ControlCall& control, const LoggedRequest& request) {
  const auto* path = control.call.request.Query("path");
  const auto* tenant = control.call.request.Query("tenant");
  return (path == nullptr || request.path.starts_with(*path)) &&
         (tenant == nullptr || request.tenant == *tenant);
}

}  // namespace

Answer AnswerTenants(const ControlCall& control) {
  if (!control.rest.empty()) return NoSuchPath(control);
  if (control.method() != "GET") return NotAllowed("GET");
  Json items = Json::array();
  for (const auto& tenant : control.cloud.identities) {
    items.push_back({{"id", tenant.id}, {"name", tenant.name}, {"domain", tenant.domain}});
  }
  return Done(ItemList(std::move(items)));
}

Answer AnswerHistory(const ControlCall& control) {
  if (!control.rest.empty()) return NoSuchPath(control);
  if (control.method() != "GET") return NotAllowed("GET");
  const auto tenant = FindTenant(control);
  if (!tenant) return Refused(tenant.error());
  const auto days = ReadDays(control);
  if (!days) return Refused(days.error());
  Json items = Json::array();
  for (const auto& item : TellHistory(**tenant, *days, control.call.now)) {
    items.push_back(ToJson(item));
  }
  return Done(std::move(items));
}

Answer AnswerRequests(const ControlCall& control) {
  if (!control.rest.empty()) return NoSuchPath(control);
  auto& log = control.cloud.requests;
  if (control.method() == "DELETE") {
    log.Clear();
    return NothingToSay();
  }
  if (control.method() != "GET") return NotAllowed("GET, DELETE");
  Json items = Json::array();
  for (const auto& request : log.all()) {
    if (IsAskedFor(control, request)) items.push_back(ToJson(request));
  }
  return Done({{"items", std::move(items)}, {"total", log.total()}});
}

Answer AnswerClock(const ControlCall& control) {
  if (!control.rest.empty()) return NoSuchPath(control);
  if (control.method() == "GET") return Done(ShownClock(control));
  if (control.method() == "DELETE") {
    control.cloud.clock.Reset();
    return NothingToSay();
  }
  if (control.method() != "POST") return NotAllowed("GET, POST, DELETE");
  const auto set = SetClock(control);
  return set ? Done(ShownClock(control)) : Refused(set.error());
}

}  // namespace assayd::simulator
