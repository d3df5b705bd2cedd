#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"

namespace assayd::connectors {

/// Why a read says nothing (interface.md, "observation.failed").
enum class FailureReason : std::uint8_t {
  kThrottled,     ///< asked to wait: 429, 503
  kUnauthorized,  ///< no token, or not accepted twice: 401, AADSTS…
  kForbidden,     ///< a permission or a licence is missing: 403
  kNotFound,      ///< 404, 410, or nothing there yet
  kTimeout,       ///< no whole answer in time: also 408, 504
  kMalformed,     ///< not JSON, not the tenant's, not what the endpoint documents
  kIncomplete,    ///< cut off, looping, larger than what is read
  kSchema,        ///< lacks what its schema requires
  kTls,
  kDns,
  kRefused,  ///< no connection, or any other status: 3xx, 4xx, 5xx
  kStale,
};
std::string_view ToText(FailureReason reason);

struct Failure {
  FailureReason reason = FailureReason::kRefused;
  int status = 0;      ///< of HTTP; 0 when there was no answer
  std::string code;    ///< the service's own: "Authorization_RequestDenied", "AADSTS7000215"
  std::string detail;  ///< for people: bounded, on one line, without secrets, names, bodies
  std::string missing_permission;           ///< with kForbidden, where it is known
  std::optional<Milliseconds> retry_after;  ///< what the service asked for, capped
  bool too_large = false;  ///< than was asked for: asked again with more room, it may be read
  bool cancelled = false;  ///< by us, because the program ends: says nothing of the service

  /// For a log line.
  [[nodiscard]] std::string ToString() const;
};

/// The failure that an error of transport, parser or schema is.
Failure FailureFrom(const Error& error);
/// The reason that a status other than 200 stands for.
FailureReason ReasonOf(int status);
/// data of an observation.failed signal.
Json ToData(const Failure& failure);

template <class T>
using Outcome = std::expected<T, Failure>;

/// A piece of a service's message for people: control characters escaped, long words and what looks
/// like an address left out (they may be tokens or persons), at most 160 characters.
std::string Excerpt(std::string_view message);

}  // namespace assayd::connectors
