#include "simulator/tenant/tenant.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/time_text.h"
#include "simulator/score/control_profiles.h"
#include "simulator/score/snapshot.h"
#include "simulator/tenant/audit_records.h"
#include "simulator/tenant/setting_shape.h"

namespace assayd::simulator {
namespace {

constexpr std::size_t kVersionBytesMax = 8 * 1024 * 1024;
constexpr std::size_t kAuditEntriesMax = 2'000;
constexpr std::size_t kFactsMax = 10'000;

bool IsMissing(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found == object.end() || found->is_null();
}

// The service stamps a changed policy; a caller that brings a stamp of its own keeps it.
void StampPolicy(Json& policy, const Json& stored, TimePoint now) {
  for (const char* member : {"createdDateTime", "modifiedDateTime"}) {
    if (!policy.contains(member)) policy[member] = stored.value(member, Json());
  }
  const bool brings_stamp = policy["modifiedDateTime"] != stored.value("modifiedDateTime", Json());
  if (policy != stored && !brings_stamp) policy["modifiedDateTime"] = FormatTime(now);
}

void AddBounded(std::deque<AuditEntry>& log, AuditEntry entry) {
  log.push_back(std::move(entry));
  if (log.size() > kAuditEntriesMax) log.pop_front();
}

}  // namespace

Tenant::Tenant(TenantIdentity identity, std::uint64_t seed, TimePoint born,
               std::map<std::string, Json> settings)
    : identity_(std::move(identity)), names_(seed, identity_.id) {
  for (auto& [setting, value] : settings) {
    Remember({.setting = setting, .value = value, .actor = {}, .correlation_id = {}}, born);
    settings_[setting] = std::move(value);
  }
  // What nobody has watched yet was so all along.
  FollowScore(kBeginningOfTime);
}

const Json& Tenant::Setting(std::string_view setting) const {
  return settings_.find(setting)->second;
}

Json Tenant::Read(std::string_view setting, TimePoint now) const {
  if (setting == kSnapshot) return Snapshot(DayOf(now), now);
  if (setting != kControlProfiles) return Setting(setting);
  const auto held = held_.find(setting);
  return held == held_.end() ? MakeControlProfiles(identity_.id) : held->second;
}

std::optional<Json> Tenant::SettingAt(std::string_view setting, TimePoint at) const {
  for (const auto& version : std::views::reverse(versions_)) {
    if (version.setting == setting && version.at <= at) return Json::parse(version.text);
  }
  return std::nullopt;
}

Json Tenant::Served(std::string_view setting, const Call& call) const {
  const auto past = call.is_stale ? SettingAt(setting, call.now) : std::nullopt;
  return past ? *past : Setting(setting);
}

Result<> Tenant::Complete(Edit& edit, TimePoint now) const {
  if (edit.setting != kPolicies || !edit.value.is_array()) return {};
  const auto& stored_policies = Setting(kPolicies);
  for (std::size_t i = 0; i < edit.value.size(); ++i) {
    auto& policy = edit.value[i];
    if (!policy.is_object()) continue;
    if (IsMissing(policy, "id")) policy["id"] = UuidOf(edit.correlation_id + std::to_string(i));
    const auto stored = std::ranges::find_if(
        stored_policies, [&](const Json& known) { return known["id"] == policy["id"]; });
    if (stored != stored_policies.end()) {
      StampPolicy(policy, *stored, now);
    } else if (IsMissing(policy, "createdDateTime")) {
      policy["createdDateTime"] = FormatTime(now);
    }
  }
  return {};
}

Result<bool> Tenant::Change(Edit edit, TimePoint now, const Delays& delays) {
  if (IsComputedSetting(edit.setting)) return Hold(edit, now);
  ASSAYD_CHECK(Complete(edit, now));
  ASSAYD_CHECK(CheckSetting(edit.setting, edit.value));
  auto& current = settings_.find(edit.setting)->second;
  if (current == edit.value) return false;
  Record(edit, current, now, delays);
  Remember(edit, now);
  current = std::move(edit.value);
  FollowScore(now + delays.secure_score);
  return true;
}

Result<bool> Tenant::Hold(const Edit& edit, TimePoint now) {
  const auto before = Read(edit.setting, now);
  if (edit.value.is_null()) {
    held_.erase(edit.setting);
  } else {
    ASSAYD_CHECK(CheckSetting(edit.setting, edit.value));
    held_.insert_or_assign(edit.setting, edit.value);
  }
  const auto after = Read(edit.setting, now);
  if (after == before) return false;
  Remember({.setting = edit.setting, .value = after, .actor = edit.actor, .correlation_id = {}},
           now);
  return true;
}

void Tenant::Record(const Edit& edit, const Json& before, TimePoint now, const Delays& delays) {
  const SettingChange change{edit.setting, before, edit.value,
                             edit.actor,   now,    edit.correlation_id};
  const auto visible = now + delays.audit;
  if (AuditLogOf(edit.setting) == AuditLog::kExchange) {
    AddBounded(exchange_audit_, {now, visible, edit.setting, ExchangeRecord(change, identity_)});
    return;
  }
  for (auto& record : EntraRecords(change)) {
    AddBounded(entra_audit_, {now, visible, edit.setting, std::move(record)});
  }
}

void Tenant::Remember(const Edit& edit, TimePoint now) {
  const bool is_known = !edit.actor.id.empty();
  versions_.push_back(
      {now, edit.setting, DumpJson(edit.value), is_known ? ToJson(edit.actor) : Json()});
  version_bytes_ += versions_.back().text.size();
  while (version_bytes_ > kVersionBytesMax && versions_.size() > 1) {
    version_bytes_ -= versions_.front().text.size();
    versions_.pop_front();
  }
}

void Tenant::FollowScore(TimePoint visible) {
  const auto facts = ReadScoreFacts(Setting(kSecurityDefaults), Setting(kPolicies));
  if (!facts_.empty() && facts_.back().facts == facts && facts_.back().visible <= visible) return;
  facts_.push_back({visible, facts});
  if (facts_.size() > kFactsMax) facts_.pop_front();
}

ScoreFacts Tenant::FactsAt(TimePoint time) const {
  for (const auto& dated : std::views::reverse(facts_)) {
    if (dated.visible <= time) return dated.facts;
  }
  return facts_.front().facts;
}

std::vector<TimePoint> Tenant::SnapshotDays(TimePoint now) const {
  std::vector<TimePoint> days;
  for (int i = 0; i < kSnapshotDays; ++i) days.push_back(DayOf(now) - std::chrono::days(i));
  return days;
}

Json Tenant::Snapshot(TimePoint day, TimePoint now) const {
  const auto held = held_.find(kSnapshot);
  if (held != held_.end() && day == DayOf(now)) return held->second;
  const auto end_of_day = day + std::chrono::days(1) - Milliseconds(1);
  return MakeSnapshot(identity_.id, day, FactsAt(std::min(now, end_of_day)));
}

}  // namespace assayd::simulator
