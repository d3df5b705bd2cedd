#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "daemon/keyring.h"
#include "daemon/metrics/durations.h"
#include "daemon/writer_input.h"
#include "domain/history.h"
#include "eventstore/committer.h"
#include "eventstore/dedupe_window.h"
#include "eventstore/event_log.h"
#include "projections/catalogues.h"
#include "projections/fleet.h"

namespace assayd::daemon {

struct JournalOptions {
  std::uint16_t shard = 0;
  std::size_t group_events_max = 4'096;
  std::size_t group_bytes_max = 512 * 1024;
  Milliseconds group_age_max{2};
  /// 0: a group is durable when it is closed, without threads; for the simulation.
  std::size_t groups_under_way_max = 4;
};

/// The events of one input for one tenant: one commit unit, never split over groups.
struct JournalUnit {
  domain::TenantId tenant;
  std::string source;  ///< with `id`: the causation of its events
  std::string id;
  domain::Decision decision;  ///< folded only on what Latest(tenant) still is
  std::vector<std::pair<Digest, std::string>> blobs;  ///< hash → canonical document
  std::vector<std::string>
      names;  ///< under which the first event is found again: InputName, AuditName
};

/// What is decided and not yet durable. Events get positions, groups are filled, closed and
/// committed, views are changed on copies; once a group is durable its views are published and its
/// inputs answered. After a failed write all of it is forgotten and the log is read again.
///
/// For the writer's thread, but the statistics.
class Journal {
 public:
  /// Called on a store thread after each group was published.
  using Published = std::function<void(std::uint64_t acknowledged)>;

  Journal(eventstore::EventLog& log, projections::Fleet& fleet, projections::Catalogues& catalogues,
          KeyRing& keys, const Clock& clock, const JournalOptions& options, Published published);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Loads what deduplication needs.
  Result<> Load();

  /// The newest view of a tenant, decided but perhaps not durable; null when it has no events.
  [[nodiscard]] projections::ViewPtr Latest(domain::TenantId tenant) const;
  /// The whole history of a tenant, decided events included. May wait for the store.
  Result<domain::History*> HistoryOf(domain::TenantId tenant);

  /// Gives the unit positions and puts it into the open group; the position of its first event, or
  /// nothing when it has none.
  Result<std::optional<std::uint64_t>> Append(JournalUnit unit);
  /// The position at which an input with that source and id was recorded before.
  Result<std::optional<std::uint64_t>> FindInput(std::string_view source, std::string_view id);
  /// The position of an input of that source whose id is `key`, '~' and something.
  Result<std::optional<std::uint64_t>> FindKey(std::string_view source, std::string_view key);
  /// The position at which an audit record was recorded before, from whichever source.
  Result<std::optional<std::uint64_t>> FindAudit(domain::TenantId tenant,
                                                 std::string_view record_id);
  static std::string InputName(std::string_view source, std::string_view id);
  static std::string AuditName(domain::TenantId tenant, std::string_view record_id);
  /// A tenant by directory id or alias, as Latest gives it; null when it has no events.
  [[nodiscard]] projections::ViewPtr Find(std::string_view id_or_alias) const;

  /// Answers when everything that was appended so far is durable.
  void AnswerWhenDurable(Done done, std::vector<Outcome> outcomes);

  /// Closes the open group if it is full or old; with `now` in any case.
  enum class Close { kIfDue, kNow };
  void CloseGroup(Close close);
  /// Waits until nothing is under way.
  void Flush();

  /// A write beside the journal failed: nothing is appended until Recover succeeds.
  void Distrust(const Error& error) { Fail(error); }
  /// True after a failed write, until Recover succeeds.
  [[nodiscard]] bool failed() const { return failed_.load(); }
  /// Forgets what is not durable, reopens the log, and takes over what turns out to be in it.
  Result<> Recover();
  [[nodiscard]] std::optional<Error> trouble() const;

  /// Events of the log by type, since its beginning.
  using EventCounts = std::array<std::uint64_t, domain::kEventTypeCount>;
  [[nodiscard]] EventCounts events_by_type() const;
  [[nodiscard]] std::uint64_t groups_committed() const { return groups_.load(); }
  /// From the end of a group to its being durable.
  [[nodiscard]] Durations::Counts append_durations() const { return durations_.counts(); }
  /// When a group was last published; nothing before the first.
  [[nodiscard]] std::optional<TimePoint> last_applied() const;

 private:
  struct Group {
    explicit Group(std::uint64_t first_position) : commit(first_position) {}
    eventstore::Commit commit;
    std::unordered_map<domain::TenantId, std::shared_ptr<projections::TenantView>> touched;
    std::vector<std::pair<Done, std::vector<Outcome>>> answers;
    Milliseconds opened{0};
  };
  /// Answers that wait for a group that was submitted already.
  struct UnderWay {
    std::mutex mutex;
    bool over = false;
    std::vector<std::pair<Done, std::vector<Outcome>>> answers;
  };

  Group& Open();
  /// With the positions, revisions and causation that they get here; they point into `unit`.
  [[nodiscard]] std::vector<domain::Event> Number(const JournalUnit& unit, std::uint64_t revision,
                                                  TimePoint now) const;
  void Show(domain::TenantId tenant, const projections::ViewPtr& before,
            std::optional<domain::Folded> folded, std::span<const domain::Event> events);
  /// Of the event that was put into the open group last.
  void AddNames(const std::vector<std::string>& names, std::uint64_t position);
  void Submit(std::unique_ptr<Group> group);
  static void Answer(UnderWay& group, const Result<>& result);
  void Drain();
  void Fail(const Error& error);
  Result<std::optional<std::uint64_t>> FindName(
      const std::string& name, const std::function<bool(const domain::Event&)>& is_it);
  Result<> TakeOver(std::uint64_t from);
  void ForgetOldInputs();
  Result<> LoadCounts();

  eventstore::EventLog& log_;
  projections::Fleet& fleet_;
  projections::Catalogues& catalogues_;
  KeyRing& keys_;
  const Clock& clock_;
  const JournalOptions options_;
  const Published published_;
  std::optional<eventstore::Committer> committer_;
  eventstore::DedupeWindow dedupe_;
  std::unordered_map<std::uint64_t, std::vector<std::string>> pending_names_;  ///< by position
  std::vector<std::pair<TimePoint, std::uint64_t>> recorded_samples_;  ///< which position when
  std::unique_ptr<Group> open_;
  std::shared_ptr<UnderWay> newest_under_way_;  // shared with the committer's callback
  std::unordered_map<domain::TenantId, projections::ViewPtr> latest_;
  std::list<domain::History> histories_;  ///< most recently used first
  std::uint64_t next_position_ = 0;
  std::atomic<bool> failed_{false};
  mutable std::mutex trouble_mutex_;
  std::optional<Error> trouble_;
  EventCounts decided_counts_{};  ///< open group included
  mutable std::mutex counts_mutex_;
  EventCounts counts_{};  ///< of what is durable
  std::atomic<std::uint64_t> groups_{0};
  Durations durations_;
  std::atomic<std::int64_t> last_applied_millis_{0};
};

}  // namespace assayd::daemon
