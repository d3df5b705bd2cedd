#pragma once

#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "simulator/answer.h"
#include "simulator/names.h"
#include "simulator/score/score_facts.h"
#include "simulator/tenant/actor.h"

namespace assayd::simulator {

/// How late the tenant's services notice.
struct Delays {
  Milliseconds audit{0};
  Milliseconds secure_score{300'000};
};

/// A document that a setting had from `at` on. Kept as text: a tenant's past is mostly policies.
struct SettingVersion {
  TimePoint at;
  std::string setting;
  std::string text;
  Json actor;
};

/// A record of an audit log. Not seen by readers before `visible`.
struct AuditEntry {
  TimePoint at;
  TimePoint visible;
  std::string setting;
  Json record;
};

/// One simulated tenant: its settings, what its people did to them, and what its services say of
/// both. Bounded: of versions and records the oldest go first. Not safe for two threads at once.
class Tenant {
 public:
  /// A tenant that has just begun, with these settings from `born` on.
  Tenant(TenantIdentity identity, std::uint64_t seed, TimePoint born,
         std::map<std::string, Json> settings);

  [[nodiscard]] const TenantIdentity& identity() const { return identity_; }
  [[nodiscard]] const Names& names() const { return names_; }

  /// The settings that people change; always there.
  [[nodiscard]] const Json& Setting(std::string_view setting) const;
  /// Any setting of setting_shape.h; computed ones as of `now`.
  [[nodiscard]] Json Read(std::string_view setting, TimePoint now) const;
  /// What Setting was then; nothing before the tenant began.
  [[nodiscard]] std::optional<Json> SettingAt(std::string_view setting, TimePoint at) const;

  struct Edit {
    std::string setting;
    Json value;
    Actor actor;
    std::string correlation_id;
  };
  /// What clients of the call read: Setting, or SettingAt for a call that is stale.
  [[nodiscard]] Json Served(std::string_view setting, const Call& call) const;

  /// Gives a setting a document, writes the audit records and lets the score follow. Conditional
  /// access policies get what the service would add: an id, the times of creation and change.
  /// False when nothing differs; then nothing happened. A null value for a computed setting lets it
  /// be computed again. Errors as CheckSetting.
  Result<bool> Change(Edit edit, TimePoint now, const Delays& delays);

  /// The daily snapshots that the service has, newest first, at most kSnapshotDays.
  [[nodiscard]] std::vector<TimePoint> SnapshotDays(TimePoint now) const;
  /// The snapshot of one of these days.
  [[nodiscard]] Json Snapshot(TimePoint day, TimePoint now) const;

  /// Oldest change first.
  [[nodiscard]] const std::deque<AuditEntry>& entra_audit() const { return entra_audit_; }
  [[nodiscard]] const std::deque<AuditEntry>& exchange_audit() const { return exchange_audit_; }
  [[nodiscard]] const std::deque<SettingVersion>& versions() const { return versions_; }

  /// Content types of the activity feed that a client has started.
  std::set<std::string> subscriptions;

 private:
  struct DatedFacts {
    TimePoint visible;
    ScoreFacts facts;
  };

  Result<> Complete(Edit& edit, TimePoint now) const;
  Result<bool> Hold(const Edit& edit, TimePoint now);
  void Record(const Edit& edit, const Json& before, TimePoint now, const Delays& delays);
  void Remember(const Edit& edit, TimePoint now);
  void FollowScore(TimePoint visible);
  [[nodiscard]] ScoreFacts FactsAt(TimePoint time) const;

  TenantIdentity identity_;
  Names names_;
  std::map<std::string, Json, std::less<>> settings_;
  std::map<std::string, Json, std::less<>> held_;  ///< computed settings held at a value
  std::deque<SettingVersion> versions_;
  std::size_t version_bytes_ = 0;
  std::deque<AuditEntry> entra_audit_;
  std::deque<AuditEntry> exchange_audit_;
  std::deque<DatedFacts> facts_;
};

}  // namespace assayd::simulator
