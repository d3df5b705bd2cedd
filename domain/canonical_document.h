#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/json.h"

namespace assayd::domain {

/// A document as it may be judged and stored.
struct CanonicalDocument {
  Json value;
  std::string text;            ///< DumpJson(value)
  std::size_t dropped = 0;     ///< non-empty fields that no schema lists
  std::string dropped_sample;  ///< pointer of the first
};

}  // namespace assayd::domain
