#include "connectors/failure.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace assayd::connectors {
namespace {

constexpr std::array<std::string_view, 12> kReasons{
    "throttled",  "unauthorized", "forbidden", "not_found", "timeout", "malformed",
    "incomplete", "schema",       "tls",       "dns",       "refused", "stale"};
constexpr std::size_t kDetailBytesMax = 300;
constexpr std::size_t kExcerptBytesMax = 160;
constexpr std::size_t kWordBytesMax = 40;

FailureReason ReasonOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTimeout:
      return FailureReason::kTimeout;
    case ErrorCode::kTls:
      return FailureReason::kTls;
    case ErrorCode::kDns:
      return FailureReason::kDns;
    case ErrorCode::kTooLarge:
    case ErrorCode::kIncomplete:
      return FailureReason::kIncomplete;
    case ErrorCode::kMalformed:
      return FailureReason::kMalformed;
    case ErrorCode::kSchema:
      return FailureReason::kSchema;
    case ErrorCode::kUnauthorized:
      return FailureReason::kUnauthorized;
    default:
      return FailureReason::kRefused;
  }
}

/// Cuts at a character's border.
std::string Cut(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0U) == 0x80U) {
    --bytes_max;
  }
  text.resize(bytes_max);
  return text + "…";
}

}  // namespace

std::string_view ToText(FailureReason reason) { return kReasons[static_cast<std::size_t>(reason)]; }

std::string Failure::ToString() const {
  std::string text(ToText(reason));
  if (status != 0) text += fmt::format(" {}", status);
  if (!code.empty()) text += " " + code;
  if (!detail.empty()) text += ": " + detail;
  return text;
}

Failure FailureFrom(const Error& error) {
  return {.reason = ReasonOf(error.code),
          .detail = Cut(EscapeForLine(error.context), kDetailBytesMax),
          .too_large = error.code == ErrorCode::kTooLarge,
          .cancelled = error.code == ErrorCode::kCancelled};
}

FailureReason ReasonOf(int status) {
  switch (status) {
    case 401:
      return FailureReason::kUnauthorized;
    case 403:
      return FailureReason::kForbidden;
    case 404:
    case 410:
      return FailureReason::kNotFound;
    case 408:
    case 504:
      return FailureReason::kTimeout;
    case 429:
    case 503:
      return FailureReason::kThrottled;
    default:
      return FailureReason::kRefused;
  }
}

Json ToData(const Failure& failure) {
  Json data{{"reason", ToText(failure.reason)}};
  if (failure.status != 0) data["status"] = failure.status;
  if (!failure.code.empty()) data["code"] = failure.code;
  if (!failure.detail.empty()) data["detail"] = Cut(failure.detail, kDetailBytesMax);
  if (!failure.missing_permission.empty()) data["missing_permission"] = failure.missing_permission;
  return data;
}

std::string Excerpt(std::string_view message) {
  std::string excerpt;
  constexpr std::size_t kReadMax = 2'000;
  for (const auto word : Split(message.substr(0, kReadMax), ' ')) {
    if (word.empty() || excerpt.size() > kExcerptBytesMax) continue;
    const bool hidden = word.size() > kWordBytesMax || word.find('@') != std::string_view::npos;
    if (!excerpt.empty()) excerpt += ' ';
    excerpt += hidden ? "…" : EscapeForLine(word);
  }
  return Cut(std::move(excerpt), kExcerptBytesMax);
}

}  // namespace assayd::connectors
