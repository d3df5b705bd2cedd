#pragma once

#include <span>
#include <string_view>

#include "simulator/score/score_facts.h"

namespace assayd::simulator {

/// How a control is counted.
enum class Count {
  kSwitch,  ///< on or off: the member `on`
  kShare,   ///< so many of so many: the members `count` and `total`
  kPlain,   ///< neither
};

/// A control of the snapshot and what of it is achieved.
struct ScoredControl {
  std::string_view id;
  Count count;
  int achieved;  ///< of `total`, unless `follows` says otherwise
  int total;
  int ScoreFacts::* follows = nullptr;          ///< a share that follows the settings
  bool ScoreFacts::* follows_switch = nullptr;  ///< a switch that does
};

/// The scored controls of the simulated tenant, in the order of the snapshot.
std::span<const ScoredControl> ScoredControls();

/// What of `total` is achieved under these facts.
int Achieved(const ScoredControl& control, const ScoreFacts& facts);

}  // namespace assayd::simulator
