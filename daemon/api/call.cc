#include "daemon/api/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/base64.h"
#include "base/text.h"
#include "base/time_text.h"
#include "base/uuid.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kLimitDefault = 100;
constexpr std::size_t kLimitMax = 1'000;

std::unexpected<Problem> RefuseNamed(std::string title, std::string_view name, std::string detail) {
  Problem problem;
  problem.status = 400;
  problem.title = std::move(title);
  problem.detail = fmt::format("{}: {}", name, detail);
  problem.errors.push_back({std::string(name), std::move(detail)});
  return Refuse(std::move(problem));
}

}  // namespace

std::unexpected<Problem> RefuseQuery(std::string_view parameter, std::string detail) {
  return RefuseNamed("A query parameter cannot be understood", parameter, std::move(detail));
}

std::unexpected<Problem> RefuseHeader(std::string_view header, std::string detail) {
  return RefuseNamed("A header cannot be understood", header, std::move(detail));
}

std::unexpected<Problem> RefuseUnknown(std::string_view what) {
  return Refuse(Error{ErrorCode::kNotFound,
                      fmt::format("there is no {} of that name that you may see", what)});
}

Reply<Query> Query::Read(const http::Request& request, const std::vector<std::string>& known) {
  Query query;
  for (const auto& [name, value] : request.query) {
    if (std::ranges::find(known, name) == known.end()) {
      const auto near = Closest(name, known);
      return RefuseQuery(
          name, near ? fmt::format("is not known here; did you mean '{}'?", *near)
                     : fmt::format("is not known here; known are: {}", fmt::join(known, ", ")));
    }
    if (!query.values_.emplace(name, value).second) return RefuseQuery(name, "is given twice");
  }
  return query;
}

std::optional<std::string> Query::Text(std::string_view name) const {
  const auto value = values_.find(name);
  if (value == values_.end()) return std::nullopt;
  return value->second;
}

Reply<std::optional<TimePoint>> Query::Time(std::string_view name) const {
  const auto text = Text(name);
  if (!text) return std::optional<TimePoint>();
  const auto time = ParseTime(*text);
  if (!time) return RefuseQuery(name, time.error().context);
  return std::optional(*time);
}

Reply<std::optional<std::uint64_t>> Query::Number(std::string_view name) const {
  const auto text = Text(name);
  if (!text) return std::optional<std::uint64_t>();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) {
    return RefuseQuery(name, "must be a whole number");
  }
  return std::optional(number);
}

Reply<std::size_t> Query::Limit() const {
  ASSAYD_REPLY_TRY(const auto number, Number("limit"));
  if (!number) return kLimitDefault;
  if (*number == 0 || *number > kLimitMax)
    return RefuseQuery("limit", "must be between 1 and 1000");
  return static_cast<std::size_t>(*number);
}

std::string EncodeCursor(std::uint64_t position) {
  const std::string text = "p" + std::to_string(position);
  return ToBase64Url(AsBytes(text));
}

std::optional<std::uint64_t> DecodeCursor(std::string_view cursor) {
  const auto bytes = FromBase64Url(cursor);
  if (!bytes || bytes->size() < 2 || bytes->front() != 'p') return std::nullopt;
  const char* const first = reinterpret_cast<const char*>(bytes->data()) + 1;
  const char* const last = reinterpret_cast<const char*>(bytes->data()) + bytes->size();
  std::uint64_t position = 0;
  const auto [end, error] = std::from_chars(first, last, position);
  if (error != std::errc() || end != last) return std::nullopt;
  return position;
}

Reply<std::string> UuidCursor(const Query& query) {
  const auto after = query.Text("after");
  if (!after) return std::string();
  const auto uuid = Uuid::Parse(*after);
  if (!uuid) return RefuseQuery("after", "is no cursor of this list");
  return uuid->ToString();
}

}  // namespace assayd::daemon
