#pragma once

#include <list>
#include <memory>
#include <mutex>

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

/// Answers what was: by folding a tenant's events up to a moment, and telling its timeline.
/// Histories of the last tenants asked for are kept. Safe from every thread.
class Past {
 public:
  Past(const eventstore::EventLog& log, const projections::Catalogues& catalogues)
      : log_(log), catalogues_(catalogues) {}

  /// The published view, or the state at `as_of` of what was known at `position`.
  Result<TenantAt> At(const projections::ViewPtr& current, const PointInPast& point,
                      const GoOn& go_on);

  Result<projections::Timeline> Tell(const projections::ViewPtr& current,
                                     projections::TimelineOptions options, const GoOn& go_on);

  /// A tenant's events, kept for the next question.
  Result<std::shared_ptr<const domain::History>> HistoryOf(const projections::ViewPtr& current,
                                                           const GoOn& go_on);

 private:
  struct Entry {
    domain::TenantId tenant;
    std::uint64_t revision = 0;
    std::shared_ptr<const domain::History> history;
  };

  const eventstore::EventLog& log_;
  const projections::Catalogues& catalogues_;
  std::mutex mutex_;
  std::list<Entry> entries_;  ///< most recently used first
};

}  // namespace assayd::daemon
