#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/attestation.h"
#include "domain/event.h"
#include "domain/organisation.h"
#include "domain/parked_units.h"
#include "domain/payloads.h"
#include "domain/score_layout.h"
#include "domain/unit_states.h"
#include "domain/workflow.h"

namespace assayd::domain {

/// What is known of one setting of one tenant.
struct SettingState {
  bool known = false;        ///< a complete read was judged
  bool backfilled = false;   ///< that read was of the past
  std::uint8_t failure = 0;  ///< index of the reason of the newest recorded failure; 0 for none
  TimePoint read;            ///< start of the read that gave `hash`
  TimePoint seen;            ///< start of the newest recorded complete read
  TimePoint first_live;      ///< start of the first live read; kBeginningOfTime for none
  TimePoint ticked;          ///< the last deadline that was recorded
  TimePoint failed;          ///< when the recorded failure was
  Digest hash{};
};

/// Reasons of failed observations, by their number in SettingState::failure; 0 is "".
std::string_view FailureText(std::uint8_t failure);
/// 0 for a reason that interface.md does not list.
std::uint8_t ParseFailure(std::string_view text);

/// A change of a unit, as the fold saw it.
struct UnitChange {
  std::uint32_t unit = 0;
  ActionState before;
  std::optional<ActionState>
      last_known;  ///< before it got unknown; equals `before` when it was known
  ActionState after;
  Cause cause = Cause::kConfiguration;
  /// The setting that moved it was read live for the first time: what was known before is history
  /// that was told, and nobody watched it change.
  bool first_look = false;
};

/// Everything that deciding and scoring need of one tenant: a pure fold of its events. Cheap to
/// copy (some kilobytes, shared layout), because the writer changes a copy until it is on disk.
class TenantState {
 public:
  /// What a fold tells those who keep sums: unit changes, and that the layout (with every unit) is
  /// another one now.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void OnUnit(const Event& event, const UnitChange& change) = 0;
    virtual void OnLayout() = 0;
  };
  /// Catalogues by hash, and layouts: pure functions of the log, kept outside.
  struct Content {
    std::function<std::shared_ptr<const Catalogue>(const Digest& sha256)> catalogue;
    LayoutCache* layouts = nullptr;
  };

  explicit TenantState(TenantId tenant) : id(tenant) {}

  /// Applies a stored event; never evaluates a rule. Events may come in position order or in
  /// (effective, position) order: the result is the same, because per subject the later wins.
  /// kMalformed, kUnknownEvent, or kNotFound for a catalogue that is not in the log.
  Result<> Apply(const Event& event, const Content& content, Observer* observer = nullptr);
  /// Apply for one of many: what happens to assessments shows in `assessments` and `layout` when an
  /// event of another kind or of another input is applied, or Settle is called. A tenant that
  /// begins with seventy assessments is then laid out once and not seventy times.
  Result<> ApplyNext(const Event& event, const Content& content, Observer* observer = nullptr);
  void Settle(const Content& content, Observer* observer = nullptr);

  /// The state as bytes that Load reads back: a cache, never a source of truth.
  void Save(CborWriter& out) const;
  /// Fails the reader when what it reads is something else, or of a catalogue that is not there.
  static TenantState Load(CborReader& in, const Content& content);

  TenantId id;
  std::string alias;
  std::uint16_t home_shard = 0;
  bool registered = false;
  bool retired = false;
  std::shared_ptr<const TenantConfigured> configuration;  // shared by copies, never changed
  /// In the order in which they were created; never null; shared by copies, never changed.
  std::shared_ptr<const std::vector<Assessment>> assessments =
      std::make_shared<const std::vector<Assessment>>();
  /// When assessments were created or changed, by id. What a tenant began with is not in it: fleets
  /// of tenants are held in memory.
  std::map<std::string, TimePoint, std::less<>> assessment_times;
  std::map<std::string, std::string, std::less<>> group_names;  ///< of groups that were renamed
  std::shared_ptr<const ScoreLayout> layout;  // shared with the cache; null before a catalogue
  UnitStates units;
  std::vector<SettingState> settings;  ///< by the catalogue's settings
  std::uint64_t revision = 0;          ///< of the next event
  std::uint64_t position = 0;          ///< of the newest applied event
  TimePoint newest;                    ///< greatest effective time that was applied
  /// As recorded, of the settings whose `failure` is not 0; by setting.
  std::map<std::uint32_t, SourceFailed> failures;
  std::shared_ptr<const Workflows> workflows;  ///< null for none; shared by copies, never changed
  /// Null for nothing; shared by copies, never changed.
  std::shared_ptr<const Organisation> organisation;
  std::shared_ptr<const Provider> provider;  ///< the same
  AutomaticTesting automatic_testing = AutomaticTesting::kPerAction;
  TimePoint automatic_testing_changed;
  ScoringProfile profile = ScoringProfile::kDefault;
  TimePoint profile_changed;
  std::optional<SecureScoreRecorded> secure_score;
  TimePoint secure_score_effective;

  /// The catalogue that this tenant is judged by; null before the first.
  [[nodiscard]] std::shared_ptr<const Catalogue> catalogue() const {
    return layout ? layout->shared_catalogue() : nullptr;
  }
  /// True after the first complete read: before it there is no score.
  [[nodiscard]] bool ready() const { return first_read_.has_value(); }
  [[nodiscard]] std::optional<TimePoint> first_read() const { return first_read_; }

  [[nodiscard]] LeafResult Leaf(std::uint32_t place) const;
  [[nodiscard]] const Assessment* FindAssessment(std::string_view assessment) const;
  /// When an assessment was changed last; kBeginningOfTime for one that a tenant began with.
  [[nodiscard]] TimePoint ChangedAt(std::string_view assessment) const;
  /// What people recorded of a unit beside its statuses; null for nothing.
  [[nodiscard]] const RecordedWorkflow* RecordOf(std::uint32_t unit) const;
  /// Who decides the statuses of a unit: its rule (kUsual of an automatic action), its parent, or
  /// people.
  [[nodiscard]] TestingSource SourceOf(std::uint32_t unit) const;
  [[nodiscard]] bool IsByRule(std::uint32_t unit) const {
    return layout->ActionOf(unit).IsAutomatic() && SourceOf(unit) == TestingSource::kUsual;
  }
  /// What people call a group.
  [[nodiscard]] const std::string& NameOf(const std::string& group) const;

 private:
  Result<> ApplyRejudged(const Event& event, const Content& content, Observer* observer);
  Result<> ApplyCreated(const Event& event);
  Result<> ApplyChanged(const Event& event, const Content& content);
  Result<> ApplyGroupRenamed(const Event& event);
  Result<> ApplyWorkflow(const Event& event);
  Result<> ApplyTesting(const Event& event);
  Result<> ApplyPerson(const Event& event);
  Result<> ApplyTargets(const Event& event);
  Result<> ApplyAttestation(const Event& event);
  Result<> ApplyExpiry(const Event& event);
  Result<> ApplyProvider(const Event& event);
  Result<> ApplyScoring(const Event& event, const Content& content, Observer* observer);
  std::vector<Assessment>& Drafted();
  Result<> ApplySettingChanged(const Event& event);
  Result<> ApplySourceSeen(const Event& event);
  Result<> ApplySourceFailed(const Event& event);
  Result<> ApplyTick(const Event& event);
  Result<> ApplySecureScore(const Event& event);
  Result<> ApplyActionChanged(const Event& event, Observer* observer);
  void SetLayout(std::shared_ptr<const ScoreLayout> fresh, Observer* observer);
  void NoteLive(SettingState& setting, TimePoint read);
  void SetLeaf(std::uint32_t place, const LeafResult& result);
  [[nodiscard]] bool IsFirstLook(const Event& event, std::string_view setting) const;

  struct Share {
    std::uint32_t place = 0;
    std::uint64_t covered = 0;
    std::uint64_t total = 0;
  };
  std::vector<std::uint8_t> leaf_kinds_;  ///< by the catalogue's leaves
  std::vector<Share> leaf_shares_;        ///< of those that are shares, by place
  std::uint64_t drafted_unit_ = 0;        ///< Event::unit of the last event that was applied
  /// The assessments as they will be when they are settled.
  std::optional<std::vector<Assessment>> drafted_;
  /// Units that are not scored just now, such as those of an archived assessment: in the state that
  /// they will have again. Null for none; shared by copies, never changed.
  std::shared_ptr<const ParkedUnits> parked_;
  std::optional<TimePoint> first_read_;
  TimePoint newest_first_live_;  ///< of all settings: most events are later than that
};

/// Where events lead that were decided on a state: it with them applied, the positions aside, which
/// they do not have yet. Whoever keeps that state need not apply them a second time.
struct Folded {
  struct Change {
    std::size_t event = 0;  ///< index of the event that made it
    UnitChange unit;
  };
  TenantState after;
  std::vector<Change> changes;  ///< in the order of the events
};

}  // namespace assayd::domain
