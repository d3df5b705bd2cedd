#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/catalogue.h"
#include "domain/control_tally.h"
#include "domain/payloads.h"
#include "domain/unit_states.h"

namespace assayd::domain {

/// An assessment of a tenant: a template that is worked on in a group.
struct Assessment {
  std::string id;
  std::string title;
  std::string template_id;
  std::string group;
  /// Whose controls it has; null: those of the catalogue that the tenant is judged by. A new
  /// catalogue changes them when somebody accepts that, rules and points at once (event-model).
  std::shared_ptr<const Catalogue> structure{};
  std::optional<Digest> deferred{};  ///< of the catalogue whose controls were put off
  bool archived = false;             ///< counts no longer
  std::vector<std::string> services{};
  std::vector<Exclusion> excluded{};  ///< actions that do not count in it, by action
  bool operator==(const Assessment&) const = default;
};

/// Which units are scored, and in which controls and assessments each counts, as flat arrays. A
/// unit is an action counted once: per tenant, or per group (D-1). Immutable; tenants with the same
/// catalogue and assessments share one.
class ScoreLayout {
 public:
  struct Unit {
    std::uint32_t action = 0;  ///< index in the catalogue
    std::uint32_t group = 0;   ///< index in groups; 0 is "" (once per tenant)
  };
  struct Control {
    std::uint32_t assessment = 0;
    const TemplateControl* content = nullptr;
    std::uint32_t units = 0;  ///< how many distinct units it has
  };

  ScoreLayout(std::shared_ptr<const Catalogue> catalogue, std::vector<Assessment> assessments,
              ScoringProfile profile = ScoringProfile::kDefault);

  [[nodiscard]] const Catalogue& catalogue() const { return *catalogue_; }
  [[nodiscard]] const std::shared_ptr<const Catalogue>& shared_catalogue() const {
    return catalogue_;
  }
  [[nodiscard]] const std::vector<Assessment>& assessments() const { return assessments_; }
  /// The content of an assessment with actions of this catalogue: those that it has no longer are
  /// left out. Null for an archived one, and where the template is in neither catalogue.
  [[nodiscard]] const Template* TemplateOf(std::size_t assessment) const {
    return templates_[assessment];
  }
  [[nodiscard]] const std::vector<Unit>& units() const {
    return units_;
  }  ///< by (action id, group)
  [[nodiscard]] const std::vector<Control>& controls() const { return controls_; }
  [[nodiscard]] const std::vector<std::string>& groups() const { return groups_; }

  [[nodiscard]] const Action& ActionOf(std::uint32_t unit) const {
    return catalogue_->actions[units_[unit].action];
  }
  [[nodiscard]] const std::string& GroupOf(std::uint32_t unit) const {
    return groups_[units_[unit].group];
  }
  [[nodiscard]] MicroPoints MaxOf(std::uint32_t unit) const { return max_points_[unit]; }
  /// Controls in which a unit counts, each once.
  [[nodiscard]] std::span<const std::uint32_t> ControlsOf(std::uint32_t unit) const {
    return {control_edges_.data() + control_begin_[unit],
            control_begin_[unit + 1] - control_begin_[unit]};
  }
  [[nodiscard]] std::span<const std::uint32_t> AssessmentsOf(std::uint32_t unit) const {
    return {assessment_edges_.data() + assessment_begin_[unit],
            assessment_begin_[unit + 1] - assessment_begin_[unit]};
  }
  [[nodiscard]] ScoringProfile profile() const { return profile_; }
  /// How often a unit counts overall: once, or in the profile of 2020 once per control.
  [[nodiscard]] std::uint32_t WeightOf(std::uint32_t unit) const {
    return profile_ == ScoringProfile::kDefault
               ? 1
               : static_cast<std::uint32_t>(ControlsOf(unit).size());
  }
  /// The same within an assessment that it counts in.
  [[nodiscard]] std::uint32_t WeightIn(std::uint32_t unit, std::uint32_t assessment) const;
  /// Units of an action: one, or one per group in which it counts.
  [[nodiscard]] std::span<const std::uint32_t> UnitsOf(std::uint32_t action) const;
  /// The unit of an action in a group ("" for one that counts once per tenant).
  [[nodiscard]] std::optional<std::uint32_t> Find(std::string_view action,
                                                  std::string_view group) const;
  /// Controls that have more units than eight bits count, ascending; nearly always none.
  [[nodiscard]] const std::vector<std::uint32_t>& wide_controls() const { return wide_controls_; }
  /// Those of a unit, as indices in wide_controls.
  [[nodiscard]] std::span<const std::uint32_t> WideControlsOf(std::uint32_t unit) const {
    return {wide_edges_.data() + wide_begin_[unit], wide_begin_[unit + 1] - wide_begin_[unit]};
  }

  /// Before anything is known: not implemented and untested; automatic ones wait to be detected and
  /// are unknown; Microsoft's are implemented and passed.
  [[nodiscard]] static ActionState InitialState(const Action& action);
  /// What every tenant begins with, to be copied: what a tenant never changes is held once.
  [[nodiscard]] const UnitStates& initial_units() const { return initial_units_; }
  [[nodiscard]] const ControlTally& initial_tally() const { return initial_tally_; }

 private:
  void FindTemplates();
  void CollectUnits();
  void ConnectControls();
  void IndexUnits();

  std::shared_ptr<const Catalogue> catalogue_;  // owned by the log's reader and by every layout
  std::vector<Assessment> assessments_;
  ScoringProfile profile_;
  std::vector<const Template*> templates_;  ///< by assessment
  std::vector<std::unique_ptr<const Template>> translated_;
  std::vector<std::string> groups_{""};
  std::vector<Unit> units_;
  std::vector<MicroPoints> max_points_;
  std::vector<Control> controls_;
  std::vector<std::uint32_t> control_begin_;
  std::vector<std::uint32_t> control_edges_;
  std::vector<std::uint32_t> assessment_begin_;
  std::vector<std::uint32_t> assessment_edges_;
  std::vector<std::uint32_t> action_begin_;
  std::vector<std::uint32_t> action_units_;
  std::vector<std::uint32_t> wide_controls_;
  std::vector<std::uint32_t> wide_begin_;
  std::vector<std::uint32_t> wide_edges_;
  UnitStates initial_units_;
  ControlTally initial_tally_;
};

/// Gives tenants with the same catalogue and assessments the same layout. Safe from every thread.
class LayoutCache {
 public:
  std::shared_ptr<const ScoreLayout> Get(const std::shared_ptr<const Catalogue>& catalogue,
                                         const std::vector<Assessment>& assessments,
                                         ScoringProfile profile = ScoringProfile::kDefault);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<const ScoreLayout>> layouts_;
};

}  // namespace assayd::domain
