#include "projections/uptime.h"

#include <algorithm>
#include <array>
#include <utility>

#include "domain/scoring.h"

namespace assayd::projections {
namespace {

using domain::EventType;
using domain::TenantState;

Uptime StandingOfUnit(const TenantState& state, std::uint32_t unit) {
  const domain::ActionState now = state.units.Get(unit);
  if (domain::IsOutOfScope(now)) return Uptime::kOutOfScope;
  if (now.unknown_since) return Uptime::kUnknown;
  if (domain::IsFailed(now.test)) return Uptime::kFailed;
  const bool passed = now.test == domain::TestStatus::kPassed && domain::IsDone(now.implementation);
  return passed ? Uptime::kPassed : Uptime::kOpen;
}

/// Only these can make another standing.
bool MayMatter(EventType type) {
  return type == EventType::kActionChanged || type == EventType::kTenantRejudged ||
         domain::IsOfAssessments(type);
}

class Clerk {
 public:
  Clerk(TimePoint from, TimePoint to) : at_(from), to_(to) {}

  /// It stands so from `time` on.
  void Note(TimePoint time, Uptime standing, UptimeGap gap) {
    time = std::clamp(time, at_, to_);
    Count(time);
    if (standing == standing_) return;
    if (gap_) {
      gap_->until = time;
      Close();
    }
    standing_ = standing;
    const bool is_gap =
        standing == Uptime::kFailed || standing == Uptime::kUnknown || standing == Uptime::kOpen;
    if (!is_gap) return;
    gap.standing = standing;
    gap.from = time;
    gap_ = std::move(gap);
  }

  UptimeReport Finish() && {
    Count(to_);
    if (gap_) Close();
    return std::move(report_);
  }

 private:
  void Count(TimePoint time) {
    const std::array<Milliseconds*, 6> sums{&report_.absent,       &report_.passed,
                                            &report_.failed,       &report_.unknown,
                                            &report_.out_of_scope, &report_.open};
    *sums[static_cast<std::size_t>(standing_)] += time - at_;
    at_ = time;
  }
  void Close() {
    const bool lasted = !gap_->until || *gap_->until > gap_->from;
    if (lasted) report_.gaps.push_back(*std::move(gap_));
    gap_.reset();
  }

  TimePoint at_;
  TimePoint to_;
  Uptime standing_ = Uptime::kAbsent;
  std::optional<UptimeGap> gap_;
  UptimeReport report_;
};

UptimeGap GapBegunBy(const domain::Event& event) {
  UptimeGap gap;
  gap.source = event.source;
  gap.position = event.unit;
  gap.cause = domain::Cause::kCatalogue;
  domain::ActionChangedView change;
  if (!domain::ReadActionChanged(event, change)) return gap;
  gap.cause = change.cause;
  gap.setting = change.setting;
  return gap;
}

}  // namespace

std::string_view ToText(Uptime standing) {
  static constexpr std::array<std::string_view, 6> kTexts{"absent",  "passed",       "failed",
                                                          "unknown", "out_of_scope", "open"};
  return kTexts[static_cast<std::size_t>(standing)];
}

StandingOf StandingOfAction(std::string action, std::string group) {
  return [action = std::move(action), group = std::move(group)](const TenantState& state) {
    const auto unit = state.layout ? state.layout->Find(action, group) : std::nullopt;
    return unit ? StandingOfUnit(state, *unit) : Uptime::kAbsent;
  };
}

StandingOf StandingOfControl(std::string assessment, std::string control) {
  return
      [assessment = std::move(assessment), control = std::move(control)](const TenantState& state) {
        if (!state.layout) return Uptime::kAbsent;
        const domain::ScoreLayout& layout = *state.layout;
        for (std::uint32_t c = 0; c < layout.controls().size(); ++c) {
          const auto& place = layout.controls()[c];
          const domain::Assessment& its = layout.assessments()[place.assessment];
          if (its.id != assessment || place.content->id != control) continue;
          domain::ControlCounts counts;
          bool unknown = false;
          for (const auto& ref : place.content->actions) {
            const domain::Action& action = layout.catalogue().actions[ref.action];
            const auto unit = layout.Find(action.id, action.CountsOncePerTenant() ? "" : its.group);
            if (!unit) continue;
            const domain::ActionState now = state.units.Get(*unit);
            ++counts.total;
            unknown = unknown || (now.unknown_since && !domain::IsOutOfScope(now));
            switch (domain::ShareOf(now)) {
              case domain::ControlShare::kUntested:
                ++counts.untested;
                break;
              case domain::ControlShare::kPassed:
                ++counts.passed;
                break;
              case domain::ControlShare::kFailed:
                ++counts.failed;
                break;
              case domain::ControlShare::kOutOfScope:
                ++counts.out_of_scope;
                break;
              case domain::ControlShare::kInProgress:
                break;
            }
          }
          switch (domain::StatusOf(counts)) {
            case domain::ControlStatus::kFailed:
              return Uptime::kFailed;
            case domain::ControlStatus::kPassed:
              return Uptime::kPassed;
            case domain::ControlStatus::kOutOfScope:
              return Uptime::kOutOfScope;
            default:
              return unknown ? Uptime::kUnknown : Uptime::kOpen;
          }
        }
        return Uptime::kAbsent;
      };
}

Result<UptimeReport> TellUptime(const domain::History& history,
                                const domain::TenantState::Content& content,
                                const StandingOf& standing_of, TimePoint from, TimePoint to,
                                std::uint64_t position_max,
                                const std::function<Result<>()>& go_on) {
  TenantState state(history.tenant());
  Clerk clerk(from, to);
  std::size_t seen = 0;
  for (const auto& event : history) {
    if (event.effective > to) break;
    if (event.position > position_max) continue;
    constexpr std::size_t kAskEvery = 4'096;
    if (++seen % kAskEvery == 0 && go_on) ASSAYD_CHECK(go_on());
    ASSAYD_CHECK(state.ApplyNext(event, content));
    if (!MayMatter(event.type)) continue;
    state.Settle(content);
    UptimeGap gap = GapBegunBy(event);
    if (event.effective < from) gap.position = event.unit;
    clerk.Note(event.effective, standing_of(state), std::move(gap));
  }
  return std::move(clerk).Finish();
}

}  // namespace assayd::projections
