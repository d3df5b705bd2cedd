#include "simulator/score/control_profiles.h"

#include <algorithm>

#include "base/text.h"

namespace assayd::simulator {
namespace {

std::vector<ControlEntry> Collect() {
  std::vector<ControlEntry> entries;
  for (const auto groups :
       {IdentityControls(), OfficeControls(), DefenderControls(), ConnectedAppControls()}) {
    for (const auto& group : groups) {
      for (const auto& control : group.controls) entries.push_back({&control, &group});
    }
  }
  std::ranges::sort(entries, {}, [](const auto& entry) { return ToLowerAscii(entry.control->id); });
  return entries;
}

// The service writes null and the word Unknown side by side.
Json Rating(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string ActionUrl(const ControlGroup& group) {
  if (group.service == "AzureAD") return "https://entra.microsoft.com/";
  if (group.service == "MIP") return "https://purview.microsoft.com/";
  if (group.service == "EXO") return "https://admin.exchange.microsoft.com/";
  if (group.service == "Intune") return "https://intune.microsoft.com/";
  if (group.service == "MDO" || group.service == "Azure ATP") {
    return "https://security.microsoft.com/";
  }
  return "https://security.microsoft.com/securescore";
}

Json MakeProfile(const ControlEntry& entry, const std::string& tenant_id) {
  const auto& [control, group] = entry;
  const auto product = std::string(group->product);
  const auto title = std::string(control->title);
  const bool is_connected_app = group->service.starts_with("MDA_");
  return {{"id", control->id},
          {"azureTenantId", tenant_id},
          {"actionType", "Config"},
          {"actionUrl", ActionUrl(*group)},
          {"controlCategory", group->category},
          {"title", is_connected_app ? product + ": " + title : title},
          {"deprecated", false},
          {"implementationCost", Rating(group->cost)},
          {"lastModifiedDateTime", nullptr},
          {"maxScore", control->max_score},
          {"rank", group->rank},
          {"remediation", "<p>Open the settings of " + product + ".</p><p>Find <em>" + title +
                              "</em> and apply it to everybody.</p>"},
          {"remediationImpact", "<p>Tell the people concerned before it takes effect.</p>"},
          {"service", group->service},
          {"threats", Json::array({"Account breach", "Data Exfiltration"})},
          {"tier", group->tier},
          {"userImpact", Rating(group->user_impact)},
          {"vendorInformation", VendorInformation()},
          {"complianceInformation", Json::array()},
          {"controlStateUpdates", Json::array({Json{{"assignedTo", nullptr},
                                                    {"comment", nullptr},
                                                    {"state", "Default"},
                                                    {"updatedBy", nullptr},
                                                    {"updatedDateTime", nullptr}}})}};
}

}  // namespace

const std::vector<ControlEntry>& AllControls() {
  static const std::vector<ControlEntry> entries = Collect();
  return entries;
}

const ControlEntry* FindControl(std::string_view id) {
  const auto found = std::ranges::find_if(
      AllControls(), [&](const auto& entry) { return entry.control->id == id; });
  return found == AllControls().end() ? nullptr : &*found;
}

Json MakeControlProfiles(const std::string& tenant_id) {
  Json profiles = Json::array();
  for (const auto& entry : AllControls()) profiles.push_back(MakeProfile(entry, tenant_id));
  return profiles;
}

Json VendorInformation() {
  return {{"provider", "SecureScore"},
          {"providerVersion", nullptr},
          {"subProvider", nullptr},
          {"vendor", "Microsoft"}};
}

}  // namespace assayd::simulator
