#include "projections/timeline.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "domain/scoring.h"

namespace assayd::projections {
namespace {

/// Folds the events and notes down what the fold reports.
class Teller final : public domain::TenantState::Observer {
 public:
  Teller(domain::TenantId tenant, const domain::TenantState::Content& content)
      : state_(tenant), content_(content) {}

  Result<> Tell(const domain::Event& event) {
    if (!IsUnderWay(event) || !domain::IsOfAssessments(event.type)) state_.Settle(content_, this);
    Begin(event);
    leads_ = false;
    ASSAYD_CHECK(state_.ApplyNext(event, content_, this));
    timeline_.position = std::max(timeline_.position, event.position);
    return Note(event);
  }

  void Sample(TimePoint time) {
    state_.Settle(content_, this);
    timeline_.series.push_back(
        {time, state_.ready() ? std::optional(board_.overall()) : std::nullopt, AcceptedAt(time)});
  }

  Timeline Finish() && {
    state_.Settle(content_, this);
    EndChange();
    for (auto& [unit, gap] : open_gaps_) timeline_.gaps.push_back(std::move(gap));
    std::ranges::sort(timeline_.gaps, {}, &CoverageGap::since);
    GatherRegressions();
    return std::move(timeline_);
  }

  void OnUnit(const domain::Event& event, const domain::UnitChange& change) override {
    const domain::ScoreLayout& layout = *state_.layout;
    board_.Apply(change);
    std::vector<Loss> changed;
    regressions_.Apply(event, change, layout, &changed);
    const Subject subject{layout.ActionOf(change.unit).id, layout.GroupOf(change.unit)};
    for (const Loss& loss : changed) losses_[{loss.position, subject}] = loss;
    const domain::MicroPoints max = layout.MaxOf(change.unit);
    ActionDelta delta{layout.ActionOf(change.unit).id, layout.GroupOf(change.unit), max,
                      domain::KnownPoints(change.before, max),
                      domain::KnownPoints(change.after, max)};
    if (delta.before != delta.after ||
        domain::IsOutOfScope(change.before) != domain::IsOutOfScope(change.after)) {
      leads_ = LeadsWith(delta);
      if (leads_) change_->cause = change.cause;
      change_->actions.push_back(delta);
    }
    NoteGap(event, change, delta);
  }

  void OnLayout() override {
    board_ = Scoreboard(state_.layout, state_.units);
    if (old_layout_) {
      regressions_.Carry(*old_layout_, *state_.layout);
      EndLossesOfWhatIsGone();
      open_gaps_.clear();
    }
    old_layout_ = state_.layout;
  }

 private:
  /// What is left of actions whose risk is accepted.
  [[nodiscard]] AcceptedRisks AcceptedAt(TimePoint time) const {
    AcceptedRisks accepted;
    if (!state_.layout || !state_.workflows) return accepted;
    for (const auto& [key, record] : *state_.workflows) {
      if (domain::StatusAt(record->workflow, time) != domain::WorkStatus::kRiskAccepted) continue;
      const auto unit = state_.layout->Find(key.first, key.second);
      if (!unit) continue;
      const auto part = domain::Contribute(state_.units.Get(*unit), state_.layout->MaxOf(*unit));
      ++accepted.actions;
      accepted.points_left += part.max_points - part.points;
    }
    return accepted;
  }

  /// An action in a group: a unit, whatever number it has in a layout.
  struct Subject {
    std::string action;
    std::string group;
    auto operator<=>(const Subject&) const = default;
  };

  /// Whether the change is told as this action's: what moved most points that are known.
  bool LeadsWith(const ActionDelta& delta) {
    const bool known = delta.before && delta.after;
    const domain::MicroPoints weight = known ? std::abs(*delta.after - *delta.before) : -1;
    if (!change_->actions.empty() && weight <= heaviest_) return false;
    heaviest_ = weight;
    return true;
  }

  [[nodiscard]] bool IsUnderWay(const domain::Event& event) const {
    return change_ && change_->unit == event.unit && change_->time == event.effective;
  }

  void Begin(const domain::Event& event) {
    if (IsUnderWay(event)) return;
    EndChange();
    change_.emplace();
    change_->time = event.effective;
    change_->unit = event.unit;
    change_->edit = event.unit;
    change_->recorded = event.recorded;
    change_->origin = event.origin;
    change_->source = event.source;
    change_->before = board_.overall();
  }

  void EndChange() {
    if (!change_) return;
    change_->after = board_.overall();
    if (catalogue_change_) {
      catalogue_change_->setting = change_->setting;
      catalogue_change_->before = change_->before;
      catalogue_change_->after = change_->after;
      timeline_.catalogue_changes.push_back(*std::exchange(catalogue_change_, std::nullopt));
    }
    // What a first look at a tenant finds is no change of anything.
    if (!change_->actions.empty()) {
      timeline_.changes.push_back(*std::move(change_));
    } else if (const auto* const edit = EditUnderWay(); edit != nullptr && edit->previous_read) {
      change_->setting = edit->setting;
      timeline_.idle.push_back(*std::move(change_));
    }
    change_.reset();
  }

  [[nodiscard]] const SettingEdit* EditUnderWay() const {
    const auto& edits = timeline_.edits;
    const bool has =
        !edits.empty() && edits.back().unit == change_->unit && edits.back().read == change_->time;
    return has ? &edits.back() : nullptr;
  }

  /// The edit of the change's setting that was made since its action was out of sight.
  [[nodiscard]] std::uint64_t EditUnseen(TimePoint since) const {
    for (auto edit = timeline_.edits.rbegin(); edit != timeline_.edits.rend(); ++edit) {
      if (edit->setting == change_->setting && edit->read >= since) return edit->unit;
    }
    return change_->unit;
  }

  Result<> Note(const domain::Event& event) {
    switch (event.type) {
      case domain::EventType::kSettingChanged:
        return NoteEdit(event);
      case domain::EventType::kAuditRecorded: {
        ASSAYD_TRY(auto record, domain::Decode<domain::AuditRecorded>(event));
        timeline_.audits.push_back({std::move(record), std::string(event.source),
                                    std::string(event.id), event.effective, event.recorded});
        return {};
      }
      case domain::EventType::kTenantRejudged: {
        ASSAYD_TRY(const auto rejudged, domain::Decode<domain::TenantRejudged>(event));
        if (event.effective != kBeginningOfTime)
          catalogue_change_ = {event.effective, rejudged.catalogue_version, {}, {}, {}, {}};
        return {};
      }
      case domain::EventType::kRegressionAcknowledged: {
        ASSAYD_TRY(const auto payload, domain::Decode<domain::RegressionAcknowledged>(event));
        regressions_.Apply(event, payload);
        const auto position = ParseRegressionId(event.shard, payload.regression);
        for (auto& [key, loss] : losses_) loss.acknowledged |= key.first == position;
        return {};
      }
      case domain::EventType::kRegressionMuted: {
        ASSAYD_TRY(const auto payload, domain::Decode<domain::RegressionMuted>(event));
        regressions_.Apply(event, payload);
        const auto position = ParseRegressionId(event.shard, payload.regression);
        for (auto& [key, loss] : losses_) {
          if (key.first == position) loss.muted_until = payload.until;
        }
        return {};
      }
      case domain::EventType::kActionChanged: {
        ASSAYD_TRY(auto payload, domain::Decode<domain::ActionChanged>(event));
        if (leads_) change_->setting = std::move(payload.setting);
        if (leads_ && payload.before.unknown_since && !payload.after.unknown_since)
          change_->edit = EditUnseen(*payload.before.unknown_since);
        if (event.origin == domain::Origin::kCatalogue) change_->origin = event.origin;
        const bool of_catalogue = payload.cause == domain::Cause::kCatalogue;
        if (of_catalogue && !catalogue_change_ && event.effective != kBeginningOfTime)
          catalogue_change_ = {event.effective, payload.catalogue_version, {}, {}, {}, {}};
        return {};
      }
      case domain::EventType::kAssessmentCreated: {
        ASSAYD_TRY(auto payload, domain::Decode<domain::AssessmentCreated>(event));
        return NoteScope(event, std::move(payload.assessment));
      }
      case domain::EventType::kAssessmentChanged: {
        ASSAYD_TRY(auto payload, domain::Decode<domain::AssessmentChanged>(event));
        return NoteScope(event, std::move(payload.assessment));
      }
      case domain::EventType::kScoringConfigured:
      case domain::EventType::kProviderConfigured:
        return NoteScope(event, {});
      default:
        return {};
    }
  }

  /// Another set of assessments, or another way to make sums, gives other points; at the beginning
  /// there was none.
  Result<> NoteScope(const domain::Event& event, std::string assessment) {
    if (event.effective == kBeginningOfTime) return {};
    const auto catalogue = state_.catalogue();
    catalogue_change_ = {
        event.effective, catalogue ? catalogue->version : 0, {}, std::move(assessment), {}, {}};
    return {};
  }

  Result<> NoteEdit(const domain::Event& event) {
    ASSAYD_TRY(auto payload, domain::Decode<domain::SettingChanged>(event));
    SettingEdit edit;
    edit.unit = event.unit;
    edit.setting = payload.setting;
    edit.read = event.effective;
    edit.previous_read = payload.previous_read;
    edit.hash = payload.hash;
    edit.pointers = std::move(payload.pointers);
    edit.recorded = event.recorded;
    edit.origin = event.origin;
    const auto before = hashes_.find(edit.setting);
    if (before != hashes_.end()) edit.previous_hash = before->second;
    if (payload.judged) hashes_[edit.setting] = edit.hash;
    timeline_.edits.push_back(std::move(edit));
    return {};
  }

  void NoteGap(const domain::Event& event, const domain::UnitChange& change,
               const ActionDelta& delta) {
    const auto open = open_gaps_.find(change.unit);
    if (change.after.unknown_since && !change.before.unknown_since) {
      open_gaps_[change.unit] = {delta.action, delta.group, delta.max_points,
                                 *change.after.unknown_since, std::nullopt};
    } else if (!change.after.unknown_since && open != open_gaps_.end()) {
      open->second.until = event.effective;
      timeline_.gaps.push_back(std::move(open->second));
      open_gaps_.erase(open);
    }
  }

  /// What is scored no longer can neither come back nor be lost any more.
  void EndLossesOfWhatIsGone() {
    for (auto& [key, loss] : losses_) {
      if (!loss.recovered && !state_.layout->Find(key.second.action, key.second.group))
        loss.recovered = state_.newest;
    }
  }

  /// Losses of one input are one regression.
  void GatherRegressions() {
    std::map<std::uint64_t, Regression> gathered;
    std::map<std::uint64_t, bool> open;
    for (const auto& [key, loss] : losses_) open[loss.position] |= !loss.recovered;
    for (const auto& [key, loss] : losses_) {
      Regression& regression = gathered[loss.position];
      regression.position = loss.position;
      regression.occurred = loss.occurred;
      if (loss.last_position >= regression.last_position) {
        regression.last_position = loss.last_position;
        regression.last_occurred = loss.last_occurred;
        regression.cause = loss.cause;
      }
      const Subject& subject = key.second;
      // What came back costs nothing while others are still missing.
      const domain::MicroPoints lost = !loss.recovered       ? loss.lost
                                       : open[loss.position] ? 0
                                                             : loss.lost_most;
      regression.actions.push_back({subject.action, subject.group, lost});
      regression.points_lost += lost;
      regression.flaps = std::max<std::uint32_t>(regression.flaps, loss.flaps);
      regression.acknowledged |= loss.acknowledged;
      regression.muted_until = std::max(regression.muted_until, loss.muted_until);
      if (loss.recovered) {
        regression.recovered =
            std::max(regression.recovered.value_or(*loss.recovered), *loss.recovered);
      }
    }
    for (auto& [position, regression] : gathered) {
      if (open[position]) regression.recovered.reset();
      regression.edit = regression.last_position;
      const auto change = std::ranges::find_if(timeline_.changes, [&](const ScoreChange& each) {
        return each.unit == regression.last_position && each.time == regression.last_occurred;
      });
      if (change != timeline_.changes.end()) {
        regression.judged = change->recorded;
        regression.setting = change->setting;
        regression.edit = change->edit;
        regression.source = change->source;
        regression.before = change->before.points;
        regression.after = change->after.points;
      }
      timeline_.regressions.push_back(std::move(regression));
    }
    std::ranges::sort(timeline_.regressions, {}, [](const Regression& each) {
      return std::pair(each.occurred, each.position);
    });
  }

  domain::TenantState state_;
  const domain::TenantState::Content& content_;
  Scoreboard board_;
  Regressions regressions_;
  std::shared_ptr<const domain::ScoreLayout> old_layout_;
  std::optional<ScoreChange> change_;
  std::optional<CatalogueChange> catalogue_change_;  ///< that the change under way is
  std::map<std::pair<std::uint64_t, Subject>, Loss> losses_;
  std::map<std::uint32_t, CoverageGap> open_gaps_;
  domain::MicroPoints heaviest_ = -1;  ///< of change_'s actions: what the one moved that leads
  bool leads_ = false;                 ///< the event at hand moved the action that leads change_
  std::map<std::string, Digest> hashes_;
  Timeline timeline_;
};

}  // namespace

Result<Timeline> TellTimeline(const domain::History& history,
                              const domain::TenantState::Content& content,
                              const TimelineOptions& options) {
  Teller teller(history.tenant(), content);
  auto sample = options.sample_at.begin();
  constexpr std::size_t kEventsPerQuestion = 1'024;
  std::size_t told = 0;
  for (const auto& event : history) {
    if (event.effective > options.until) break;
    if (options.go_on && told++ % kEventsPerQuestion == 0) ASSAYD_CHECK(options.go_on());
    for (; sample != options.sample_at.end() && *sample < event.effective; ++sample)
      teller.Sample(*sample);
    if (event.position <= options.position_max) ASSAYD_CHECK(teller.Tell(event));
  }
  for (; sample != options.sample_at.end(); ++sample) teller.Sample(*sample);
  return std::move(teller).Finish();
}

}  // namespace assayd::projections
