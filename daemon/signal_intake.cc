#include "daemon/signal_intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/text.h"
#include "base/time_text.h"
#include "domain/audit_logs.h"
#include "domain/canonical_document.h"
#include "domain/document.h"
#include "domain/secure_score.h"

namespace assayd::daemon {
namespace {

using domain::Signal;

/// A connector's clock may run ahead by so much before its readings are refused.
constexpr Milliseconds kAheadMax = std::chrono::minutes(5);
constexpr std::size_t kTextMax = 500;

Outcome Quarantined(std::string reason) {
  return {Outcome::Kind::kQuarantined, std::nullopt, std::move(reason)};
}

/// A text member, cut to a sensible length; empty when it is missing or something else.
std::string Text(const Json& json, const char* name) {
  const auto member = json.find(name);
  if (member == json.end() || !member->is_string()) return {};
  return std::string(CutText(member->get_ref<const std::string&>(), kTextMax));
}

/// A member that is one word of ours (source_not_read); empty for anything else: what is written
/// freely may name people, and the log keeps it for ever.
std::string Word(const Json& json, const char* name) {
  constexpr std::size_t kWordMax = 64;
  std::string word = Text(json, name);
  const bool plain = word.size() <= kWordMax && std::ranges::all_of(word, [](char c) {
                       return (c >= 'a' && c <= 'z') || c == '_';
                     });
  return plain ? word : std::string();
}

const Json& Object(const Json& json, const char* name) {
  static const Json kNothing = Json::object();
  const auto member = json.find(name);
  return member != json.end() && member->is_object() ? *member : kNothing;
}

/// What the connector left out by the same schema, as it says: it has seen the whole answer. A
/// signal has no room for more members than bytes.
std::uint64_t DroppedBefore(const Signal& signal) {
  const auto dropped = signal.data.find("dropped");
  if (dropped == signal.data.end() || !dropped->is_number_unsigned()) return 0;
  return std::min<std::uint64_t>(dropped->get<std::uint64_t>(), domain::kSignalBytesMax);
}

/// How long the connector says that it read; nothing for what no read can take.
std::optional<Milliseconds> TookOf(const Signal& signal) {
  constexpr std::uint64_t kLongest = 3'600'000;
  const auto took = signal.data.find("read_took_ms");
  if (took == signal.data.end() || !took->is_number_unsigned()) return std::nullopt;
  const auto millis = took->get<std::uint64_t>();
  return millis <= kLongest ? std::optional(Milliseconds(millis)) : std::nullopt;
}

/// The setting that a signal is about, or why there is none.
std::expected<std::uint32_t, std::string> SettingOf(const projections::TenantView& view,
                                                    const Signal& signal) {
  const auto catalogue = view.state().catalogue();
  const auto setting = catalogue ? catalogue->FindSetting(signal.subject) : std::nullopt;
  if (!setting) return std::unexpected(fmt::format("no setting is called '{}'", signal.subject));
  const std::string& source = catalogue->settings[*setting].source;
  if (source != signal.source_name)
    return std::unexpected(fmt::format("'{}' is read by the source '{}', not by '{}'",
                                       signal.subject, source, signal.source_name));
  return *setting;
}

/// Directory object ids are UUIDs; what is none gets one of its own.
Uuid PersonOf(const std::string& id) {
  if (const auto uuid = Uuid::Parse(id)) return *uuid;
  const Digest digest = HashOf(id);
  Uuid made;
  std::copy_n(digest.begin(), made.bytes.size(), made.bytes.begin());
  return made;
}

/// Names of persons are theirs; names of policies and the like are configuration.
bool IsPerson(const std::string& type) {
  return EqualsIgnoreCaseAscii(type, "User") || EqualsIgnoreCaseAscii(type, "Device") ||
         type.empty();
}

std::vector<domain::AuditTarget> TargetsOf(const Json& record) {
  constexpr std::size_t kTargetsMax = 50;
  std::vector<domain::AuditTarget> targets;
  const auto list = record.find("targetResources");
  if (list == record.end() || !list->is_array()) return targets;
  for (const auto& item : *list) {
    if (!item.is_object() || targets.size() >= kTargetsMax) break;
    domain::AuditTarget& target = targets.emplace_back();
    target.type = Text(item, "type");
    target.id = Text(item, "id");
    if (!IsPerson(target.type)) target.name = Text(item, "displayName");
    const auto properties = item.find("modifiedProperties");
    if (properties == item.end() || !properties->is_array()) continue;
    for (const auto& property : *properties) {
      if (target.properties.size() >= kTargetsMax) break;
      const std::string name =
          property.is_object() ? Text(property, "displayName")
          : property.is_string()
              ? std::string(CutText(property.get_ref<const std::string&>(), kTextMax))
              : "";
      if (!name.empty()) target.properties.push_back(name);
    }
  }
  return targets;
}

LiveAges::Age FailureOf(const Signal& signal) {
  LiveAges::Age age;
  age.failed = signal.time;
  age.reason = Text(signal.data, "reason");
  age.code = Text(signal.data, "code");
  age.detail = Text(signal.data, "detail");
  age.missing_permission = Text(signal.data, "missing_permission");
  const auto status = signal.data.find("status");
  if (status != signal.data.end() && status->is_number_unsigned() &&
      status->get<std::uint64_t>() < 1000) {
    age.status = status->get<int>();
  }
  return age;
}

}  // namespace

Result<Outcome> SignalIntake::Take(const Signal& signal) {
  const auto view = parts_.journal.Find(signal.tenant);
  if (!view || view->state().id.IsSystem() || !view->state().registered) {
    return Quarantined(
        fmt::format("tenant '{}' is neither configured nor registered", signal.tenant));
  }
  if (view->state().retired) return Quarantined("the tenant was taken out of the configuration");
  if (signal.time > parts_.clock.Now() + kAheadMax) return Quarantined("'time' is in the future");
  ASSAYD_TRY(const auto known, parts_.journal.FindInput(signal.source, signal.id));
  if (known) return Outcome{Outcome::Kind::kDuplicate, known, ""};
  const TimePoint now = parts_.clock.Now();
  if (signal.time <= now) return TakeTimely(signal, *view);
  // The connector's clock is ahead. Until then, every later read would look like an earlier one.
  Signal timely = signal;
  timely.time = now;
  return TakeTimely(timely, *view);
}

Result<Outcome> SignalIntake::TakeTimely(const Signal& signal,
                                         const projections::TenantView& view) {
  switch (signal.type) {
    case domain::SignalType::kSettingObserved:
      return TakeObserved(signal, view);
    case domain::SignalType::kObservationFailed:
      return TakeFailed(signal, view);
    case domain::SignalType::kSourceHeartbeat:
      return TakeHeartbeat(signal, view);
    case domain::SignalType::kAuditRecorded:
      return TakeAudit(signal, view);
    case domain::SignalType::kCommandCompleted:
      return TakeCompleted(signal, view);
    case domain::SignalType::kPreflightReported:
      return Quarantined("preflight reports are not taken here");
  }
  return Quarantined("the type is not known");
}

Result<domain::Decision> SignalIntake::Decide(const projections::TenantView& view,
                                              const domain::Reading& reading) {
  const domain::TenantState::Content content = parts_.catalogues.content();
  if (!domain::ReachesIntoPast(view.state(), reading)) {
    return domain::DecideNow(view.state(), reading, content);
  }
  ASSAYD_TRY(const auto* const history, parts_.journal.HistoryOf(view.state().id));
  return domain::DecideInPast(*history, view.state(), reading, content);
}

Result<Outcome> SignalIntake::Append(const Signal& signal, domain::TenantId tenant,
                                     domain::Decision decision,
                                     std::vector<std::pair<Digest, std::string>> blobs,
                                     std::vector<std::string> more_names) {
  JournalUnit unit{tenant,           signal.source,        signal.id, std::move(decision),
                   std::move(blobs), std::move(more_names)};
  unit.names.push_back(Journal::InputName(signal.source, signal.id));
  ASSAYD_TRY(const auto position, parts_.journal.Append(std::move(unit)));
  if (position && on_recorded) on_recorded(tenant);
  return Outcome{Outcome::Kind::kAccepted, position, ""};
}

Result<std::optional<std::uint64_t>> SignalIntake::Record(domain::TenantId tenant,
                                                          const domain::Reading& reading,
                                                          const std::string& source,
                                                          const std::string& id) {
  const auto view = parts_.journal.Latest(tenant);
  ASSAYD_TRY(auto decision, Decide(*view, reading));
  return parts_.journal.Append({tenant, source, id, std::move(decision), {}, {}});
}

/// A read that came and says nothing: a failure like one that the connector tells of.
Result<> SignalIntake::NoteUnread(const Signal& signal, const projections::TenantView& view,
                                  const char* reason, const std::string& detail) {
  // What could not be read of the past says nothing about it, and nothing about today.
  if (signal.backfill) return {};
  LiveAges::Age failure;
  failure.failed = signal.time;
  failure.reason = reason;
  failure.detail = detail;
  ASSAYD_CHECK(RecordFailure(signal, view, failure));
  return {};
}

bool SignalIntake::IsOlderThanKnown(const projections::TenantView& view, std::uint32_t setting,
                                    const Json& document) {
  const domain::SettingState& known = view.state().settings[setting];
  const std::string& name = view.state().catalogue()->settings[setting].name;
  if (!known.known || name != domain::kSnapshotSetting) return false;
  const auto before = parts_.documents.Get(view.state().id, known.hash);
  return before && domain::IsOlderSnapshot(document, *before);
}

Result<Outcome> SignalIntake::TakeObserved(const Signal& signal,
                                           const projections::TenantView& view) {
  const auto setting = SettingOf(view, signal);
  if (!setting) return Quarantined(setting.error());
  const domain::SettingSchema& schema = view.state().catalogue()->settings[*setting];
  const auto value = signal.data.find("value");
  if (value == signal.data.end()) return Quarantined("data has no 'value'");
  const domain::TenantId tenant = view.state().id;
  if (domain::NamesAnotherTenant(*value, tenant.ToString())) {
    ASSAYD_CHECK(NoteUnread(signal, view, "malformed", "of another tenant"));
    return Quarantined(fmt::format("{}: 'azureTenantId' is another tenant's", signal.subject));
  }
  const domain::Protection protection{
      .pseudonym = [&](std::string_view clear) { return parts_.keys.Pseudonym(tenant, clear); },
      // Bound to the setting and not to the signal: the same text must be the same document.
      .seal =
          [&](std::string_view place, std::string_view clear) {
            const auto sealed = parts_.keys.Seal(tenant, Uuid(), signal.subject, "", place, clear);
            return sealed ? "sealed:" + ToBase64Url(AsBytes(sealed->box)) : std::string("sealed:");
          }};
  auto document = schema.Canonicalise(*value, &protection);
  if (document) {
    const auto plausible = domain::CheckPlausible(schema.name, document->value, signal.time);
    if (!plausible) document = std::unexpected(plausible.error());
  }
  if (!document) {
    const std::string& detail = document.error().context;
    ASSAYD_CHECK(NoteUnread(signal, view, "schema", detail));
    return Quarantined(fmt::format("{}: {}", signal.subject, detail));
  }
  if (!signal.backfill && IsOlderThanKnown(view, *setting, document->value)) {
    ASSAYD_CHECK(
        NoteUnread(signal, view, "stale", "the answer is older than the one that is known"));
    return Outcome{};
  }
  const std::uint64_t dropped = document->dropped + DroppedBefore(signal);
  fields_dropped_ += dropped;
  if (!signal.backfill) {
    CountRead(signal, schema.source, "changed");
    parts_.ages.Succeeded(tenant, signal.subject, signal.time);
  }

  const std::string salt = parts_.keys.Salt(tenant, signal.subject);
  const Digest hash = domain::HashDocument(salt, document->text);
  std::vector<std::shared_ptr<const Json>> held;
  domain::Observed observed;
  observed.setting = signal.subject;
  observed.document = &document->value;
  observed.text = document->text;
  observed.salt = salt;
  observed.dropped = dropped;
  observed.documents = [&](const Digest& earlier) {
    held.push_back(parts_.documents.Get(tenant, earlier));
    return held.back().get();
  };
  observed.read = signal.time;
  observed.origin = signal.backfill ? domain::Origin::kBackfill : domain::Origin::kLive;
  ASSAYD_TRY(auto decision, Decide(view, observed));
  const domain::NewEvents& events = decision.events;
  std::vector<std::pair<Digest, std::string>> blobs;
  const bool changed = !events.empty() && events.front().type == domain::EventType::kSettingChanged;
  const bool stored = parts_.documents.Holds(tenant, hash);
  if (changed && !stored) blobs.emplace_back(hash, PackDocument(document->text));
  ASSAYD_TRY(auto outcome, Append(signal, tenant, std::move(decision), std::move(blobs)));
  if (changed && !stored) {
    parts_.documents.Put(tenant, hash, std::make_shared<const Json>(std::move(document->value)),
                         document->text.size());
  }
  return outcome;
}

void SignalIntake::CountRead(const Signal& signal, const std::string& source,
                             std::string_view result) {
  parts_.ages.Count(source, result);
  if (const auto took = TookOf(signal)) parts_.ages.Took(source, *took);
}

void SignalIntake::CountFailure(const std::string& source, const LiveAges::Age& failure) {
  parts_.ages.Count(source, failure.reason);
  if (failure.code == domain::kForeignLink) parts_.ages.CountForeignLink(source);
}

Result<Outcome> SignalIntake::TakeFailed(const Signal& signal,
                                         const projections::TenantView& view) {
  const LiveAges::Age age = FailureOf(signal);
  if (domain::ParseFailure(age.reason) == 0) {
    return Quarantined(fmt::format("'{}' is no reason of a failed observation", age.reason));
  }
  // What could not be read of the past says nothing about it, and nothing about today.
  if (signal.backfill) return Outcome{};
  if (const auto* const log = domain::FindAuditLog(signal.subject)) {
    parts_.ages.Failed(view.state().id, std::string(log->source), age);
    CountFailure(std::string(log->source), age);
    return Outcome{};
  }
  const auto setting = SettingOf(view, signal);
  if (!setting) return Quarantined(setting.error());
  return RecordFailure(signal, view, age);
}

Result<Outcome> SignalIntake::RecordFailure(const Signal& signal,
                                            const projections::TenantView& view,
                                            const LiveAges::Age& age) {
  parts_.ages.Failed(view.state().id, signal.subject, age);
  CountFailure(signal.source_name, age);
  const domain::SourceFailed failure{.setting = signal.subject,
                                     .reason = age.reason,
                                     .status = static_cast<std::uint16_t>(age.status),
                                     .code = age.code,
                                     .missing_permission = age.missing_permission};
  ASSAYD_TRY(auto decision, Decide(view, domain::Failed{failure, signal.time}));
  return Append(signal, view.state().id, std::move(decision));
}

/// What stands here may be another than what the connector sent last: restored from a backup, or
/// written by another connector. A connector that states no hash is believed.
bool SignalIntake::Confirms(const Signal& signal, const projections::TenantView& view,
                            std::uint32_t setting) {
  const auto stated = signal.data.find("value_sha256");
  const domain::SettingSchema& schema = view.state().catalogue()->settings[setting];
  if (stated == signal.data.end() || schema.protects_fields()) return true;
  const auto document = parts_.documents.Get(view.state().id, view.state().settings[setting].hash);
  return document && stated->is_string() &&
         *stated->get_ptr<const std::string*>() == ToHex(HashOf(DumpJson(*document)));
}

Result<Outcome> SignalIntake::TakeHeartbeat(const Signal& signal,
                                            const projections::TenantView& view) {
  // That the past did not change is known from its complete reads.
  if (signal.backfill) return Outcome{};
  if (const auto* const log = domain::FindAuditLog(signal.subject)) {
    parts_.ages.Succeeded(view.state().id, std::string(log->source), signal.time);
    CountRead(signal, std::string(log->source), "unchanged");
    return Outcome{};
  }
  const auto setting = SettingOf(view, signal);
  if (!setting) return Quarantined(setting.error());
  const domain::SettingState& known = view.state().settings[*setting];
  if (!known.known || known.backfilled || !Confirms(signal, view, *setting)) {
    if (on_resync_needed) on_resync_needed(view.state().id, signal.source_name);
    return Outcome{};
  }
  parts_.ages.Succeeded(view.state().id, signal.subject, signal.time);
  CountRead(signal, signal.source_name, "unchanged");
  ASSAYD_TRY(auto decision, Decide(view, domain::Seen{signal.subject, signal.time}));
  return Append(signal, view.state().id, std::move(decision));
}

Result<domain::AuditRecorded> SignalIntake::ReadAudit(const Signal& signal,
                                                      domain::TenantId tenant) {
  const Json& record = signal.data;
  domain::AuditRecorded audit;
  audit.record_id = Text(record, "id");
  audit.activity = Text(record, "activityDisplayName");
  audit.category = Text(record, "category");
  audit.result = Text(record, "result");
  audit.targets = TargetsOf(record);
  const Json& initiated = Object(record, "initiatedBy");
  const Json& user = Object(initiated, "user");
  const Json& app = Object(initiated, "app");
  std::string name;
  if (!Text(user, "id").empty() || !Text(user, "userPrincipalName").empty()) {
    audit.actor_kind = "user";
    audit.actor_id = Text(user, "id");
    name = Text(user, "userPrincipalName");
    if (name.empty()) name = Text(user, "displayName");
  } else if (!Text(app, "appId").empty() || !Text(app, "displayName").empty()) {
    audit.actor_kind = "app";
    audit.actor_id = Text(app, "servicePrincipalId");
    if (audit.actor_id.empty()) audit.actor_id = Text(app, "appId");
    name = Text(app, "displayName");
  }
  // A name without an id is still somebody's: the pseudonym keeps the two apart from others.
  if (audit.actor_id.empty() && !name.empty()) audit.actor_id = parts_.keys.Pseudonym(tenant, name);
  const Uuid person = PersonOf(audit.actor_id);
  ASSAYD_TRY(audit.actor_name,
             parts_.keys.Seal(tenant, person, signal.source, signal.id, "actor_name", name));
  ASSAYD_TRY(audit.actor_address, parts_.keys.Seal(tenant, person, signal.source, signal.id,
                                                   "actor_address", Text(user, "ipAddress")));
  return audit;
}

Result<Outcome> SignalIntake::TakeAudit(const Signal& signal, const projections::TenantView& view) {
  const domain::TenantId tenant = view.state().id;
  const auto happened = ParseTime(Text(signal.data, "activityDateTime"));
  const std::string record_id = Text(signal.data, "id");
  if (record_id.empty()) return Quarantined("the audit record has no 'id'");
  if (!happened) return Quarantined("the audit record has no 'activityDateTime'");
  if (Text(signal.data, "activityDisplayName").empty()) {
    return Quarantined("the audit record has no 'activityDisplayName'");
  }
  if (*happened > parts_.clock.Now() + kAheadMax)
    return Quarantined("'activityDateTime' is in the future");
  ASSAYD_TRY(const auto known, parts_.journal.FindAudit(tenant, record_id));
  if (known) return Outcome{Outcome::Kind::kDuplicate, known, ""};
  if (!signal.backfill) parts_.ages.Succeeded(tenant, signal.source_name, signal.time);
  ASSAYD_TRY(const auto audit, ReadAudit(signal, tenant));
  domain::NewEvents events;
  const domain::Origin origin = signal.backfill ? domain::Origin::kBackfill : domain::Origin::kLive;
  events.push_back({domain::EventType::kAuditRecorded, origin, *happened, Encode(audit)});
  return Append(signal, tenant, {std::move(events)}, {}, {Journal::AuditName(tenant, record_id)});
}

Result<Outcome> SignalIntake::TakeCompleted(const Signal& signal,
                                            const projections::TenantView& view) {
  domain::CommandCompleted completed{Text(signal.data, "command"), Word(signal.data, "outcome"),
                                     Word(signal.data, "detail")};
  if (completed.command.empty()) return Quarantined("data has no 'command'");
  domain::NewEvents events;
  events.push_back({domain::EventType::kCommandCompleted, domain::Origin::kLive, signal.time,
                    Encode(completed)});
  return Append(signal, view.state().id, {std::move(events)});
}

}  // namespace assayd::daemon
