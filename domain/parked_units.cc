#include "domain/parked_units.h"

#include <algorithm>

#include "domain/score_layout.h"
#include "domain/unit_states.h"

namespace assayd::domain {
namespace {

/// Actions of an assessment with the group in which each counts.
UnitNames KeysOf(const Assessment& assessment, const Catalogue& own) {
  UnitNames keys;
  const Catalogue& structure = assessment.structure ? *assessment.structure : own;
  const Template* const content = structure.FindTemplate(assessment.template_id);
  if (content == nullptr) return keys;
  for (const auto& control : content->controls) {
    for (const auto& ref : control.actions) {
      const Action& action = structure.actions[ref.action];
      keys.emplace(action.id, action.CountsOncePerTenant() ? "" : assessment.group);
    }
  }
  return keys;
}

}  // namespace

UnitNames UnitsOfDeleted(const std::vector<Assessment>& before,
                         const std::vector<Assessment>& after, const Catalogue& own) {
  UnitNames gone;
  for (const auto& assessment : before) {
    if (std::ranges::find(after, assessment.id, &Assessment::id) == after.end())
      gone.merge(KeysOf(assessment, own));
  }
  if (gone.empty()) return gone;
  for (const auto& assessment : after) {
    for (const auto& key : KeysOf(assessment, own)) gone.erase(key);
  }
  return gone;
}

std::shared_ptr<const ParkedUnits> Park(const UnitStates& units, const ScoreLayout& before,
                                        const ScoreLayout& after,
                                        std::shared_ptr<const ParkedUnits> known) {
  std::optional<ParkedUnits> grown;
  for (std::uint32_t unit = 0; unit < units.size(); ++unit) {
    const Action& action = before.ActionOf(unit);
    const bool recorded = !action.IsAutomatic() && units.EffectiveOf(unit) != kBeginningOfTime;
    if (!recorded || after.Find(action.id, before.GroupOf(unit))) continue;
    if (!grown) grown = known ? *known : ParkedUnits();
    (*grown)[{action.id, before.GroupOf(unit)}] = {units.Get(unit), units.EffectiveOf(unit)};
  }
  if (!grown) return known;
  return std::make_shared<const ParkedUnits>(*std::move(grown));
}

void Unpark(const ScoreLayout& before, const ScoreLayout& after, const ParkedUnits& parked,
            UnitStates& units) {
  for (const auto& [key, was] : parked) {
    const auto unit = after.Find(key.first, key.second);
    if (unit && !before.Find(key.first, key.second)) units.Set(*unit, was.state, was.effective);
  }
}

void Save(const ParkedUnits* parked, CborWriter& out) {
  out.Array(parked == nullptr ? 0 : parked->size());
  if (parked == nullptr) return;
  for (const auto& [key, was] : *parked) {
    out.Array(7);
    out.Text(key.first), out.Text(key.second), out.Int(ToMillis(was.effective));
    out.UInt(static_cast<std::uint64_t>(was.state.implementation));
    out.UInt(static_cast<std::uint64_t>(was.state.test));
    out.UInt(was.state.covered), out.UInt(was.state.total);
  }
}

std::shared_ptr<const ParkedUnits> LoadParked(CborReader& in) {
  ParkedUnits parked;
  for (std::uint64_t left = in.Array(); left > 0 && in.ok(); --left) {
    if (in.Array() != 7) in.Fail();
    std::string action(in.Text());
    std::string group(in.Text());
    ParkedUnit& unit = parked[{std::move(action), std::move(group)}];
    unit.effective = FromMillis(in.Int());
    unit.state.implementation = static_cast<ImplementationStatus>(in.UInt());
    unit.state.test = static_cast<TestStatus>(in.UInt());
    unit.state.covered = static_cast<std::uint32_t>(in.UInt());
    unit.state.total = static_cast<std::uint32_t>(in.UInt());
  }
  return parked.empty() ? nullptr : std::make_shared<const ParkedUnits>(std::move(parked));
}

}  // namespace assayd::domain
