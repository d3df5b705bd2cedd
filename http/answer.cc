#include "http/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>

#include "base/assert.h"
#include "base/log.h"
#include "base/text.h"
#include "http/status.h"
#include "http/token.h"

namespace assayd::http {
namespace {

constexpr std::array<std::string_view, 9> kOwnFields{
    "Connection", "Content-Length",    "Keep-Alive", "Proxy-Connection", "Server",
    "TE",         "Transfer-Encoding", "Upgrade",    "X-Request-Id",
};

bool IsOwnField(std::string_view name) {
  return std::ranges::any_of(
      kOwnFields, [&](std::string_view own) { return EqualsIgnoreCaseAscii(own, name); });
}

bool IsValue(std::string_view text) { return std::ranges::none_of(text, IsControlByte); }

bool Has(const std::vector<Field>& headers, std::string_view name) {
  return std::ranges::any_of(
      headers, [&](const Field& field) { return EqualsIgnoreCaseAscii(field.name, name); });
}

// RFC 9110 section 5.6.7. Written once a second and thread: formatting costs more than the rest.
const std::string& DateNow() {
  thread_local std::time_t written_at = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != written_at || text.empty()) {
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    text = fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                       kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                       kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
    written_at = now;
  }
  return text;
}

void AppendField(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

void AppendFrame(std::string& head, const AnswerFrame& frame) {
  switch (frame.body) {
    case AnswerFrame::Body::kLength:
      AppendField(head, "Content-Length", std::to_string(frame.length));
      break;
    case AnswerFrame::Body::kChunked:
      AppendField(head, "Transfer-Encoding", "chunked");
      break;
    case AnswerFrame::Body::kUntilClose:
    case AnswerFrame::Body::kNone:
      break;
  }
  if (!frame.keeps_alive) AppendField(head, "Connection", "close");
}

}  // namespace

std::string WriteAnswerHead(int status, const std::vector<Field>& headers,
                            const AnswerFrame& frame) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", status, ReasonPhrase(status));
  for (const auto& field : headers) {
    if (IsOwnField(field.name)) continue;
    if (!IsToken(field.name) || !IsValue(field.value)) {
      log::Warn("answer field dropped", {{"request_id", frame.request_id},
                                         {"field", IsToken(field.name) ? field.name : "?"}});
      continue;
    }
    AppendField(head, field.name, field.value);
  }
  if (!Has(headers, "Date")) AppendField(head, "Date", DateNow());
  if (!Has(headers, "X-Content-Type-Options")) {
    AppendField(head, "X-Content-Type-Options", "nosniff");
  }
  AppendField(head, "X-Request-Id", frame.request_id);
  AppendFrame(head, frame);
  head += "\r\n";
  return head;
}

bool HasNoBody(int status) { return status < 200 || status == 204 || status == 304; }

std::string WriteChunk(std::string_view chunk) {
  ASSAYD_ASSERT(!chunk.empty());
  return fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
}

}  // namespace assayd::http
