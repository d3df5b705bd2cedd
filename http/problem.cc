#include "http/problem.h"

#include <fmt/format.h>

#include "http/status.h"

namespace assayd::http {
namespace {

// The details are sentences of ours, but one may quote an option.
std::string EscapeJson(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      escaped += '\\';
      escaped += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      escaped += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// 32 hexadecimal digits with the dashes of RFC 9562.
std::string AsUrn(std::string_view id) {
  if (id.size() != 32) return "about:blank";
  return fmt::format("urn:uuid:{}-{}-{}-{}-{}", id.substr(0, 8), id.substr(8, 4), id.substr(12, 4),
                     id.substr(16, 4), id.substr(20));
}

}  // namespace

Response MakeProblem(const Rejection& rejection, std::string_view request_id) {
  Response response{.status = rejection.status, .headers = rejection.headers};
  response.headers.push_back({"Content-Type", "application/problem+json"});
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = fmt::format(
      R"({{"type":"about:blank","title":"{}","status":{},"detail":"{}","instance":"{}","request_id":"{}"}})",
      ReasonPhrase(rejection.status), rejection.status, EscapeJson(rejection.detail),
      AsUrn(request_id), EscapeJson(request_id));
  return response;
}

}  // namespace assayd::http
