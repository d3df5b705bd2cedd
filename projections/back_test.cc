#include "projections/back_test.h"

#include <algorithm>
#include <tuple>

namespace assayd::projections {
namespace {

using domain::EventType;

class Judge {
 public:
  Judge(const domain::Rule& rule, const domain::RuleParams& params,
        const DocumentOfChange& document_of)
      : rule_(rule),
        params_(params),
        document_of_(document_of),
        read_(rule.leaves().size()),
        lost_(rule.leaves().size(), false) {}

  Result<> Take(const domain::Event& event) {
    if (event.type == EventType::kSettingChanged) {
      ASSAYD_TRY(const auto change, domain::Decode<domain::SettingChanged>(event));
      if (change.judged) Read(change);
    } else if (event.type == EventType::kSourceSeen) {
      ASSAYD_TRY(const auto seen, domain::Decode<domain::SourceSeen>(event));
      SetLost(seen.setting, false);
    } else {
      ASSAYD_TRY(const auto tick, domain::Decode<domain::TickElapsed>(event));
      for (const auto& due : tick.due) SetLost(due.setting, true);
    }
    Note(event);
    return {};
  }

  std::vector<BackTestVerdict> verdicts;

 private:
  void Read(const domain::SettingChanged& change) {
    const Json* const document = document_of_(change);
    for (std::size_t i = 0; i < read_.size(); ++i) {
      const domain::RuleLeaf& leaf = rule_.leaves()[i];
      if (leaf.setting != change.setting) continue;
      read_[i] = document == nullptr ? domain::LeafResult{} : leaf.Evaluate(*document, params_);
      lost_[i] = false;
    }
  }
  void SetLost(std::string_view setting, bool lost) {
    for (std::size_t i = 0; i < read_.size(); ++i)
      if (rule_.leaves()[i].setting == setting) lost_[i] = lost;
  }
  void Note(const domain::Event& event) {
    std::vector<domain::LeafResult> results = read_;
    for (std::size_t i = 0; i < results.size(); ++i)
      if (lost_[i]) results[i] = {};
    const domain::Verdict verdict = rule_.Combine(results);
    const domain::Verdict before = verdicts.empty() ? domain::Verdict() : verdicts.back().verdict;
    if (verdict == before) return;
    // Several events of one moment are one change.
    if (!verdicts.empty() && verdicts.back().time == event.effective) {
      verdicts.back().verdict = verdict;
      const std::size_t count = verdicts.size();
      const bool back = verdict == (count < 2 ? domain::Verdict() : verdicts[count - 2].verdict);
      if (back) verdicts.pop_back();
      return;
    }
    verdicts.push_back({event.effective, event.position, verdict});
  }

  const domain::Rule& rule_;
  const domain::RuleParams& params_;
  const DocumentOfChange& document_of_;
  std::vector<domain::LeafResult> read_;  ///< by leaf
  std::vector<bool> lost_;                ///< by leaf: its freshness ended
};

bool Reads(const domain::Rule& rule, std::string_view setting) {
  return std::ranges::any_of(rule.leaves(),
                             [&](const domain::RuleLeaf& leaf) { return leaf.setting == setting; });
}

}  // namespace

bool MattersTo(const domain::Rule& rule, const domain::Event& event) {
  if (event.type == EventType::kSettingChanged) {
    domain::SettingChangedView view;
    return domain::ReadSettingChanged(event, view) && Reads(rule, view.setting);
  }
  if (event.type == EventType::kSourceSeen) {
    const auto seen = domain::Decode<domain::SourceSeen>(event);
    return seen && Reads(rule, seen->setting);
  }
  if (event.type != EventType::kTickElapsed) return false;
  const auto tick = domain::Decode<domain::TickElapsed>(event);
  return tick && std::ranges::any_of(tick->due, [&](const domain::Deadline& due) {
           return Reads(rule, due.setting);
         });
}

Result<std::vector<BackTestVerdict>> BackTest(const domain::Rule& rule,
                                              const domain::RuleParams& params,
                                              std::vector<domain::Event> events,
                                              const DocumentOfChange& document_of) {
  std::ranges::sort(events, {}, [](const domain::Event& event) {
    return std::pair(event.effective, event.position);
  });
  Judge judge(rule, params, document_of);
  for (const auto& event : events) ASSAYD_CHECK(judge.Take(event));
  return std::move(judge.verdicts);
}

}  // namespace assayd::projections
