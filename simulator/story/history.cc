#include "simulator/story/history.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include "base/time_text.h"
#include "simulator/answer.h"
#include "simulator/score/control_profiles.h"
#include "simulator/tenant/setting_shape.h"

namespace assayd::simulator {
namespace {

constexpr const char* kSetting = "setting";
constexpr const char* kAudit = "audit";

std::string SourceOf(std::string_view setting) {
  if (setting == kSecurityDefaults) return "security-defaults";
  if (setting == kPolicies) return "conditional-access";
  if (setting == kIrmConfiguration) return "irm-configuration";
  if (setting == kSubscribedSkus) return "licences";
  return setting == kSnapshot ? "secure-score" : "control-profiles";
}

HistoryItem SettingItem(std::string_view setting, TimePoint time, Json value, Json actor) {
  return {.time = time,
          .kind = kSetting,
          .source = SourceOf(setting),
          .setting = std::string(setting),
          .after = std::move(value),
          .actor = std::move(actor)};
}

// Of a setting whose past was forgotten, the oldest that is known.
Json FirstDocument(const Tenant& tenant, std::string_view setting, TimePoint begin) {
  if (auto value = tenant.SettingAt(setting, begin)) return *std::move(value);
  const auto first = std::ranges::find(tenant.versions(), setting, &SettingVersion::setting);
  return first == tenant.versions().end() ? tenant.Setting(setting) : Json::parse(first->text);
}

void AddBeginning(const Tenant& tenant, TimePoint begin, std::vector<HistoryItem>& items) {
  for (const auto setting : kTenantSettings) {
    items.push_back(SettingItem(setting, begin, FirstDocument(tenant, setting, begin), nullptr));
  }
  items.push_back(
      SettingItem(kControlProfiles, begin, MakeControlProfiles(tenant.identity().id), nullptr));
}

void AddVersions(const Tenant& tenant, TimePoint begin, TimePoint now,
                 std::vector<HistoryItem>& items) {
  for (const auto& version : tenant.versions()) {
    if (version.at <= begin || version.at > now || version.setting == kSnapshot) continue;
    items.push_back(
        SettingItem(version.setting, version.at, Json::parse(version.text), version.actor));
  }
}

void AddAudit(const std::deque<AuditEntry>& log, const char* source, TimePoint begin, TimePoint now,
              std::vector<HistoryItem>& items) {
  for (const auto& entry : log) {
    if (entry.at <= begin || entry.visible > now) continue;
    items.push_back({.time = entry.at,
                     .kind = kAudit,
                     .source = source,
                     .setting = entry.setting,
                     .after = entry.record});
  }
}

// At the end of a day its figures are final; those of today are what is served now.
void AddSnapshots(const Tenant& tenant, TimePoint begin, TimePoint now,
                  std::vector<HistoryItem>& items) {
  for (const auto day : tenant.SnapshotDays(now)) {
    const auto read = std::min(now, day + std::chrono::days(1) - std::chrono::seconds(1));
    if (read < begin) continue;
    items.push_back(SettingItem(kSnapshot, read, tenant.Snapshot(day, now), nullptr));
  }
}

// What is of one moment stays in the order in which it came.
std::vector<HistoryItem> InOrderOfTime(std::vector<HistoryItem> items) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(items[i].time, i); });
  std::vector<HistoryItem> sorted;
  sorted.reserve(items.size());
  for (const auto i : order) sorted.push_back(std::move(items[i]));
  return sorted;
}

// Twice the size for the computed ones would tell nobody more.
void FillBefore(std::vector<HistoryItem>& items) {
  std::map<std::string, const Json*> last;
  for (auto& item : items) {
    if (item.kind != kSetting || !IsTenantSetting(item.setting)) continue;
    const Json*& known = last[item.setting];
    if (known != nullptr) item.before = *known;
    known = &item.after;
  }
}

}  // namespace

std::vector<HistoryItem> TellHistory(const Tenant& tenant, int days, TimePoint now) {
  const auto begin = std::max(DayOf(now) - std::chrono::days(days), tenant.versions().front().at);
  std::vector<HistoryItem> items;
  AddAudit(tenant.entra_audit(), "directory-audits", begin, now, items);
  AddAudit(tenant.exchange_audit(), "office-audit", begin, now, items);
  AddBeginning(tenant, begin, items);
  AddVersions(tenant, begin, now, items);
  AddSnapshots(tenant, begin, now, items);
  auto sorted = InOrderOfTime(std::move(items));
  FillBefore(sorted);
  return sorted;
}

Json ToJson(const HistoryItem& item) {
  Json json{{"time", FormatTime(item.time)},
            {"kind", item.kind},
            {"source", item.source},
            {"setting", item.setting}};
  if (item.kind == kAudit) {
    json["record"] = item.after;
    return json;
  }
  json["actor"] = item.actor;
  json["before"] = item.before;
  json["after"] = item.after;
  return json;
}

}  // namespace assayd::simulator
