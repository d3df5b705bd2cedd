#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/cbor.h"
#include "domain/payloads.h"

namespace assayd::domain {

class Catalogue;
class ScoreLayout;
class UnitStates;
struct Assessment;

/// What people recorded of units that are not scored just now: those of an archived assessment, and
/// of controls that its template lost. When such a unit is scored again, it is in this state again.
/// Automatic actions are judged anew instead.
struct ParkedUnit {
  ActionState state;
  TimePoint effective;
};
using ParkedUnits = std::map<std::pair<std::string, std::string>, ParkedUnit>;  ///< action, group

/// `known` with the units that `before` has and `after` has not; null when there are none.
std::shared_ptr<const ParkedUnits> Park(const UnitStates& units, const ScoreLayout& before,
                                        const ScoreLayout& after,
                                        std::shared_ptr<const ParkedUnits> known);

/// Sets those that `after` has and `before` had not.
void Unpark(const ScoreLayout& before, const ScoreLayout& after, const ParkedUnits& parked,
            UnitStates& units);

/// Action and group.
using UnitNames = std::set<std::pair<std::string, std::string>>;

/// The units of assessments that are in `before` and not in `after`, which were deleted, but for
/// those that one of `after` has too, be it archived: what was recorded of them goes.
UnitNames UnitsOfDeleted(const std::vector<Assessment>& before,
                         const std::vector<Assessment>& after, const Catalogue& own);

void Save(const ParkedUnits* parked, CborWriter& out);
std::shared_ptr<const ParkedUnits> LoadParked(CborReader& in);

}  // namespace assayd::domain
