#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace assayd {

using Json = nlohmann::json;

/// Bounds of a text that comes from outside.
struct JsonLimits {
  std::size_t bytes_max = 1'048'576;
  std::size_t depth_max = 32;
  std::size_t values_max = 1'000'000;
  std::size_t members_max = 100'000;  ///< of one object
};

/// Parses exactly one JSON value (RFC 8259). Stricter than the library: duplicate keys, numbers
/// that no double holds (1e400), ill-formed UTF-8, lone surrogates, a byte order mark, and whatever
/// exceeds `limits` are refused. kTooLarge for size, depth and count, kMalformed for the rest; the
/// context names the byte.
Result<Json> ParseJson(std::string_view text, const JsonLimits& limits = {});

/// Compact, keys in bytewise order, shortest numbers: the same value gives the same bytes
/// everywhere.
std::string DumpJson(const Json& value);

}  // namespace assayd
