#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time_text.h"
#include "daemon/api/archived.h"
#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/unit_lookup.h"

namespace assayd::daemon {
namespace {

/// A complete read as it stands in the log.
struct ReadEntry {
  Digest hash{};
  std::uint64_t position = 0;
  TimePoint read;
};
using Reads = std::map<std::string, ReadEntry, std::less<>>;

Json ReadsJson(const domain::Catalogue& catalogue, std::uint32_t action, const Reads& reads) {
  Json json = Json::array();
  std::string_view last;
  for (const auto place : catalogue.LeavesOfAction(action)) {
    const std::string& name = catalogue.settings[catalogue.leaves[place].setting].name;
    const auto read = reads.find(name);
    if (name == last || read == reads.end()) continue;
    last = name;
    json.push_back({{"setting", name},
                    {"read", FormatTime(read->second.read)},
                    {"sha256", ToHex(read->second.hash)},
                    {"position", read->second.position}});
  }
  return json;
}

Json RecordJson(const domain::Event& event, const domain::ActionChanged& change, Json reads) {
  const domain::ActionState& after = change.after;
  return {{"id", "automatic-" + std::to_string(event.position)},
          {"kind", "automatic"},
          {"time", FormatTime(event.effective)},
          {"recorded", FormatTime(event.recorded)},
          {"shard", event.shard},
          {"position", event.position},
          {"origin", ToText(event.origin)},
          {"cause", ToText(change.cause)},
          {"implementation_status", ToText(after.implementation)},
          {"test_status", ToText(after.test)},
          {"covered", after.total == 0 ? Json() : Json(after.covered)},
          {"total", after.total == 0 ? Json() : Json(after.total)},
          {"points", PointsJson(change.points_after)},
          {"catalogue_version", change.catalogue_version},
          {"reads", std::move(reads)}};
}

/// Every verdict of the action's rule, with the reads that it was judged on: as the log has them.
Result<std::vector<Json>> RecordsOf(Services& services, const TenantAt& tenant, const Call& call,
                                    std::uint32_t unit) {
  const domain::TenantState& state = tenant.view->state();
  const std::string& action = state.layout->ActionOf(unit).id;
  const std::string& group = state.layout->GroupOf(unit);
  const std::uint32_t index = state.layout->units()[unit].action;
  Reads reads;
  std::vector<Json> records;
  Result<> ended;
  std::size_t seen = 0;
  const auto note = [&](const domain::Event& event) -> Result<> {
    if (event.type == domain::EventType::kSettingChanged) {
      domain::SettingChangedView change;
      if (domain::ReadSettingChanged(event, change) && change.judged)
        reads[std::string(change.setting)] = {change.hash, event.position, event.effective};
      return {};
    }
    domain::ActionChangedView view;
    if (!domain::ReadActionChanged(event, view) || view.action != action || view.group != group)
      return {};
    ASSAYD_TRY(const auto change, domain::Decode<domain::ActionChanged>(event));
    if (change.cause != domain::Cause::kManual)
      records.push_back(
          RecordJson(event, change, ReadsJson(state.layout->catalogue(), index, reads)));
    return {};
  };
  ASSAYD_CHECK(
      services.log.ReadTenant(state.id.uuid, 0, [&](const eventstore::StoredEvent& stored) {
        constexpr std::size_t kAskEvery = 4'096;
        if (++seen % kAskEvery == 0 && call.go_on) ended = call.go_on();
        const auto event = domain::DecodeEnvelope(stored.bytes);
        if (!event || !ended || event->position > tenant.position) return false;
        if (event->effective <= tenant.as_of) ended = note(*event);
        return ended.has_value();
      }));
  ASSAYD_CHECK(ended);
  return records;
}

struct Subject {
  TenantAt then;
  std::uint32_t unit = 0;
};

/// The unit as it is scored, or as it was before the assessment was archived that had it.
Reply<Subject> FindSubject(Services& services, const Call& call, const Query& query,
                           const TenantAt& tenant) {
  auto unit = FindUnit(tenant, call, query);
  if (unit) return Subject{tenant, *unit};
  if (unit.error().status != 404) return Refuse(unit.error());
  for (const auto& assessment : *tenant.view->state().assessments) {
    if (!assessment.archived) continue;
    ASSAYD_REPLY_TRY(auto then, JustBeforeArchiving(services, call, tenant, assessment));
    if (const auto was = FindUnit(then, call, query)) return Subject{std::move(then), *was};
  }
  return Refuse(unit.error());
}

Reply<> ListEvidence(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"as_of", "position", "group", "limit", "after"}));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  ASSAYD_REPLY_TRY(const auto subject, FindSubject(services, call, query, tenant));
  auto records = RecordsOf(services, subject.then, call, subject.unit);
  if (!records) return Refuse(records.error());
  Json body = Envelope(tenant, services.shard);
  FillPage(page, {records->size(), [&](std::size_t i) { return (*records)[i]; }}, body);
  return TenantResponse(call, std::move(body));
}

}  // namespace

std::vector<Route> EvidenceRoutes() {
  return {{"GET",
           "/api/v1/tenants/{tenant}/actions/{action}/evidence",
           Need::kRead,
           &ListEvidence,
           {}}};
}

}  // namespace assayd::daemon
