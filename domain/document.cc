#include "domain/document.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "domain/json_pointer.h"
#include "domain/setting_schema.h"

namespace assayd::domain {
namespace {

class Difference {
 public:
  Difference(std::string_view identity, std::size_t pointers_max)
      : identity_(identity), pointers_max_(pointers_max) {}

  void Compare(const Json& before, const Json& after, const std::string& path) {
    if (before == after) return;
    if (before.is_object() && after.is_object()) return CompareMembers(before, after, path);
    if (HasIdentities(before) && HasIdentities(after)) {
      return CompareMembers(ById(before), ById(after), path);
    }
    Add(path);
  }

  std::vector<std::string> Take() && {
    std::ranges::sort(pointers_);
    if (pointers_.size() > pointers_max_) {
      pointers_.resize(pointers_max_ - 1);
      pointers_.emplace_back("/…");
    }
    return std::move(pointers_);
  }

 private:
  bool HasIdentities(const Json& value) const {
    return value.is_array() && !identity_.empty() &&
           std::ranges::all_of(value, [&](const Json& element) {
             return element.is_object() && element.contains(identity_) &&
                    element.at(identity_).is_string();
           });
  }

  Json ById(const Json& array) const {
    Json by_id = Json::object();
    for (const auto& element : array) by_id[element.at(identity_).get<std::string>()] = element;
    return by_id;
  }

  void CompareMembers(const Json& before, const Json& after, const std::string& path) {
    for (const auto& [name, value] : before.items()) {
      const auto other = after.find(name);
      const std::string place = path + "/" + EscapePointerToken(name);
      if (other != after.end()) {
        Compare(value, *other, place);
      } else if (!IsEmptyValue(value)) {
        Add(place);
      }
    }
    for (const auto& [name, value] : after.items()) {
      if (before.contains(name) || IsEmptyValue(value)) continue;
      Add(path + "/" + EscapePointerToken(name));
    }
  }

  void Add(const std::string& path) { pointers_.push_back(path); }

  const std::string identity_;
  const std::size_t pointers_max_;
  std::vector<std::string> pointers_;
};

}  // namespace

bool IsEmptyValue(const Json& value) {
  if (value.is_null()) return true;
  if (!value.is_structured()) return false;
  return std::ranges::all_of(value, IsEmptyValue);
}

bool IsUnlisted(const Json& value) {
  return value.is_object() && value.size() == 1 && value.contains(kUnlistedMark);
}

Digest HashDocument(std::string_view salt, std::string_view canonical) {
  thread_local Sha256 sha;
  sha.Start();
  sha.Update(salt);
  sha.Update(canonical);
  return sha.Finish();
}

std::vector<std::string> ChangedPointers(const Json& before, const Json& after,
                                         std::string_view identity, std::size_t pointers_max) {
  Difference difference(identity, pointers_max);
  difference.Compare(before, after, "");
  return std::move(difference).Take();
}

}  // namespace assayd::domain
