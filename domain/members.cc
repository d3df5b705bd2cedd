#include "domain/members.h"

#include <cmath>

#include "base/text.h"
#include "base/time_text.h"
#include "domain/ids.h"
#include "domain/json_pointer.h"

namespace assayd::domain {

Members::Members(const Json& object, std::string place, std::vector<Problem>& problems)
    : object_(object), place_(std::move(place)), problems_(problems) {
  if (!object_.is_object()) Complain("", "must be an object");
}

const Json* Members::Find(const std::string& key) {
  known_.push_back(key);
  if (!object_.is_object()) return nullptr;
  const auto member = object_.find(key);
  return member == object_.end() || member->is_null() ? nullptr : &*member;
}

std::string Members::Text(const std::string& key, bool required) {
  const Json* const value = Find(key);
  if (value != nullptr && value->is_string()) return value->get<std::string>();
  if (value != nullptr) Complain(key, "must be text");
  if (value == nullptr && required) Complain("", fmt::format("'{}' is missing", key));
  return {};
}

std::string Members::Name(const std::string& key) {
  std::string name = Text(key, true);
  if (!name.empty() && !IsName(name))
    Complain(key, "may hold letters, digits and . _ : / - only, at most 200");
  return name;
}

std::vector<std::string> Members::Texts(const std::string& key) {
  const Json* const value = Find(key);
  std::vector<std::string> texts;
  if (value == nullptr) return texts;
  if (!value->is_array()) return Complain(key, "must be a list of texts"), texts;
  for (const auto& item : *value) {
    if (!item.is_string()) return Complain(key, "must be a list of texts"), texts;
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

bool Members::Flag(const std::string& key) {
  const Json* const value = Find(key);
  if (value == nullptr) return false;
  if (!value->is_boolean()) return Complain(key, "must be true or false"), false;
  return value->get<bool>();
}

std::uint64_t Members::Number(const std::string& key) {
  const Json* const value = Find(key);
  if (value != nullptr && value->is_number_integer() && value->get<std::int64_t>() >= 0)
    return value->get<std::uint64_t>();
  Complain(value == nullptr ? "" : key, fmt::format("'{}' must be a whole number", key));
  return 0;
}

std::optional<MicroPoints> Members::Points(const std::string& key) {
  const Json* const value = Find(key);
  if (value == nullptr) return std::nullopt;
  constexpr double kMax = 1e6;
  const double points = value->is_number() ? value->get<double>() : -1;
  if (points < 0 || points > kMax) return Complain(key, "must be a number up to 1000000"), 0;
  return std::llround(points * static_cast<double>(kMicrosPerPoint));
}

std::optional<Milliseconds> Members::Duration(const std::string& key) {
  const Json* const value = Find(key);
  if (value == nullptr) return std::nullopt;
  const auto duration = value->is_string() ? ParseDuration(value->get_ref<const std::string&>())
                                           : Result<Milliseconds>(Fail(ErrorCode::kMalformed, ""));
  if (!duration || duration->count() == 0) {
    Complain(key, "must be a duration such as 15m or 2h");
    return std::nullopt;
  }
  return *duration;
}

std::string Members::OneOf(const std::string& key, std::span<const std::string_view> texts,
                           bool required) {
  std::string text = Text(key, required);
  if (!text.empty() && std::ranges::find(texts, text) == texts.end())
    Complain(key, fmt::format("'{}' is none of {}", text, fmt::join(texts, ", ")));
  return text;
}

std::string Members::HttpsLink(const std::string& key, bool required) {
  std::string link = Text(key, required);
  if (!link.empty() && !link.starts_with("https://"))
    Complain(key, fmt::format("'{}' does not begin with https://", link));
  return link;
}

void Members::Complain(const std::string& key, std::string message) {
  problems_.push_back({key.empty() ? place_ : Place(key), std::move(message)});
}

void Members::RefuseOthers() {
  if (!object_.is_object()) return;
  for (const auto& [key, value] : object_.items()) {
    if (std::ranges::find(known_, key) != known_.end()) continue;
    const auto near = Closest(key, known_);
    Complain(key, fmt::format("unknown key '{}'{}", key,
                              near ? fmt::format("; did you mean '{}'?", *near) : ""));
  }
}

std::string Members::Place(const std::string& key) const {
  return place_ + "/" + EscapePointerToken(key);
}

}  // namespace assayd::domain
