#include "domain/catalogue.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace assayd::domain {

std::string_view ToText(Category category) {
  static constexpr std::array<std::string_view, kCategoryCount> kTexts{
      "control_access",      "manage_devices",     "protect_against_threats",
      "protect_information", "govern_information", "discover_and_respond"};
  return kTexts[static_cast<std::size_t>(category)];
}
std::string_view ToText(ActionType type) {
  static constexpr std::array<std::string_view, 3> kTexts{"technical", "documentation",
                                                          "operational"};
  return kTexts[static_cast<std::size_t>(type)];
}
std::string_view ToText(Purpose purpose) {
  static constexpr std::array<std::string_view, 3> kTexts{"preventative", "detective",
                                                          "corrective"};
  return kTexts[static_cast<std::size_t>(purpose)];
}
std::string_view ToText(Enforcement enforcement) {
  return enforcement == Enforcement::kMandatory ? "mandatory" : "discretionary";
}
std::string_view ToText(ManagedBy managed_by) {
  return managed_by == ManagedBy::kCustomer ? "customer" : "microsoft";
}

MicroPoints PointsFor(Purpose purpose, Enforcement enforcement) {
  const bool mandatory = enforcement == Enforcement::kMandatory;
  if (purpose == Purpose::kPreventative) return WholePoints(mandatory ? 27 : 9);
  return WholePoints(mandatory ? 3 : 1);
}

void Catalogue::Index() {
  action_index_ = NameIndex(actions.size());
  setting_index_ = NameIndex(settings.size());
  for (std::uint32_t i = 0; i < actions.size(); ++i) action_index_.Add(actions[i].id, i);
  for (std::uint32_t i = 0; i < settings.size(); ++i) setting_index_.Add(settings[i].name, i);
  for (std::uint32_t a = 0; a < actions.size(); ++a) {
    if (!actions[a].rule) continue;
    const auto& rule_leaves = actions[a].rule->leaves();
    for (std::uint32_t l = 0; l < rule_leaves.size(); ++l) {
      leaves.push_back({a, l, *setting_index_.Find(rule_leaves[l].setting)});
    }
  }
  std::ranges::sort(leaves, {}, [](const LeafPlace& place) {
    return std::tuple(place.setting, place.action, place.leaf);
  });
  leaves_of_action_.resize(actions.size());
  for (std::uint32_t place = 0; place < leaves.size(); ++place) {
    auto& of_action = leaves_of_action_[leaves[place].action];
    of_action.resize(actions[leaves[place].action].rule->leaves().size());
    of_action[leaves[place].leaf] = place;
  }
  setting_first_leaf_.assign(settings.size() + 1, leaves.size());
  for (std::size_t place = leaves.size(); place-- > 0;) {
    setting_first_leaf_[leaves[place].setting] = place;
  }
  for (std::size_t s = settings.size(); s-- > 0;) {
    setting_first_leaf_[s] = std::min(setting_first_leaf_[s], setting_first_leaf_[s + 1]);
  }
}

std::optional<std::uint32_t> Catalogue::FindAction(std::string_view id) const {
  return action_index_.Find(id);
}

std::optional<std::uint32_t> Catalogue::FindSetting(std::string_view name) const {
  return setting_index_.Find(name);
}

const TemplateControl* Template::FindControl(std::string_view control_id) const {
  const auto found = std::ranges::find(controls, control_id, &TemplateControl::id);
  return found == controls.end() ? nullptr : &*found;
}

bool SameControls(const Catalogue& a, const Catalogue& b, std::string_view template_id) {
  const Template* const left = a.FindTemplate(template_id);
  const Template* const right = b.FindTemplate(template_id);
  if (left == nullptr || right == nullptr) return left == right;
  return std::ranges::equal(left->controls, right->controls, [&](const auto& l, const auto& r) {
    return l.id == r.id && l.family == r.family && l.title == r.title &&
           std::ranges::equal(l.actions, r.actions, [&](const auto& x, const auto& y) {
             return x.relation == y.relation && a.actions[x.action].id == b.actions[y.action].id;
           });
  });
}

const Template* Catalogue::FindTemplate(std::string_view id) const {
  const auto found = std::ranges::lower_bound(templates, id, {}, &Template::id);
  return found != templates.end() && found->id == id ? &*found : nullptr;
}

std::pair<std::size_t, std::size_t> Catalogue::LeavesOf(std::uint32_t setting) const {
  return {setting_first_leaf_[setting], setting_first_leaf_[setting + 1]};
}

const std::vector<std::uint32_t>& Catalogue::LeavesOfAction(std::uint32_t action) const {
  return leaves_of_action_[action];
}

}  // namespace assayd::domain
