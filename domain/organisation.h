#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "domain/payloads.h"

/// What an organisation says about itself beside its actions: its people, and what it wants its
/// scores to be. None of it moves a score.
namespace assayd::domain {

/// Somebody that actions can be assigned to. A name and an address are sealed under a key of that
/// person.
struct Person {
  SealedText name;
  SealedText address;
  bool operator==(const Person&) const = default;
};

struct PersonRecorded {
  static constexpr EventType kType = EventType::kPersonRecorded;
  std::string person;           ///< id: the name of a token, or what an invitation gave
  std::optional<Person> after;  ///< nothing: taken off the list
};

enum class ScoreKind : std::uint8_t { kCompliance = 0, kSecureScore = 1 };
std::string_view ToText(ScoreKind score);
std::optional<ScoreKind> ParseScoreKind(std::string_view text);

/// Ratios in millionths, 0 … kWholeRatio.
inline constexpr std::uint32_t kWholeRatio = 1'000'000;

struct Goal {
  ScoreKind score = ScoreKind::kCompliance;
  std::uint32_t ratio = 0;
  std::optional<TimePoint> by;
  bool operator==(const Goal&) const = default;
};

/// What the organisation calls okay and good, and what it wants to reach.
struct Targets {
  std::uint32_t okay_from = 400'000;
  std::uint32_t good_from = 700'000;
  std::vector<Goal> goals;  ///< at most one of a score
  bool operator==(const Targets&) const = default;
};

struct TargetsConfigured {
  static constexpr EventType kType = EventType::kTargetsConfigured;
  Targets targets;
};

/// bad, okay or good.
std::string_view ZoneOf(const Targets& targets, std::uint32_t ratio);

struct RecordedPerson {
  std::optional<Person> person;
  TimePoint changed;
};

struct Organisation {
  std::map<std::string, RecordedPerson, std::less<>> people;  ///< by id, with those taken off
  Targets targets;
  TimePoint targets_changed;

  /// Null for nobody that is on the list.
  [[nodiscard]] const Person* Find(std::string_view person) const;
};

}  // namespace assayd::domain
