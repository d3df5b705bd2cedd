#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "http/server.h"

namespace assayd::simulator {

/// A request on its way to an endpoint.
struct Call {
  const http::Request& request;
  TimePoint now;           ///< the tenants' clock
  TimePoint clients_now;   ///< the clients' clock
  std::string origin;      ///< "http://127.0.0.1:8788", as the client called this server
  std::string request_id;  ///< a UUID, in the answer's headers and error bodies
  bool is_stale = false;   ///< settings are those of `now`, which lies in the past
};

/// What an endpoint answers, before faults and framing. A body is a JSON tree or bytes, not both.
struct Answer {
  int status = 200;
  std::vector<http::Field> headers{};
  std::optional<Json> json{};
  std::string bytes{};
};

/// The bytes of the body.
std::string BodyOf(const Answer& answer);
/// With `application/json` as Content-Type where none is set.
http::Response ToResponse(const Answer& answer);

/// The first header of that name, compared without case; null when there is none.
const std::string* FindHeader(const Answer& answer, std::string_view name);
void SetHeader(Answer& answer, std::string_view name, std::string value);

/// An RFC 9457 problem, the error form of the control endpoint.
Answer Problem(int status, std::string title, std::string detail);

/// Seconds without fraction, as Graph writes most times: "2026-11-22T17:21:04Z".
std::string SecondsText(TimePoint time);
/// "2026-11-22".
std::string DateText(TimePoint time);
TimePoint DayOf(TimePoint time);
/// The midnight that a text of the form "2026-11-22" names.
std::optional<TimePoint> ParseDate(std::string_view text);

}  // namespace assayd::simulator
