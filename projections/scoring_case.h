#pragma once

#include "base/error.h"
#include "base/json.h"

namespace assayd::projections {

/// A scoring case: actions, assessments made of them, and the state in which they are. What its
/// score is, by the fold that scores the log. `given` and the answer have the members of a vector's
/// `given` and `expect` (tests/golden/compliance-scoring.json; interface.md, `evaluate`): always
/// `overall`, every assessment and every control. Points are numbers of at most six decimals,
/// percents are rounded half up to two, null where nothing is achievable. A state that is not given
/// is the one that an action begins with; one that is given counts as it stands.
/// kInvalidArgument, with a JSON Pointer, for an unknown member, value or action.
Result<Json> ScoreCase(const Json& given);

}  // namespace assayd::projections
