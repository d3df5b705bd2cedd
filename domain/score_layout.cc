#include "domain/score_layout.h"

#include <algorithm>
#include <limits>
#include <set>

#include "base/assert.h"

namespace assayd::domain {
namespace {

/// Compressed rows from a list of targets per row.
void Flatten(const std::vector<std::vector<std::uint32_t>>& rows, std::vector<std::uint32_t>& begin,
             std::vector<std::uint32_t>& edges) {
  begin.clear();
  edges.clear();
  for (const auto& row : rows) {
    begin.push_back(static_cast<std::uint32_t>(edges.size()));
    edges.insert(edges.end(), row.begin(), row.end());
  }
  begin.push_back(static_cast<std::uint32_t>(edges.size()));
}

/// The same controls with the actions of another catalogue.
Template Translate(Template content, const Catalogue& from, const Catalogue& to) {
  for (auto& control : content.controls) {
    std::vector<TemplateControl::ActionRef> kept;
    for (const auto& ref : control.actions) {
      if (const auto action = to.FindAction(from.actions[ref.action].id))
        kept.push_back({*action, ref.relation});
    }
    control.actions = std::move(kept);
  }
  return content;
}

/// The content without actions that were taken out of this assessment.
Template Without(Template content, const std::vector<Exclusion>& excluded,
                 const Catalogue& catalogue) {
  for (auto& control : content.controls) {
    std::erase_if(control.actions, [&](const TemplateControl::ActionRef& ref) {
      return std::ranges::find(excluded, catalogue.actions[ref.action].id, &Exclusion::action) !=
             excluded.end();
    });
  }
  return content;
}

}  // namespace

ScoreLayout::ScoreLayout(std::shared_ptr<const Catalogue> catalogue,
                         std::vector<Assessment> assessments, ScoringProfile profile)
    : catalogue_(std::move(catalogue)), assessments_(std::move(assessments)), profile_(profile) {
  FindTemplates();
  CollectUnits();
  IndexUnits();
  ConnectControls();
  initial_units_ = UnitStates(*this);
  initial_tally_ = ControlTally(*this, initial_units_);
}

void ScoreLayout::FindTemplates() {
  for (const auto& assessment : assessments_) {
    const Catalogue& structure = assessment.structure ? *assessment.structure : *catalogue_;
    const Template* content =
        assessment.archived ? nullptr : structure.FindTemplate(assessment.template_id);
    if (content != nullptr && &structure != catalogue_.get()) {
      translated_.push_back(
          std::make_unique<const Template>(Translate(*content, structure, *catalogue_)));
      content = translated_.back().get();
    }
    if (content != nullptr && !assessment.excluded.empty()) {
      translated_.push_back(
          std::make_unique<const Template>(Without(*content, assessment.excluded, *catalogue_)));
      content = translated_.back().get();
    }
    templates_.push_back(content);
  }
}

void ScoreLayout::CollectUnits() {
  std::set<std::string> names;
  for (const auto& assessment : assessments_) {
    if (!assessment.archived) names.insert(assessment.group);
  }
  groups_.insert(groups_.end(), names.begin(), names.end());
  // Actions are sorted by id and groups by name, so that pairs of indices sort like the texts.
  std::set<std::pair<std::uint32_t, std::uint32_t>> found;
  for (std::size_t a = 0; a < assessments_.size(); ++a) {
    const Template* const content = TemplateOf(a);
    if (content == nullptr) continue;
    const auto group = static_cast<std::uint32_t>(
        std::ranges::find(groups_.begin() + 1, groups_.end(), assessments_[a].group) -
        groups_.begin());
    for (const auto& control : content->controls) {
      for (const auto& ref : control.actions) {
        const bool once = catalogue_->actions[ref.action].CountsOncePerTenant();
        found.emplace(ref.action, once ? 0 : group);
      }
    }
  }
  for (const auto& [action, group] : found) {
    units_.push_back({action, group});
    max_points_.push_back(catalogue_->actions[action].max_points);
  }
}

void ScoreLayout::IndexUnits() {
  std::vector<std::vector<std::uint32_t>> of_action(catalogue_->actions.size());
  for (std::uint32_t unit = 0; unit < units_.size(); ++unit) {
    of_action[units_[unit].action].push_back(unit);
  }
  Flatten(of_action, action_begin_, action_units_);
}

void ScoreLayout::ConnectControls() {
  std::vector<std::vector<std::uint32_t>> controls_of(units_.size());
  std::vector<std::vector<std::uint32_t>> wide_of(units_.size());
  std::vector<std::vector<std::uint32_t>> assessments_of(units_.size());
  for (std::uint32_t a = 0; a < assessments_.size(); ++a) {
    const Template* const content = TemplateOf(a);
    if (content == nullptr) continue;
    for (const auto& control : content->controls) {
      const auto index = static_cast<std::uint32_t>(controls_.size());
      controls_.push_back({a, &control, static_cast<std::uint32_t>(control.actions.size())});
      const bool wide = control.actions.size() > std::numeric_limits<std::uint8_t>::max();
      if (wide) wide_controls_.push_back(index);
      for (const auto& ref : control.actions) {
        const Action& action = catalogue_->actions[ref.action];
        const auto unit =
            Find(action.id, action.CountsOncePerTenant() ? "" : assessments_[a].group);
        ASSAYD_ASSERT(unit.has_value());
        controls_of[*unit].push_back(index);
        if (wide) wide_of[*unit].push_back(static_cast<std::uint32_t>(wide_controls_.size() - 1));
        auto& of_unit = assessments_of[*unit];
        if (of_unit.empty() || of_unit.back() != a) of_unit.push_back(a);
      }
    }
  }
  Flatten(controls_of, control_begin_, control_edges_);
  Flatten(wide_of, wide_begin_, wide_edges_);
  Flatten(assessments_of, assessment_begin_, assessment_edges_);
}

std::uint32_t ScoreLayout::WeightIn(std::uint32_t unit, std::uint32_t assessment) const {
  if (profile_ == ScoringProfile::kDefault) return 1;
  return static_cast<std::uint32_t>(std::ranges::count_if(
      ControlsOf(unit),
      [&](std::uint32_t control) { return controls_[control].assessment == assessment; }));
}

std::span<const std::uint32_t> ScoreLayout::UnitsOf(std::uint32_t action) const {
  return {action_units_.data() + action_begin_[action],
          action_begin_[action + 1] - action_begin_[action]};
}

std::optional<std::uint32_t> ScoreLayout::Find(std::string_view action,
                                               std::string_view group) const {
  const auto index = catalogue_->FindAction(action);
  if (!index) return std::nullopt;
  // One unit, or one per group: nearly always few.
  for (const std::uint32_t unit : UnitsOf(*index)) {
    if (GroupOf(unit) == group) return unit;
  }
  return std::nullopt;
}

ActionState ScoreLayout::InitialState(const Action& action) {
  ActionState state;
  if (action.managed_by == ManagedBy::kMicrosoft) {
    state.implementation = ImplementationStatus::kImplemented;
    state.test = TestStatus::kPassed;
  } else if (action.IsAutomatic()) {
    state.test = TestStatus::kToBeDetected;
    state.unknown_since = kBeginningOfTime;
  }
  return state;
}

std::shared_ptr<const ScoreLayout> LayoutCache::Get(
    const std::shared_ptr<const Catalogue>& catalogue, const std::vector<Assessment>& assessments,
    ScoringProfile profile) {
  std::string key(AsText(catalogue->sha256));
  key.append(ToText(profile)).push_back('\0');
  for (const auto& assessment : assessments) {
    for (const auto* text :
         {&assessment.id, &assessment.title, &assessment.template_id, &assessment.group}) {
      key.append(*text).push_back('\0');
    }
    key.push_back(assessment.archived ? 'a' : ' ');
    if (assessment.structure) key.append("s").append(AsText(assessment.structure->sha256));
    if (assessment.deferred) key.append("d").append(AsText(*assessment.deferred));
    for (const auto& service : assessment.services) key.append("+").append(service);
    for (const auto& exclusion : assessment.excluded) {
      // With the text: the layout's list is what is told of the assessment.
      key.append("x").append(exclusion.action).push_back('\0');
      key.append(exclusion.justification.box.box).push_back('\0');
      key.append(exclusion.justification.source).append(exclusion.justification.id);
    }
    key.push_back('\0');
  }
  const std::lock_guard lock(mutex_);
  constexpr std::size_t kForgetAbove = 1'000;
  if (layouts_.size() > kForgetAbove) {
    std::erase_if(layouts_, [](const auto& entry) { return entry.second.expired(); });
  }
  std::weak_ptr<const ScoreLayout>& known = layouts_[key];
  auto layout = known.lock();
  if (!layout) {
    layout = std::make_shared<const ScoreLayout>(catalogue, assessments, profile);
    known = layout;
  }
  return layout;
}

}  // namespace assayd::domain
