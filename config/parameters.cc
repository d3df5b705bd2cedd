#include "config/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace assayd::config {

std::vector<SettingsProblem> CheckParameters(const Settings& settings,
                                             const domain::Catalogue& catalogue) {
  std::set<std::string> names;
  for (const auto& action : catalogue.actions) {
    for (const auto& [name, values] : action.params) names.insert(name);
  }
  const std::vector<std::string> known(names.begin(), names.end());
  std::vector<SettingsProblem> problems;
  for (const auto& tenant : settings.tenants) {
    for (const auto& [name, place] : tenant.param_places) {
      if (names.contains(name)) continue;
      const auto near = Closest(name, known);
      problems.push_back(
          {place, fmt::format("no rule of the catalogue has a parameter '{}'{}", name,
                              near ? fmt::format("; did you mean '{}'?", *near) : "")});
    }
  }
  std::vector<std::string> templates;
  for (const auto& content : catalogue.templates) templates.push_back(content.id);
  for (const auto& tenant : settings.tenants) {
    for (const auto& id : tenant.default_templates) {
      if (catalogue.FindTemplate(id) != nullptr) continue;
      const auto near = Closest(id, templates);
      problems.push_back({tenant.default_templates_place,
                          fmt::format("the catalogue has no template '{}'{}", id,
                                      near ? fmt::format("; did you mean '{}'?", *near) : "")});
    }
  }
  return problems;
}

}  // namespace assayd::config
