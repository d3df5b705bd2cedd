#include "domain/control_tally.h"

#include <algorithm>

#include "domain/score_layout.h"

namespace assayd::domain {
namespace {

constexpr unsigned kLanes = 4;  // the shares that are counted; in progress is what is left

template <class Word>
constexpr Word LaneOf(ControlShare share) {
  constexpr unsigned kBits = sizeof(Word) * 8 / kLanes;
  const auto lane = static_cast<unsigned>(share);
  return lane < kLanes ? static_cast<Word>(Word{1} << (lane * kBits)) : Word{0};
}

template <class Word>
ControlCounts Unpack(Word word, std::uint32_t total) {
  constexpr unsigned kBits = sizeof(Word) * 8 / kLanes;
  constexpr Word kMask = static_cast<Word>((Word{1} << kBits) - 1);
  const auto lane = [&](ControlShare share) {
    return static_cast<std::uint32_t>(word >> (static_cast<unsigned>(share) * kBits) & kMask);
  };
  return {total, lane(ControlShare::kUntested), lane(ControlShare::kPassed),
          lane(ControlShare::kFailed), lane(ControlShare::kOutOfScope)};
}

}  // namespace

ControlTally::ControlTally(const ScoreLayout& layout, const UnitStates& units) {
  std::vector<std::uint32_t> words(layout.controls().size(), 0);
  std::vector<std::uint64_t> wide_words(layout.wide_controls().size(), 0);
  for (std::uint32_t unit = 0; unit < layout.units().size(); ++unit) {
    const ControlShare share = ShareOf(units.Get(unit));
    for (const auto control : layout.ControlsOf(unit))
      words[control] += LaneOf<std::uint32_t>(share);
    for (const auto wide : layout.WideControlsOf(unit))
      wide_words[wide] += LaneOf<std::uint64_t>(share);
  }
  words_ = Words(words);
  wide_words_ = WideWords(wide_words);
}

void ControlTally::Move(const ScoreLayout& layout, std::uint32_t unit, ControlShare from,
                        ControlShare to) {
  if (from == to) return;
  const std::uint32_t delta = LaneOf<std::uint32_t>(to) - LaneOf<std::uint32_t>(from);
  for (const auto control : layout.ControlsOf(unit)) words_.Mutable(control) += delta;
  const std::uint64_t wide_delta = LaneOf<std::uint64_t>(to) - LaneOf<std::uint64_t>(from);
  for (const auto wide : layout.WideControlsOf(unit)) wide_words_.Mutable(wide) += wide_delta;
}

ControlCounts ControlTally::CountsOf(const ScoreLayout& layout, std::uint32_t control) const {
  const std::uint32_t total = layout.controls()[control].units;
  const auto& wide = layout.wide_controls();
  const auto place = std::ranges::lower_bound(wide, control);
  if (place == wide.end() || *place != control) return Unpack(words_[control], total);
  return Unpack(wide_words_[static_cast<std::size_t>(place - wide.begin())], total);
}

}  // namespace assayd::domain
