#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "domain/points.h"
#include "domain/rule.h"

/// Private to the parsers of the catalogue.
namespace assayd::domain {

/// Reads members of one object; what is left over at the end is an unknown key. Everything that is
/// wrong becomes a problem, and what could not be read is empty.
class Members {
 public:
  /// Of an object and a list of problems that outlive it.
  Members(const Json& object, std::string place, std::vector<Problem>& problems);

  const Json* Find(const std::string& key);  ///< null for what is missing or null
  std::string Text(const std::string& key, bool required);
  std::string Name(const std::string& key);  ///< required; IsName
  std::vector<std::string> Texts(const std::string& key);
  bool Flag(const std::string& key);
  std::uint64_t Number(const std::string& key);  ///< required
  std::optional<MicroPoints> Points(const std::string& key);
  std::optional<Milliseconds> Duration(const std::string& key);
  /// The position of the text in `texts`; `missing` where it is not there or none of them.
  template <class Enum>
  Enum Choice(const std::string& key, std::span<const std::string_view> texts, Enum missing,
              bool required) {
    const std::string text = OneOf(key, texts, required);
    const auto found = std::ranges::find(texts, text);
    return found == texts.end() ? missing : static_cast<Enum>(found - texts.begin());
  }
  std::string OneOf(const std::string& key, std::span<const std::string_view> texts, bool required);
  std::string HttpsLink(const std::string& key, bool required);

  template <class Visit>
  void Each(const std::string& key, Visit visit) {
    const Json* const list = Find(key);
    if (list == nullptr) return;
    if (!list->is_array()) return Complain(key, "must be a list");
    for (std::size_t i = 0; i < list->size(); ++i)
      visit((*list)[i], fmt::format("{}/{}", Place(key), i));
  }

  /// About a member; "" for the object.
  void Complain(const std::string& key, std::string message);
  void RefuseOthers();
  [[nodiscard]] std::string Place(const std::string& key) const;

 private:
  const Json& object_;
  const std::string place_;
  std::vector<Problem>& problems_;
  std::vector<std::string> known_;
};

}  // namespace assayd::domain
