#pragma once

#include <vector>

#include "config/settings.h"
#include "domain/catalogue.h"

namespace assayd::config {

/// Parameters of tenants that no rule of the catalogue has, then templates that it has not, each in
/// the order of the tenants with its place and what was probably meant: one that is misspelt would
/// have no effect, silently.
std::vector<SettingsProblem> CheckParameters(const Settings& settings,
                                             const domain::Catalogue& catalogue);

}  // namespace assayd::config
