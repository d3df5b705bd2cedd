#include "simulator/request_log.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"

namespace assayd::simulator {
namespace {

constexpr std::size_t kRequestsMax = 10'000;
constexpr std::size_t kBytesMax = 16 * 1024 * 1024;
constexpr std::size_t kValueBytesMax = 512;
constexpr std::size_t kPathBytesMax = 2'048;

std::size_t SizeOf(const LoggedRequest& request) {
  std::size_t size = sizeof(LoggedRequest) + request.path.size() + request.fault.size();
  for (const auto& header : request.headers) size += 64 + header.name.size() + header.value.size();
  return size;
}

// A cut through a character would make the list ill-formed.
std::string CutText(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  text.resize(bytes_max);
  while (!text.empty() && !IsValidUtf8(text)) text.pop_back();
  return text;
}

bool IsSecret(std::string_view name) {
  constexpr std::array kSecret = {"authorization", "proxy-authorization", "cookie"};
  const auto lower = ToLowerAscii(name);
  for (const auto* word : kSecret) {
    if (lower == word) return true;
  }
  return false;
}

}  // namespace

void RequestLog::Add(LoggedRequest request) {
  ++total_;
  bytes_ += SizeOf(request);
  requests_.push_back(std::move(request));
  while (requests_.size() > kRequestsMax || bytes_ > kBytesMax) {
    bytes_ -= SizeOf(requests_.front());
    requests_.pop_front();
  }
}

void RequestLog::Clear() {
  requests_.clear();
  bytes_ = 0;
}

std::vector<http::Field> WithoutSecrets(const std::vector<http::Field>& headers) {
  std::vector<http::Field> kept;
  kept.reserve(headers.size());
  for (const auto& [name, value] : headers) {
    kept.push_back({name, IsSecret(name) ? "(removed)" : CutText(value, kValueBytesMax)});
  }
  return kept;
}

std::string LoggedPath(const http::Request& request) {
  std::string path = request.raw_path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    path.append(1, separator).append(name).append("=").append(value);
    separator = '&';
    if (path.size() > kPathBytesMax) break;
  }
  return CutText(std::move(path), kPathBytesMax);
}

Json ToJson(const LoggedRequest& request) {
  Json headers = Json::object();
  for (const auto& [name, value] : request.headers) headers[name] = value;
  return {{"time", FormatTime(request.time)},
          {"method", request.method},
          {"path", request.path},
          {"headers", std::move(headers)},
          {"tenant", request.tenant},
          {"status", request.status},
          {"fault", request.fault}};
}

}  // namespace assayd::simulator
