#include "daemon/api/body.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time_text.h"
#include "daemon/api/write.h"

namespace assayd::daemon {

Reply<bool> CheckMembers(const Json& object, const std::vector<std::string>& known,
                         const std::string& at) {
  if (!object.is_object()) return RefuseBody(at, "must be an object");
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const auto near = Closest(name, known);
    return RefuseBody(at + "/" + name, near ? "is not known here; did you mean '" + *near + "'?"
                                            : "is not known here");
  }
  return true;
}

bool Body::Has(std::string_view name) const { return Find(name) != nullptr; }

const Json* Body::Find(std::string_view name) const {
  const auto member = object_.find(name);
  return member == object_.end() ? nullptr : &*member;
}

std::string Body::PointerTo(std::string_view name) const { return at_ + "/" + std::string(name); }

std::unexpected<Problem> Body::RefuseWord(std::string_view name, std::string_view words) const {
  return RefuseBody(PointerTo(name), "must be one of " + std::string(words));
}

Reply<std::optional<std::string>> Body::Text(std::string_view name) const {
  const Json* const member = Find(name);
  if (member == nullptr) return std::optional<std::string>();
  if (!member->is_string()) return RefuseBody(PointerTo(name), "must be a text");
  return std::optional(member->get<std::string>());
}

Reply<std::optional<std::string>> Body::TextOrNull(std::string_view name) const {
  const Json* const member = Find(name);
  if (member != nullptr && member->is_null()) return std::optional(std::string());
  return Text(name);
}

Reply<std::optional<std::vector<std::string>>> Body::Texts(std::string_view name) const {
  const Json* const member = Find(name);
  if (member == nullptr) return std::optional<std::vector<std::string>>();
  std::vector<std::string> texts;
  if (!member->is_array()) return RefuseBody(PointerTo(name), "must be a list of texts");
  for (const auto& text : *member) {
    if (!text.is_string()) return RefuseBody(PointerTo(name), "must be a list of texts");
    texts.push_back(text.get<std::string>());
  }
  return std::optional(std::move(texts));
}

Reply<std::optional<bool>> Body::Flag(std::string_view name) const {
  const Json* const member = Find(name);
  if (member == nullptr) return std::optional<bool>();
  if (!member->is_boolean()) return RefuseBody(PointerTo(name), "must be true or false");
  return std::optional(member->get<bool>());
}

Reply<std::optional<std::uint32_t>> Body::Number(std::string_view name) const {
  const Json* const member = Find(name);
  if (member == nullptr) return std::optional<std::uint32_t>();
  if (!member->is_number_unsigned() || member->get<std::uint64_t>() > UINT32_MAX)
    return RefuseBody(PointerTo(name), "must be a whole number from 0 to 4294967295");
  return std::optional(member->get<std::uint32_t>());
}

Reply<std::optional<std::optional<TimePoint>>> Body::TimeOrNull(std::string_view name) const {
  using Edit = std::optional<std::optional<TimePoint>>;
  const Json* const member = Find(name);
  if (member == nullptr) return Edit();
  if (member->is_null()) return Edit(std::in_place, std::nullopt);
  const auto time = ParseTime(member->is_string() ? member->get<std::string>() : std::string());
  if (!time) return RefuseBody(PointerTo(name), "must be a time of RFC 3339, or null");
  return Edit(*time);
}

Reply<const Json*> Body::Object(std::string_view name,
                                const std::vector<std::string>& known) const {
  const Json* const member = Find(name);
  if (member == nullptr) return nullptr;
  ASSAYD_REPLY_TRY(const bool fits, CheckMembers(*member, known, PointerTo(name)));
  (void)fits;
  return member;
}

}  // namespace assayd::daemon
