#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "daemon/api/call.h"
#include "domain/history.h"
#include "eventstore/event_log.h"
#include "projections/catalogues.h"
#include "projections/fleet.h"
#include "projections/timeline.h"

namespace assayd::daemon {

/// A tenant at a moment.
struct TenantAt {
  std::shared_ptr<const projections::TenantView> view;
  TimePoint as_of;
  std::uint64_t position = 0;  ///< of the newest event that it reflects
  bool asked = false;          ///< a moment of the past was asked for
};

/// ?as_of= and ?position= of a question about a tenant: now, and everything known, by default.
struct PointInPast {
  TimePoint as_of;
  std::uint64_t position = 0;  ///< at most the tenant's newest
  bool asked = false;          ///< one of the two was given

  /// 400 for what is no time, no number, or lies in the future.
  static Reply<PointInPast> Read(const Query& query, const projections::TenantView& current,
                                 TimePoint now);
};

/// Answers what was: by folding a tenant's events up to a moment, and telling its timeline. Keeps
/// the histories of the last tenants asked for, with states on the way from which a fold goes on.
/// Safe from every thread.
class Past {
 public:
  Past(const eventstore::EventLog& log, const projections::Catalogues& catalogues)
      : log_(log), catalogues_(catalogues) {}

  /// The published view, or the state at `as_of` of what was known at `position`.
  Result<TenantAt> At(const projections::ViewPtr& current, const PointInPast& point,
                      const GoOn& go_on);

  Result<projections::Timeline> Tell(const projections::ViewPtr& current,
                                     projections::TimelineOptions options, const GoOn& go_on);

  /// A tenant's events up to those that `current` reflects, or some newer ones.
  Result<std::shared_ptr<const domain::History>> HistoryOf(const projections::ViewPtr& current,
                                                           const GoOn& go_on);

 private:
  /// The fold of all events up to one.
  struct Milestone {
    TimePoint effective;  ///< of that event
    std::uint64_t position = 0;
    std::uint64_t newest = 0;  ///< the greatest position among all
    projections::ViewPtr view;
  };
  struct Entry {
    domain::TenantId tenant;
    std::shared_ptr<const domain::History> history;
    std::vector<Milestone> milestones;  ///< in the history's order
  };

  /// What is kept of a tenant becomes the most recently used. Under the mutex.
  Entry* Find(domain::TenantId tenant);
  void Keep(domain::TenantId tenant, std::shared_ptr<const domain::History> history,
            TimePoint earliest_new);
  /// The last one from which a fold up to `point` can go on.
  std::optional<Milestone> MilestoneBefore(domain::TenantId tenant, const PointInPast& point);
  void Keep(const std::shared_ptr<const domain::History>& of, std::vector<Milestone> passed);

  const eventstore::EventLog& log_;
  const projections::Catalogues& catalogues_;
  std::mutex mutex_;
  std::list<Entry> entries_;  ///< most recently used first
};

}  // namespace assayd::daemon
