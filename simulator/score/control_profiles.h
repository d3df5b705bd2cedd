#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "simulator/score/control_table.h"

namespace assayd::simulator {

/// One control with the group that says the rest about it.
struct ControlEntry {
  const Control* control;
  const ControlGroup* group;
};

/// Every control, by id without regard to case. Built once.
const std::vector<ControlEntry>& AllControls();
/// Null when there is none of that id.
const ControlEntry* FindControl(std::string_view id);

/// The tenant's control profiles, all of them, as Graph v1.0 writes them: about 230, more than one
/// page holds.
Json MakeControlProfiles(const std::string& tenant_id);

/// Who speaks in profiles and snapshots.
Json VendorInformation();

}  // namespace assayd::simulator
