#pragma once

#include <string>
#include <string_view>

namespace assayd::simulator {

/// The services that the simulator plays on one port.
enum class Service { kToken, kGraph, kExchange, kActivity, kControl };

/// Where a request goes.
struct Target {
  Service service = Service::kGraph;
  std::string tenant;  ///< as it stands in the path; empty for Graph and control
  std::string rest;    ///< what follows, for the activity feed and the control endpoint
};

/// By the path, decoded. What nothing else claims is Graph's to refuse.
Target FindTarget(std::string_view path);

}  // namespace assayd::simulator
