#include "domain/organisation.h"

namespace assayd::domain {

std::string_view ToText(ScoreKind score) {
  return score == ScoreKind::kCompliance ? "compliance" : "secure_score";
}

std::optional<ScoreKind> ParseScoreKind(std::string_view text) {
  for (const auto score : {ScoreKind::kCompliance, ScoreKind::kSecureScore}) {
    if (text == ToText(score)) return score;
  }
  return std::nullopt;
}

std::string_view ZoneOf(const Targets& targets, std::uint32_t ratio) {
  if (ratio >= targets.good_from) return "good";
  return ratio >= targets.okay_from ? "okay" : "bad";
}

const Person* Organisation::Find(std::string_view person) const {
  const auto found = people.find(person);
  return found == people.end() || !found->second.person ? nullptr : &*found->second.person;
}

}  // namespace assayd::domain
