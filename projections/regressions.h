#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cbor.h"
#include "domain/event.h"
#include "domain/points.h"
#include "domain/score_layout.h"
#include "domain/tenant_state.h"

namespace assayd::projections {

/// Points that one unit lost, known before and known after. Lost sight is none: what was last known
/// is what counts.
struct Loss {
  std::uint32_t unit = 0;
  std::uint64_t position = 0;  ///< of the commit unit that took them first: the regression's id
  TimePoint occurred;
  /// Of the commit unit that took them last: another one after each time that it came back.
  std::uint64_t last_position = 0;
  TimePoint last_occurred;
  domain::Cause cause = domain::Cause::kConfiguration;  ///< of the last
  domain::MicroPoints before = 0;
  domain::MicroPoints lost = 0;       ///< now; 0 once recovered
  domain::MicroPoints lost_most = 0;  ///< at its worst
  std::optional<TimePoint> recovered;
  std::uint16_t flaps = 0;    ///< how often it came back within an hour after recovering
  bool acknowledged = false;  ///< since it came back last
  TimePoint muted_until;
};

/// "r-SHARD-POSITION".
std::string RegressionId(std::uint16_t shard, std::uint64_t position);
std::optional<std::uint64_t> ParseRegressionId(std::uint16_t shard, std::string_view id);

/// The cause as people speak of it: configuration, user_or_device, manual, expiry. What was seen
/// again without its points, or judged by other rules, is a change of the configuration too.
std::string_view RegressionCauseText(domain::Cause cause);

/// How many regressions, for counters that survive a restart because they are folded from the log.
struct RegressionCount {
  domain::Category category = domain::Category::kControlAccess;
  domain::Cause cause = domain::Cause::kConfiguration;
  std::uint32_t count = 0;
};

/// The open regressions of one tenant, those that closed within the last two hours, and at most a
/// few older ones. Only live
/// and manual changes open one; at most one loss per unit is kept.
class Regressions {
 public:
  /// `changed`, when given, takes a copy of the loss that this opens, changes or closes.
  void Apply(const domain::Event& event, const domain::UnitChange& change,
             const domain::ScoreLayout& layout, std::vector<Loss>* changed = nullptr);
  void Apply(const domain::Event& event, const domain::RegressionAcknowledged& acknowledged);
  void Apply(const domain::Event& event, const domain::RegressionMuted& muted);
  /// Units have other numbers now.
  void Carry(const domain::ScoreLayout& before, const domain::ScoreLayout& after);

  [[nodiscard]] const std::vector<Loss>& losses() const { return losses_; }  ///< as they opened
  /// The first loss of a regression that can still be changed at `now`: it is open, or recovered
  /// less than an hour ago. Null for any other.
  [[nodiscard]] const Loss* FindChangeable(std::uint64_t position, TimePoint now) const;
  [[nodiscard]] const std::vector<RegressionCount>& counts() const { return counts_; }
  [[nodiscard]] domain::MicroPoints points_lost_total() const { return points_lost_total_; }
  [[nodiscard]] domain::MicroPoints points_gained_total() const { return points_gained_total_; }
  [[nodiscard]] std::optional<TimePoint> last() const { return last_; }
  [[nodiscard]] domain::MicroPoints open_points() const;

  void Save(CborWriter& out) const;
  /// Fails the reader when what it reads is not a saved state.
  static Regressions Load(CborReader& in);

 private:
  void Lose(const domain::Event& event, const domain::UnitChange& change,
            domain::MicroPoints before, domain::MicroPoints after,
            const domain::ScoreLayout& layout);
  void Gain(const domain::Event& event, std::uint32_t unit, domain::MicroPoints after);
  void Reopen(const domain::Event& event, const domain::UnitChange& change, Loss& place,
              domain::MicroPoints lost);
  void Open(const domain::Event& event, const domain::UnitChange& change, Loss& place,
            domain::MicroPoints before, domain::MicroPoints lost,
            const domain::ScoreLayout& layout);
  void CountOnce(const Loss& loss, const domain::ScoreLayout& layout, const Loss& place);
  bool IsCounted(const Loss& loss, domain::Category category, const domain::ScoreLayout& layout,
                 const Loss& place);
  void Recount();
  void Forget(TimePoint now);
  void NotePlace(std::size_t place);
  /// That of a unit; null when there is none.
  Loss* Find(std::uint32_t unit);

  std::vector<Loss> losses_;
  std::vector<std::uint32_t>
      places_;  ///< by unit, up to the greatest that lost: in losses_, from 1
  std::vector<RegressionCount> counts_;
  domain::MicroPoints points_lost_total_ = 0;
  domain::MicroPoints points_gained_total_ = 0;
  std::optional<TimePoint> last_;
  std::uint32_t closed_ = 0;   ///< of losses_
  TimePoint earliest_closed_;  ///< when the first of those recovered
  std::uint64_t newest_ = 0;   ///< greatest position that was ever in losses_
  /// Which categories counted that one, a bit each. Snapshots lie between inputs: it need not be
  /// saved.
  std::uint8_t newest_categories_ = 0;
};

}  // namespace assayd::projections
