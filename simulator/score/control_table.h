#pragma once

#include <span>
#include <string>
#include <string_view>

namespace assayd::simulator {

/// Names, categories and maxima as Secure Score has them; titles in our own words.
struct Control {
  std::string_view id;
  std::string_view title;
  int max_score;
};

/// Controls that share everything else.
struct ControlGroup {
  std::string_view category;
  std::string_view service;
  std::string_view product;  ///< for titles and remediation texts
  std::string_view tier;
  std::string_view user_impact;  ///< "" is null, as the service really sends it
  std::string_view cost;
  int rank;
  std::span<const Control> controls;
};

std::span<const ControlGroup> IdentityControls();
std::span<const ControlGroup> OfficeControls();
std::span<const ControlGroup> DefenderControls();
std::span<const ControlGroup> ConnectedAppControls();

}  // namespace assayd::simulator
