#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "domain/event.h"

/// Old events stay as they were written, because their bytes are hashed. Where a later version of
/// this program gives a type another payload, it raises the type's version in event.cc, changes the
/// struct in payloads.h, and adds one step here that brings a payload of the version before to the
/// new one.
namespace assayd::domain {

struct UpcastStep {
  EventType type;
  std::uint16_t from;  ///< brings `from` to `from + 1`
  Result<std::string> (*apply)(std::string_view data);
};

/// The steps of this version.
std::span<const UpcastStep> UpcastSteps();

/// The payload of an event in the version `to`, step by step. kUnknownEvent, with the event's
/// place, when a step is missing; a step's own error.
Result<std::string> UpcastPayload(const Event& event, std::uint16_t to,
                                  std::span<const UpcastStep> steps);

}  // namespace assayd::domain
