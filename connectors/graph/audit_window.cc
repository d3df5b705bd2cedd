#include "connectors/graph/audit_window.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/time_text.h"

namespace assayd::connectors::graph {
namespace {

constexpr Milliseconds kOverlap = std::chrono::minutes(15);
constexpr Milliseconds kDeepOverlap = std::chrono::hours(2);
constexpr Milliseconds kDeepEvery = std::chrono::minutes(15);
constexpr Milliseconds kFirstLookBack = std::chrono::hours(24);
constexpr Milliseconds kLookBackMax = std::chrono::hours(30 * 24);
constexpr std::size_t kTextBytesMax = 1'000;
constexpr std::size_t kTargetsMax = 50;
constexpr std::size_t kPropertiesMax = 100;

static_assert(kDeepOverlap + kOverlap < Checkpoints::kSeenAge);

std::string Cut(std::string text) {
  if (text.size() <= kTextBytesMax) return text;
  std::size_t size = kTextBytesMax;
  while ((static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  text.resize(size);
  return text;
}

/// The listed members of an object that are texts.
Json Texts(const Json& object, std::initializer_list<const char*> names) {
  Json kept = Json::object();
  if (!object.is_object()) return kept;
  for (const char* const name : names) {
    const auto member = object.find(name);
    const bool has_it = member != object.end() && member->is_string() &&
                        !member->get_ref<const std::string&>().empty();
    if (has_it) kept[name] = Cut(member->get<std::string>());
  }
  return kept;
}

const Json& Member(const Json& object, const char* name) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto member = object.find(name);
  return member == object.end() ? kNothing : *member;
}

Json InitiatedBy(const Json& record) {
  const Json& initiator = Member(record, "initiatedBy");
  Json kept = Json::object();
  Json user =
      Texts(Member(initiator, "user"), {"id", "userPrincipalName", "displayName", "ipAddress"});
  Json app = Texts(Member(initiator, "app"), {"appId", "displayName", "servicePrincipalId"});
  if (!user.empty()) kept["user"] = std::move(user);
  if (!app.empty()) kept["app"] = std::move(app);
  return kept;
}

Json Targets(const Json& record) {
  Json kept = Json::array();
  for (const Json& target : Member(record, "targetResources")) {
    if (kept.size() >= kTargetsMax) break;
    Json one = Texts(target, {"id", "type", "displayName"});
    Json names = Json::array();
    for (const Json& property : Member(target, "modifiedProperties")) {
      const Json& name = Member(property, "displayName");
      if (name.is_string() && names.size() < kPropertiesMax) {
        names.push_back(Cut(name.get<std::string>()));
      }
    }
    if (!names.empty()) one["modifiedProperties"] = std::move(names);
    if (!one.empty()) kept.push_back(std::move(one));
  }
  return kept;
}

}  // namespace

AuditWindow PlanAudits(const AuditProgress& progress, TimePoint now, Milliseconds slice) {
  AuditWindow window;
  const Milliseconds since_deep = now - progress.deep_read;
  const bool is_due = since_deep >= kDeepEvery || since_deep < Milliseconds(0);
  // A read that had to be made smaller does not get larger on the other side.
  window.deep = !progress.watermark || (is_due && slice == kAuditSliceMax);
  window.from = progress.watermark ? *progress.watermark - (window.deep ? kDeepOverlap : kOverlap)
                                   : now - kFirstLookBack;
  window.from = std::clamp(window.from, now - kLookBackMax, now - kOverlap);
  const TimePoint onward = std::max(window.from, progress.watermark.value_or(window.from));
  if (now - onward > slice) window.until = onward + slice;
  return window;
}

std::optional<TimePoint> WatermarkAfter(const AuditProgress& progress, const AuditWindow& window,
                                        std::optional<TimePoint> newest) {
  std::optional<TimePoint> reached = progress.watermark;
  const auto advance = [&](TimePoint to) { reached = std::max(reached.value_or(to), to); };
  if (newest) advance(*newest);
  if (window.until) advance(*window.until);
  return reached;
}

std::optional<AuditRecord> KeepOfRecord(const Json& record) {
  AuditRecord kept;
  kept.data = Texts(record, {"id", "activityDateTime", "activityDisplayName", "category", "result",
                             "loggedByService"});
  for (const char* const name : {"id", "activityDateTime", "activityDisplayName"}) {
    if (!kept.data.contains(name)) return std::nullopt;
  }
  const auto time = ParseTime(kept.data["activityDateTime"].get_ref<const std::string&>());
  if (!time || *time <= kBeginningOfTime) return std::nullopt;
  kept.id = kept.data["id"];
  kept.time = *time;
  kept.data["initiatedBy"] = InitiatedBy(record);
  kept.data["targetResources"] = Targets(record);
  return kept;
}

}  // namespace assayd::connectors::graph
