#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "domain/history.h"
#include "projections/regressions.h"
#include "projections/scoreboard.h"

/// A tenant's past, told from its events: what changed, what it cost, when sight was lost. A pure
/// function of the events up to a position, so that a report can be repeated byte for byte.
namespace assayd::projections {

/// What is open and accepted as it is.
struct AcceptedRisks {
  std::size_t actions = 0;
  domain::MicroPoints points_left = 0;
};

struct Moment {
  TimePoint time;
  std::optional<Sums> score;  ///< nothing before the first complete read
  AcceptedRisks accepted;
};

struct ActionDelta {
  std::string action;
  std::string group;
  domain::MicroPoints max_points = 0;
  std::optional<domain::MicroPoints> before;  ///< nothing while unknown
  std::optional<domain::MicroPoints> after;
};

/// What one input did at one moment.
struct ScoreChange {
  TimePoint time;
  std::uint64_t unit = 0;  ///< position of the input's first event
  TimePoint recorded;
  domain::Origin origin = domain::Origin::kLive;
  domain::Cause cause = domain::Cause::kConfiguration;
  std::string setting;  ///< that moved it; empty for what has none
  /// Commit unit of the setting's edit: this one, or an earlier one that an action could not show
  /// while another setting of its rule was out of sight.
  std::uint64_t edit = 0;
  std::string source;  ///< of the input
  std::vector<ActionDelta> actions;
  Sums before;
  Sums after;
};

/// A change of a setting, as it was recorded.
struct SettingEdit {
  std::uint64_t unit = 0;
  std::string setting;
  TimePoint read;
  std::optional<TimePoint> previous_read;
  Digest hash{};
  std::optional<Digest> previous_hash;
  std::vector<std::string> pointers;
  TimePoint recorded;
  domain::Origin origin = domain::Origin::kLive;
};

/// A record of who did something, still sealed.
struct AuditEntry {
  domain::AuditRecorded record;
  std::string source;  ///< of the signal: with `id` what the seal is bound to
  std::string id;
  TimePoint happened;
  TimePoint recorded;
};

/// Points lost by one input, over all actions.
struct Regression {
  std::uint64_t position = 0;
  TimePoint occurred;
  /// When and by which commit unit the points were taken last: another one where it came back
  /// within an hour of recovering. All that follows but `flaps` is of that time.
  std::uint64_t last_position = 0;
  TimePoint last_occurred;
  TimePoint judged;
  std::optional<TimePoint> recovered;  ///< when the last of its actions came back
  domain::Cause cause = domain::Cause::kConfiguration;
  std::string setting;
  std::uint64_t edit = 0;  ///< as ScoreChange::edit
  std::string source;      ///< of the input that took the points
  struct Part {
    std::string action;
    std::string group;
    domain::MicroPoints lost = 0;  ///< now while it is open: 0 for what came back; else at most
  };
  std::vector<Part> actions;
  domain::MicroPoints points_lost = 0;  ///< of all parts
  domain::MicroPoints before = 0;       ///< the tenant's points
  domain::MicroPoints after = 0;
  std::uint32_t flaps = 0;
  bool acknowledged = false;
  TimePoint muted_until;
};

/// A time in which an action's verdict was unknown after it had been known.
struct CoverageGap {
  std::string action;
  std::string group;
  domain::MicroPoints max_points = 0;
  TimePoint since;
  std::optional<TimePoint> until;
};

/// What was counted became something else; no setting of the tenant changed.
struct CatalogueChange {
  TimePoint time;
  std::uint64_t version = 0;  ///< of the catalogue from then on
  std::string setting;        ///< Microsoft's list of controls; empty where our catalogue changed
  std::string assessment;     ///< that was added, changed or taken away; empty for a catalogue
  Sums before;
  Sums after;
};

struct Timeline {
  std::vector<Moment> series;
  std::vector<ScoreChange> changes;     ///< by time
  std::vector<ScoreChange> idle;        ///< by time: settings that changed and moved no action
  std::vector<SettingEdit> edits;       ///< by time
  std::vector<AuditEntry> audits;       ///< by time
  std::vector<Regression> regressions;  ///< by time; of the whole past, open ones last changed
  std::vector<CoverageGap> gaps;        ///< by time
  std::vector<CatalogueChange> catalogue_changes;
  std::uint64_t position = 0;  ///< greatest of the events that it tells of
};

struct TimelineOptions {
  TimePoint until;                   ///< the past up to this moment
  std::vector<TimePoint> sample_at;  ///< ascending: the moments of `series`
  std::uint64_t position_max = UINT64_MAX;
  /// Asked now and then, if set: an error ends the telling and is its result.
  std::function<Result<>()> go_on{};
};

Result<Timeline> TellTimeline(const domain::History& history,
                              const domain::TenantState::Content& content,
                              const TimelineOptions& options);

}  // namespace assayd::projections
