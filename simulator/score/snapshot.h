#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "simulator/score/score_facts.h"

namespace assayd::simulator {

/// How many daily snapshots the service keeps.
inline constexpr int kSnapshotDays = 90;

/// The secureScore of the day that begins at `day`, as Graph v1.0 writes it. currentScore is the
/// sum of the controls' scores, maxScore the sum of their maxima.
Json MakeSnapshot(const std::string& tenant_id, TimePoint day, const ScoreFacts& facts);

}  // namespace assayd::simulator
