#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace assayd {

/// Numbers by name, in one flat table: a name is found by one look at the table and one comparison.
/// Holds views: the names must outlive it, where they are.
class NameIndex {
 public:
  NameIndex() = default;
  /// Makes room for `count` names.
  explicit NameIndex(std::size_t count) : slots_(std::bit_ceil(2 * count + 1)) {}

  /// Of two equal names the one that was added first counts. At most as many as there is room for.
  void Add(std::string_view name, std::uint32_t number) {
    const std::uint32_t hash = HashOf(name);
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].name.data() != nullptr) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {name, hash, number};
  }
  [[nodiscard]] std::optional<std::uint32_t> Find(std::string_view name) const {
    if (slots_.empty()) return std::nullopt;
    const std::uint32_t hash = HashOf(name);
    for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.name.data() == nullptr) return std::nullopt;
      if (slot.hash == hash && slot.name == name) return slot.number;
    }
  }

 private:
  struct Slot {
    std::string_view name;
    std::uint32_t hash = 0;
    std::uint32_t number = 0;
  };
  static std::uint32_t HashOf(std::string_view name) {
    return static_cast<std::uint32_t>(std::hash<std::string_view>{}(name));
  }
  std::vector<Slot> slots_;
};

}  // namespace assayd
