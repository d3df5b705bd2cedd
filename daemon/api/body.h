#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/api/call.h"

namespace assayd::daemon {

/// The members of a JSON object that somebody sent. Each getter answers nothing for a member that
/// is not there and 400, with the pointer, for one of another form.
class Body {
 public:
  /// `object` must outlive it; `at` is its pointer within what was sent, "" for all of it.
  Body(const Json& object, std::string at) : object_(object), at_(std::move(at)) {}

  [[nodiscard]] bool Has(std::string_view name) const;
  [[nodiscard]] Reply<std::optional<std::string>> Text(std::string_view name) const;
  /// Null is the empty text.
  [[nodiscard]] Reply<std::optional<std::string>> TextOrNull(std::string_view name) const;
  [[nodiscard]] Reply<std::optional<std::vector<std::string>>> Texts(std::string_view name) const;
  [[nodiscard]] Reply<std::optional<bool>> Flag(std::string_view name) const;
  /// 0 … 2^32 - 1.
  [[nodiscard]] Reply<std::optional<std::uint32_t>> Number(std::string_view name) const;
  /// RFC 3339, or null: the inner nothing.
  [[nodiscard]] Reply<std::optional<std::optional<TimePoint>>> TimeOrNull(
      std::string_view name) const;
  /// One of a fixed list of words; `parse` knows them, `words` are told to whoever used another.
  template <class Enum>
  [[nodiscard]] Reply<std::optional<Enum>> Word(std::string_view name,
                                                std::optional<Enum> (*parse)(std::string_view),
                                                std::string_view words) const {
    if (!Has(name)) return std::optional<Enum>();
    ASSAYD_REPLY_TRY(const auto text, Text(name));
    const auto word = parse(*text);
    if (!word) return RefuseWord(name, words);
    return std::optional<Enum>(*word);
  }
  /// An object below; null where there is none.
  [[nodiscard]] Reply<const Json*> Object(std::string_view name,
                                          const std::vector<std::string>& known) const;
  [[nodiscard]] std::string PointerTo(std::string_view name) const;

 private:
  [[nodiscard]] const Json* Find(std::string_view name) const;
  [[nodiscard]] std::unexpected<Problem> RefuseWord(std::string_view name,
                                                    std::string_view words) const;

  const Json& object_;
  std::string at_;
};

/// 400 for members that are none of `known`, with what was probably meant.
Reply<bool> CheckMembers(const Json& object, const std::vector<std::string>& known,
                         const std::string& at);

}  // namespace assayd::daemon
