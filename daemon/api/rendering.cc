#include "daemon/api/rendering.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time_text.h"
#include "daemon/api/workflow_json.h"
#include "daemon/versions.h"
#include "domain/judge.h"
#include "domain/scoring.h"

namespace assayd::daemon {
namespace {

using domain::MicroPoints;

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json AssessmentsOf(const domain::ScoreLayout& layout, std::uint32_t unit) {
  Json assessments = Json::array();
  for (const auto assessment : layout.AssessmentsOf(unit))
    assessments.push_back(layout.assessments()[assessment].id);
  return assessments;
}

Json WhereItCounts(const domain::ScoreLayout& layout, std::uint32_t unit) {
  Json places = Json::array();
  for (const auto control : layout.ControlsOf(unit)) {
    const auto& place = layout.controls()[control];
    const auto& refs = place.content->actions;
    const auto ref = std::ranges::find(refs, layout.units()[unit].action,
                                       &domain::TemplateControl::ActionRef::action);
    places.push_back(
        {{"assessment", layout.assessments()[place.assessment].id},
         {"control", place.content->id},
         {"title", place.content->title},
         {"relation", ref->relation == domain::Relation::kDirect ? "direct" : "indirect"}});
  }
  return places;
}

/// The settings that the rule reads, and until when each read is good.
Json FreshnessOf(const domain::TenantState& state, std::uint32_t action) {
  const domain::Catalogue& catalogue = state.layout->catalogue();
  std::optional<TimePoint> until;
  Json settings = Json::array();
  for (const auto place : catalogue.LeavesOfAction(action)) {
    const std::string& name = catalogue.settings[catalogue.leaves[place].setting].name;
    if (std::find(settings.begin(), settings.end(), name) == settings.end())
      settings.push_back(name);
    const auto deadline = domain::DeadlineOf(state, place);
    if (deadline && (!until || *deadline < *until)) until = deadline;
  }
  return {{"settings", settings}, {"good_until", TimeJson(until)}};
}

}  // namespace

Json PointsJson(MicroPoints points) {
  if (points % domain::kMicrosPerPoint == 0) return points / domain::kMicrosPerPoint;
  return static_cast<double>(points) / static_cast<double>(domain::kMicrosPerPoint);
}

Json PointsJson(const std::optional<MicroPoints>& points) {
  return points ? PointsJson(*points) : Json();
}

Json TimeJson(const std::optional<TimePoint>& time) {
  return time ? Json(FormatTime(*time)) : Json();
}

Json SnapshotAge(const domain::SecureScoreRecorded& figures, TimePoint as_of) {
  const Milliseconds age = std::max(as_of - figures.snapshot_created, Milliseconds(0));
  return static_cast<double>(age.count()) / 1000.0;
}

Json RatioJson(MicroPoints points, MicroPoints max) {
  if (max <= 0) return nullptr;
  // The double that is nearest to the six decimals.
  return domain::Ratio(points, max, 6);
}

Json SumsJson(const projections::Sums& sums, bool ready) {
  const MicroPoints known = sums.max_points - sums.unknown_points;
  // Member by member: a score has dozens of these, and a list of initialisers copies each.
  Json json = Json::object();
  json["points"] = PointsJson(sums.points);
  json["max_points"] = PointsJson(sums.max_points);
  json["ratio"] = ready ? RatioJson(sums.points, sums.max_points) : Json();
  json["ratio_known"] = ready ? RatioJson(sums.points, known) : Json();
  json["coverage"] = RatioJson(known, sums.max_points);
  json["unknown_max_points"] = PointsJson(sums.unknown_points);
  Json& customer = json["customer"];
  customer["points"] = PointsJson(sums.customer_points);
  customer["max_points"] = PointsJson(sums.customer_max_points);
  Json& microsoft = json["microsoft"];
  microsoft["points"] = PointsJson(sums.points - sums.customer_points);
  microsoft["max_points"] = PointsJson(sums.max_points - sums.customer_max_points);
  return json;
}

Json StateJson(const domain::ActionState& state) {
  Json json{{"implementation_status", ToText(state.implementation)},
            {"test_status", ToText(state.test)}};
  if (state.total != 0) json["covered"] = state.covered, json["total"] = state.total;
  if (state.unknown_since) {
    json["unknown_since"] =
        *state.unknown_since == kBeginningOfTime ? Json() : TimeJson(state.unknown_since);
  }
  return json;
}

Json Envelope(const TenantAt& tenant, std::uint16_t shard) {
  const domain::TenantState& state = tenant.view->state();
  return {{"tenant", state.id.ToString()},
          {"alias", state.alias},
          {"as_of", FormatTime(tenant.as_of)},
          {"shard", shard},
          {"position", tenant.position}};
}

Json ActionJson(const TenantAt& tenant, std::uint32_t unit) {
  const domain::TenantState& state = tenant.view->state();
  const domain::ScoreLayout& layout = *state.layout;
  const domain::Action& action = layout.ActionOf(unit);
  const domain::ActionState now = state.units.Get(unit);
  const auto part = domain::Contribute(now, layout.MaxOf(unit));
  Json json = StateJson(now);
  json["id"] = action.id;
  json["title"] = action.title;
  json["group"] = TextOrNull(layout.GroupOf(unit));
  json["points"] = PointsJson(domain::KnownPoints(now, layout.MaxOf(unit)));
  json["max_points"] = PointsJson(layout.MaxOf(unit));
  json["score_impact"] =
      RatioJson(layout.MaxOf(unit) - part.points, tenant.view->scoreboard().overall().max_points);
  json["type"] = ToText(action.type);
  json["purpose"] = ToText(action.purpose);
  json["enforcement"] = ToText(action.enforcement);
  json["managed_by"] = ToText(action.managed_by);
  json["category"] = ToText(action.category);
  json["solution"] = action.solution;
  json["secure_score_control"] = TextOrNull(action.secure_score_control);
  json["secure_score_category"] = TextOrNull(action.secure_score_category);
  json["licences"] = action.licences;
  json["prerequisites"] = action.prerequisites;
  json["links"] = {{"configure", TextOrNull(action.configure_link)},
                   {"learn", TextOrNull(action.learn_link)}};
  json["assessments"] = AssessmentsOf(layout, unit);
  const TimePoint effective = state.units.EffectiveOf(unit);
  json["changed_at"] = effective == kBeginningOfTime ? Json() : Json(FormatTime(effective));
  json["version"] = VersionOf(state, unit);
  AddWorkflow(tenant, unit, json);
  return json;
}

Json ActionDetailJson(const TenantAt& tenant, std::uint32_t unit, KeyRing& keys) {
  const domain::TenantState& state = tenant.view->state();
  const domain::Action& action = state.layout->ActionOf(unit);
  Json json = ActionJson(tenant, unit);
  json["description"] = action.description;
  json["steps"] = action.steps;
  json["counts_in"] = WhereItCounts(*state.layout, unit);
  AddWorkflowTexts(tenant, unit, keys, json);
  if (action.IsAutomatic())
    json["freshness"] = FreshnessOf(state, state.layout->units()[unit].action);
  return json;
}

Json TraceJson(const domain::TraceNode& trace) {
  Json json{{"what", trace.what}, {"truth", ToText(trace.truth)}};
  if (!trace.pointer.empty()) json["pointer"] = trace.pointer;
  if (!trace.value.empty()) json["value"] = trace.value;
  if (!trace.children.empty()) {
    json["children"] = Json::array();
    for (const auto& child : trace.children) json["children"].push_back(TraceJson(child));
  }
  return json;
}

namespace {

Json Render(const domain::CatalogueAdopted& payload, const domain::Event&, KeyRing&) {
  return {{"version", payload.version},
          {"sha256", ToHex(payload.sha256)},
          {"size_bytes", payload.size}};
}
Json Render(const domain::TenantRegistered& payload, const domain::Event&, KeyRing&) {
  return {{"alias", payload.alias}, {"home_shard", payload.home_shard}};
}
Json Render(const domain::TenantConfigured& payload, const domain::Event&, KeyRing&) {
  Json sources = Json::object();
  for (const auto& source : payload.sources) {
    sources[source.source] = {
        {"interval_seconds", static_cast<double>(source.interval.count()) / 1000.0}};
  }
  Json params = Json::object();
  for (const auto& [name, values] : payload.params) params[name] = values;
  return {{"alias", payload.alias},
          {"cloud", payload.cloud},
          {"tags", payload.tags},
          {"sources", sources},
          {"params", params}};
}
Json Render(const domain::TenantRetired&, const domain::Event&, KeyRing&) { return Json::object(); }
Json Render(const domain::TenantRejudged& payload, const domain::Event&, KeyRing&) {
  return {{"catalogue_version", payload.catalogue_version},
          {"catalogue_sha256", ToHex(payload.catalogue_sha256)}};
}
Json Render(const domain::AssessmentCreated& payload, const domain::Event&, KeyRing&) {
  return {{"assessment", payload.assessment},
          {"title", payload.title},
          {"template", payload.template_id},
          {"group", payload.group}};
}
Json Render(const domain::SettingChanged& payload, const domain::Event&, KeyRing&) {
  return {{"setting", payload.setting},
          {"sha256", ToHex(payload.hash)},
          {"size_bytes", payload.size},
          {"previous_read", TimeJson(payload.previous_read)},
          {"pointers", payload.pointers},
          {"judged", payload.judged},
          {"catalogue_version", payload.catalogue_version},
          {"dropped_fields", payload.dropped}};
}
Json Render(const domain::SourceSeen& payload, const domain::Event&, KeyRing&) {
  return {{"setting", payload.setting}};
}
Json Render(const domain::SourceFailed& payload, const domain::Event&, KeyRing&) {
  return {{"setting", payload.setting},
          {"reason", payload.reason},
          {"status", payload.status == 0 ? Json() : Json(payload.status)},
          {"code", TextOrNull(payload.code)},
          {"missing_permission", TextOrNull(payload.missing_permission)}};
}
Json Render(const domain::AuditRecorded& payload, const domain::Event& event, KeyRing& keys) {
  const auto open = [&](const domain::SealedField& sealed, std::string_view field) -> Json {
    const auto clear = keys.Open(event.tenant, sealed, event.source, event.id, field);
    if (!clear || !*clear) return Json("(erased)");
    return TextOrNull(**clear);
  };
  Json targets = Json::array();
  for (const auto& target : payload.targets) {
    targets.push_back({{"type", target.type},
                       {"id", target.id},
                       {"name", TextOrNull(target.name)},
                       {"properties", target.properties}});
  }
  return {{"record_id", payload.record_id},
          {"activity", payload.activity},
          {"category", TextOrNull(payload.category)},
          {"result", TextOrNull(payload.result)},
          {"actor",
           {{"kind", TextOrNull(payload.actor_kind)},
            {"id", TextOrNull(payload.actor_id)},
            {"name", open(payload.actor_name, "actor_name")},
            {"address", open(payload.actor_address, "actor_address")}}},
          {"targets", targets}};
}
Json Render(const domain::SecureScoreRecorded& payload, const domain::Event&, KeyRing&) {
  return {{"snapshot_date", FormatTime(payload.snapshot_created)},
          {"points", PointsJson(payload.points)},
          {"max_points", PointsJson(payload.max_points)},
          {"controls", payload.controls}};
}
Json Render(const domain::ActionChanged& payload, const domain::Event&, KeyRing&) {
  return {{"action", payload.action},
          {"group", TextOrNull(payload.group)},
          {"before", StateJson(payload.before)},
          {"after", StateJson(payload.after)},
          {"points_before", PointsJson(payload.points_before)},
          {"points_after", PointsJson(payload.points_after)},
          {"cause", ToText(payload.cause)},
          {"setting", TextOrNull(payload.setting)},
          {"catalogue_version", payload.catalogue_version}};
}
Json Render(const domain::TickElapsed& payload, const domain::Event&, KeyRing&) {
  Json due = Json::array();
  for (const auto& deadline : payload.due)
    due.push_back({{"setting", deadline.setting}, {"deadline", FormatTime(deadline.at)}});
  return {{"due", due}};
}
Json Render(const domain::RegressionAcknowledged& payload, const domain::Event&, KeyRing&) {
  return {{"regression", payload.regression}, {"by", payload.by}};
}
Json Render(const domain::RegressionMuted& payload, const domain::Event&, KeyRing&) {
  return {
      {"regression", payload.regression}, {"by", payload.by}, {"until", FormatTime(payload.until)}};
}
Json Render(const domain::CommandRequested& payload, const domain::Event&, KeyRing&) {
  return {{"command", payload.command},
          {"kind", payload.kind},
          {"source", TextOrNull(payload.source)},
          {"by", payload.by}};
}
Json Render(const domain::CommandCompleted& payload, const domain::Event&, KeyRing&) {
  return {{"command", payload.command},
          {"outcome", payload.outcome},
          {"detail", TextOrNull(payload.detail)}};
}

Json Render(const domain::AssessmentChanged& payload, const domain::Event& event, KeyRing& keys) {
  Json excluded = Json::array();
  for (const auto& [action, text] : payload.excluded)
    excluded.push_back({{"action", action},
                        {"justification", OpenedJson(text, "justification", event.tenant, keys)}});
  return {{"assessment", payload.assessment},
          {"title", payload.title},
          {"template", payload.template_id},
          {"catalogue_sha256", ToHex(payload.structure)},
          {"deferred_sha256", payload.deferred ? Json(ToHex(*payload.deferred)) : Json()},
          {"standing", ToText(payload.standing)},
          {"in_scope_services", payload.services},
          {"excluded", excluded}};
}
Json Render(const domain::GroupRenamed& payload, const domain::Event&, KeyRing&) {
  return {{"group", payload.group}, {"name", payload.name}};
}

Json Render(const domain::WorkflowChanged& payload, const domain::Event& event, KeyRing& keys) {
  Json json = WorkflowJson(payload.after, event.tenant, keys);
  json["action"] = payload.action;
  json["group"] = TextOrNull(payload.group);
  return json;
}
Json Render(const domain::ScoringConfigured& payload, const domain::Event&, KeyRing&) {
  return {{"profile", ToText(payload.profile)}};
}
Json Render(const domain::ProviderConfigured& payload, const domain::Event&, KeyRing&) {
  return {{"provider", ToText(payload.mode)}};
}
Json Render(const domain::AttestationRecorded& payload, const domain::Event&, KeyRing&) {
  Json json{{"attestation", payload.attestation}, {"recorded", nullptr}};
  if (!payload.after) return json;
  const domain::Attestation& after = *payload.after;
  json["recorded"] = {{"title", after.title},
                      {"auditor", after.auditor},
                      {"document", TextOrNull(after.document)},
                      {"from", FormatTime(after.from)},
                      {"until", FormatTime(after.until)},
                      {"expires_at", TimeJson(after.expires_at)},
                      {"templates", after.templates}};
  return json;
}
Json Render(const domain::AttestationExpired& payload, const domain::Event&, KeyRing&) {
  return {{"attestation", payload.attestation}};
}
Json Render(const domain::PersonRecorded& payload, const domain::Event& event, KeyRing& keys) {
  Json json{{"person", payload.person},
            {"removed", !payload.after.has_value()},
            {"name", nullptr},
            {"address", nullptr}};
  if (!payload.after) return json;
  json["name"] = OpenedJson(payload.after->name, "name", event.tenant, keys);
  json["address"] = OpenedJson(payload.after->address, "address", event.tenant, keys);
  return json;
}
Json Render(const domain::TargetsConfigured& payload, const domain::Event&, KeyRing&) {
  const auto ratio = [](std::uint32_t millionths) {
    return static_cast<double>(millionths) / static_cast<double>(domain::kWholeRatio);
  };
  Json goals = Json::array();
  for (const auto& goal : payload.targets.goals)
    goals.push_back(
        {{"score", ToText(goal.score)}, {"ratio", ratio(goal.ratio)}, {"by", TimeJson(goal.by)}});
  return {{"zones",
           {{"okay_from", ratio(payload.targets.okay_from)},
            {"good_from", ratio(payload.targets.good_from)}}},
          {"goals", goals}};
}
Json Render(const domain::TestingConfigured& payload, const domain::Event&, KeyRing&) {
  return {{"automatic_testing", ToText(payload.mode)}};
}

template <class Payload>
Json RenderAs(const domain::Event& event, KeyRing& keys) {
  const auto payload = domain::Decode<Payload>(event);
  return payload ? Render(*payload, event, keys) : Json();
}

Json RenderPayload(const domain::Event& event, KeyRing& keys) {
  switch (event.type) {
    case domain::EventType::kCatalogueAdopted:
      return RenderAs<domain::CatalogueAdopted>(event, keys);
    case domain::EventType::kTenantRegistered:
      return RenderAs<domain::TenantRegistered>(event, keys);
    case domain::EventType::kTenantConfigured:
      return RenderAs<domain::TenantConfigured>(event, keys);
    case domain::EventType::kTenantRetired:
      return RenderAs<domain::TenantRetired>(event, keys);
    case domain::EventType::kTenantRejudged:
      return RenderAs<domain::TenantRejudged>(event, keys);
    case domain::EventType::kAssessmentCreated:
      return RenderAs<domain::AssessmentCreated>(event, keys);
    case domain::EventType::kSettingChanged:
      return RenderAs<domain::SettingChanged>(event, keys);
    case domain::EventType::kSourceSeen:
      return RenderAs<domain::SourceSeen>(event, keys);
    case domain::EventType::kSourceFailed:
      return RenderAs<domain::SourceFailed>(event, keys);
    case domain::EventType::kAuditRecorded:
      return RenderAs<domain::AuditRecorded>(event, keys);
    case domain::EventType::kSecureScoreRecorded:
      return RenderAs<domain::SecureScoreRecorded>(event, keys);
    case domain::EventType::kActionChanged:
      return RenderAs<domain::ActionChanged>(event, keys);
    case domain::EventType::kTickElapsed:
      return RenderAs<domain::TickElapsed>(event, keys);
    case domain::EventType::kRegressionAcknowledged:
      return RenderAs<domain::RegressionAcknowledged>(event, keys);
    case domain::EventType::kRegressionMuted:
      return RenderAs<domain::RegressionMuted>(event, keys);
    case domain::EventType::kCommandRequested:
      return RenderAs<domain::CommandRequested>(event, keys);
    case domain::EventType::kCommandCompleted:
      return RenderAs<domain::CommandCompleted>(event, keys);
    case domain::EventType::kAssessmentChanged:
      return RenderAs<domain::AssessmentChanged>(event, keys);
    case domain::EventType::kGroupRenamed:
      return RenderAs<domain::GroupRenamed>(event, keys);
    case domain::EventType::kWorkflowChanged:
      return RenderAs<domain::WorkflowChanged>(event, keys);
    case domain::EventType::kTestingConfigured:
      return RenderAs<domain::TestingConfigured>(event, keys);
    case domain::EventType::kScoringConfigured:
      return RenderAs<domain::ScoringConfigured>(event, keys);
    case domain::EventType::kPersonRecorded:
      return RenderAs<domain::PersonRecorded>(event, keys);
    case domain::EventType::kTargetsConfigured:
      return RenderAs<domain::TargetsConfigured>(event, keys);
    case domain::EventType::kAttestationRecorded:
      return RenderAs<domain::AttestationRecorded>(event, keys);
    case domain::EventType::kAttestationExpired:
      return RenderAs<domain::AttestationExpired>(event, keys);
    case domain::EventType::kProviderConfigured:
      return RenderAs<domain::ProviderConfigured>(event, keys);
  }
  return nullptr;
}

}  // namespace

Json EventJson(const domain::Event& event, KeyRing& keys) {
  return {{"shard", event.shard},
          {"position", event.position},
          {"revision", event.revision},
          {"unit", event.unit},
          {"tenant", event.tenant.ToString()},
          {"type", ToText(event.type)},
          {"version", event.version},
          {"origin", ToText(event.origin)},
          {"source", event.source},
          {"id", event.id},
          {"effective", FormatTime(event.effective)},
          {"recorded", FormatTime(event.recorded)},
          {"data", RenderPayload(event, keys)}};
}

}  // namespace assayd::daemon
