#include "projections/difference.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <tuple>

#include "domain/scoring.h"

namespace assayd::projections {
namespace {

using domain::Contribution;
using domain::MicroPoints;

Contribution PartOf(const domain::TenantState& state, std::uint32_t unit) {
  return Times(domain::Contribute(state.units.Get(unit), state.layout->MaxOf(unit)),
               state.layout->WeightOf(unit));
}

/// What a part would be under another maximum, its share being the same.
Contribution Scaled(const Contribution& part, MicroPoints max) {
  if (part.max_points == 0 || part.max_points == max) return part;
  const MicroPoints points = domain::PartialPoints(max, static_cast<std::uint64_t>(part.points),
                                                   static_cast<std::uint64_t>(part.max_points));
  return {points, max, part.unknown_points == 0 ? 0 : max};
}

class Comparer {
 public:
  Comparer(const domain::TenantState& before, const domain::TenantState& after,
           const DoneSince& done)
      : before_(before), after_(after), done_(done) {}

  void Kept(std::uint32_t was, std::uint32_t is) {
    const Contribution before = PartOf(before_, was);
    const Contribution between =
        Scaled(before, after_.layout->MaxOf(is) * after_.layout->WeightOf(is));
    const Contribution after = PartOf(after_, is);
    Add(is, between);
    Term(DifferenceTerm::Kind::kMaximum, after_, is, between.points - before.points,
         between.max_points - before.max_points);
    Term(DifferenceTerm::Kind::kTenant, after_, is, after.points - between.points,
         after.max_points - between.max_points);
  }
  void Added(std::uint32_t unit) {
    const Contribution after = PartOf(after_, unit);
    const auto& layout = *after_.layout;
    const MicroPoints done = DoneOf(unit) * layout.WeightOf(unit);
    // It arrived with what is left: nobody did that.
    Add(unit, {after.points - done, after.max_points, after.unknown_points});
    Term(DifferenceTerm::Kind::kAdded, after_, unit, after.points - done, after.max_points);
    Term(DifferenceTerm::Kind::kTenant, after_, unit, done, 0);
  }
  void Removed(std::uint32_t unit) {
    const Contribution before = PartOf(before_, unit);
    Term(DifferenceTerm::Kind::kRemoved, before_, unit, -before.points, -before.max_points);
  }

  Difference difference;

 private:
  /// Of the steps those that lead to where the unit stands: earlier ones were of one that was
  /// deleted, and begun again.
  [[nodiscard]] MicroPoints DoneOf(std::uint32_t unit) const {
    const auto& layout = *after_.layout;
    const auto since = done_.find({layout.ActionOf(unit).id, layout.GroupOf(unit)});
    if (since == done_.end()) return 0;
    const MicroPoints now = domain::Contribute(after_.units.Get(unit), layout.MaxOf(unit)).points;
    MicroPoints at = now;
    for (auto step = since->second.rbegin(); step != since->second.rend(); ++step) {
      if (step->after != at) break;
      at = step->before;
    }
    return now - at;
  }
  void Add(std::uint32_t unit, const Contribution& part) {
    difference.between.Add(
        part, after_.layout->ActionOf(unit).managed_by == domain::ManagedBy::kCustomer);
  }
  void Term(DifferenceTerm::Kind kind, const domain::TenantState& state, std::uint32_t unit,
            MicroPoints points, MicroPoints max_points) {
    if (points == 0 && max_points == 0) return;
    difference.terms.push_back(
        {kind, state.layout->ActionOf(unit).id, state.layout->GroupOf(unit), points, max_points});
    if (kind != DifferenceTerm::Kind::kTenant) return;
    (points > 0 ? difference.achieved : difference.regressed) += std::abs(points);
  }

  const domain::TenantState& before_;
  const domain::TenantState& after_;
  const DoneSince& done_;
};

}  // namespace

std::string_view ToText(DifferenceTerm::Kind kind) {
  static constexpr std::array<std::string_view, 4> kTexts{"tenant", "maximum", "added", "removed"};
  return kTexts[static_cast<std::size_t>(kind)];
}

Difference Compare(const TenantView& before, const TenantView& after, const DoneSince& done) {
  const domain::TenantState& was = before.state();
  const domain::TenantState& is = after.state();
  Comparer comparer(was, is, done);
  for (std::uint32_t unit = 0; is.layout && unit < is.layout->units().size(); ++unit) {
    const auto known =
        was.layout ? was.layout->Find(is.layout->ActionOf(unit).id, is.layout->GroupOf(unit))
                   : std::nullopt;
    known ? comparer.Kept(*known, unit) : comparer.Added(unit);
  }
  for (std::uint32_t unit = 0; was.layout && unit < was.layout->units().size(); ++unit) {
    const bool stays =
        is.layout && is.layout->Find(was.layout->ActionOf(unit).id, was.layout->GroupOf(unit));
    if (!stays) comparer.Removed(unit);
  }
  Difference difference = std::move(comparer.difference);
  if (was.layout) difference.before = before.scoreboard().overall();
  if (is.layout) difference.after = after.scoreboard().overall();
  std::ranges::stable_sort(difference.terms, [](const auto& a, const auto& b) {
    return std::tuple(-std::abs(a.points), -std::abs(a.max_points), a.action, a.group) <
           std::tuple(-std::abs(b.points), -std::abs(b.max_points), b.action, b.group);
  });
  return difference;
}

}  // namespace assayd::projections
