#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace assayd::eventstore {

/// Never 0. Equal texts give equal fingerprints; different ones nearly never.
std::uint64_t Fingerprint(std::string_view domain, std::string_view source, std::string_view id);

/// The inputs of the last days, in memory: twelve bytes each. It knows fingerprints; whether a hit
/// is the same input is for the caller to look up in the log, at the position that is returned. For
/// one thread.
class DedupeWindow {
 public:
  void Insert(std::uint64_t fingerprint, std::uint64_t position);
  /// Positions at which an input with this fingerprint may have been recorded; nearly always none
  /// or one.
  [[nodiscard]] std::vector<std::uint64_t> Find(std::uint64_t fingerprint) const;
  /// Forgets what was recorded below `position`.
  void ForgetBelow(std::uint64_t position) { oldest_ = position; }
  /// Forgets what was recorded at or above `position`: those events did not become part of the log.
  void ForgetFrom(std::uint64_t position);

  /// Entries held, forgotten ones included until the window next grows.
  [[nodiscard]] std::size_t size() const { return used_; }

 private:
  [[nodiscard]] std::size_t HomeOf(std::uint64_t fingerprint) const;
  void Place(std::uint64_t fingerprint, std::uint64_t position);
  /// Keeps [oldest_, end) in a table with room.
  void Rebuild(std::uint64_t end);

  static constexpr std::size_t kSlotsAtFirst = 1024;
  std::vector<std::uint64_t> fingerprints_ =
      std::vector<std::uint64_t>(kSlotsAtFirst, 0);  ///< 0: free
  std::vector<std::uint32_t> offsets_ =
      std::vector<std::uint32_t>(kSlotsAtFirst, 0);  ///< from base_
  std::uint64_t base_ = 0;
  std::uint64_t oldest_ = 0;
  std::size_t used_ = 0;
};

}  // namespace assayd::eventstore
