#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"

namespace assayd::http {

/// Why the listener itself refuses a request.
struct Rejection {
  int status = 400;
  std::string detail;  ///< one sentence for people; repeats nothing of the request
  std::vector<Field> headers{};
};

/// The RFC 9457 answer to a rejection. It names the request by its id alone (`instance` is that id
/// as a URN), so that no byte of a hostile request comes back.
Response MakeProblem(const Rejection& rejection, std::string_view request_id);

}  // namespace assayd::http
