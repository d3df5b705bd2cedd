#include "eventstore/dedupe_window.h"

#include <xxhash.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace assayd::eventstore {

std::uint64_t Fingerprint(std::string_view domain, std::string_view source, std::string_view id) {
  thread_local std::string text;
  text.assign(domain).push_back('\0');
  text.append(source).push_back('\0');
  text.append(id);
  return std::max<std::uint64_t>(XXH3_64bits(text.data(), text.size()), 1);
}

std::size_t DedupeWindow::HomeOf(std::uint64_t fingerprint) const {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>((static_cast<Wide>(fingerprint) * fingerprints_.size()) >> 64);
}

void DedupeWindow::Place(std::uint64_t fingerprint, std::uint64_t position) {
  std::size_t slot = HomeOf(fingerprint);
  while (fingerprints_[slot] != 0) slot = slot + 1 == fingerprints_.size() ? 0 : slot + 1;
  fingerprints_[slot] = fingerprint;
  offsets_[slot] = static_cast<std::uint32_t>(position - base_);
  ++used_;
}

void DedupeWindow::Insert(std::uint64_t fingerprint, std::uint64_t position) {
  const bool too_full = (used_ + 1) * 5 > fingerprints_.size() * 4;
  const bool too_far = position - base_ > std::numeric_limits<std::uint32_t>::max();
  if (too_full || too_far) Rebuild(std::numeric_limits<std::uint64_t>::max());
  Place(fingerprint, position);
}

std::vector<std::uint64_t> DedupeWindow::Find(std::uint64_t fingerprint) const {
  std::vector<std::uint64_t> positions;
  for (std::size_t slot = HomeOf(fingerprint); fingerprints_[slot] != 0;
       slot = slot + 1 == fingerprints_.size() ? 0 : slot + 1) {
    const std::uint64_t position = base_ + offsets_[slot];
    if (fingerprints_[slot] == fingerprint && position >= oldest_) positions.push_back(position);
  }
  return positions;
}

void DedupeWindow::ForgetFrom(std::uint64_t position) { Rebuild(position); }

void DedupeWindow::Rebuild(std::uint64_t end) {
  const auto old_fingerprints = std::exchange(fingerprints_, {});
  const auto old_offsets = std::exchange(offsets_, {});
  const std::uint64_t old_base = base_;
  const auto kept = [&](std::size_t slot) {
    const std::uint64_t position = old_base + old_offsets[slot];
    return old_fingerprints[slot] != 0 && position >= oldest_ && position < end;
  };
  std::size_t count = 0;
  for (std::size_t slot = 0; slot < old_fingerprints.size(); ++slot) count += kept(slot) ? 1U : 0U;
  // Grows by half, so that four million entries take no more than they need.
  const std::size_t size = std::max(kSlotsAtFirst, count + count / 2 + count / 4);
  fingerprints_.assign(size, 0);
  offsets_.assign(size, 0);
  base_ = std::max(base_, oldest_);
  used_ = 0;
  for (std::size_t slot = 0; slot < old_fingerprints.size(); ++slot) {
    if (kept(slot)) Place(old_fingerprints[slot], old_base + old_offsets[slot]);
  }
}

}  // namespace assayd::eventstore
