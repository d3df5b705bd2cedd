#include "simulator/answer.h"

#include <utility>

#include "base/text.h"
#include "base/time_text.h"

namespace assayd::simulator {

std::string BodyOf(const Answer& answer) {
  return answer.json ? DumpJson(*answer.json) : answer.bytes;
}

http::Response ToResponse(const Answer& answer) {
  http::Response response{answer.status, answer.headers, BodyOf(answer)};
  if (FindHeader(answer, "Content-Type") == nullptr && !response.body.empty()) {
    response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
  }
  return response;
}

const std::string* FindHeader(const Answer& answer, std::string_view name) {
  for (const auto& field : answer.headers) {
    if (EqualsIgnoreCaseAscii(field.name, name)) return &field.value;
  }
  return nullptr;
}

void SetHeader(Answer& answer, std::string_view name, std::string value) {
  std::erase_if(answer.headers,
                [&](const auto& field) { return EqualsIgnoreCaseAscii(field.name, name); });
  answer.headers.push_back({std::string(name), std::move(value)});
}

Answer Problem(int status, std::string title, std::string detail) {
  Answer answer{.status = status};
  answer.headers.push_back({"Content-Type", "application/problem+json"});
  answer.json = Json{{"type", "about:blank"},
                     {"title", std::move(title)},
                     {"status", status},
                     {"detail", std::move(detail)}};
  return answer;
}

std::string SecondsText(TimePoint time) { return FormatTime(time).substr(0, 19) + "Z"; }

std::string DateText(TimePoint time) { return FormatTime(time).substr(0, 10); }

TimePoint DayOf(TimePoint time) { return TimePoint(std::chrono::floor<std::chrono::days>(time)); }

std::optional<TimePoint> ParseDate(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  const auto time = ParseTime(std::string(text) + "T00:00:00Z");
  return time ? std::optional(*time) : std::nullopt;
}

}  // namespace assayd::simulator
