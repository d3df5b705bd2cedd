#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace assayd {

/// A fixed number of values in blocks that copies share until one of them changes a value: copying
/// costs a pointer per block, and a thousand copies that differ in one value hold one block each.
/// Distinct copies may be used by distinct threads at the same time, whatever they share.
template <class T, std::size_t kPerBlock>
class SharedBlocks {
 public:
  SharedBlocks() = default;
  explicit SharedBlocks(const std::vector<T>& values) : size_(values.size()) {
    blocks_.reserve((size_ + kPerBlock - 1) / kPerBlock);
    for (std::size_t first = 0; first < size_; first += kPerBlock) {
      Ref block = Ref::New();
      std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(first),
                  std::min(kPerBlock, size_ - first), block->values.begin());
      blocks_.push_back(std::move(block));
    }
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const T& operator[](std::size_t i) const {
    return blocks_[i / kPerBlock]->values[i % kPerBlock];
  }
  /// The place to change a value: it is no other copy's any more.
  [[nodiscard]] T& Mutable(std::size_t i) {
    Ref& block = blocks_[i / kPerBlock];
    if (!block.IsSole()) block = block.Clone();
    return block->values[i % kPerBlock];
  }

  bool operator==(const SharedBlocks&) const = default;

 private:
  struct Block {
    std::atomic<std::uint32_t> owners{1};
    std::array<T, kPerBlock> values{};
  };

  /// Shared ownership of a block. Not std::shared_ptr: whether an owner is the only one has to be
  /// ordered after what the others did, and a count and a pointer are saved for each block.
  class Ref {
   public:
    static Ref New() { return Ref(new Block); }
    Ref(const Ref& other) : block_(other.block_) {
      if (block_ != nullptr) block_->owners.fetch_add(1, std::memory_order_relaxed);
    }
    Ref(Ref&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    Ref& operator=(Ref other) noexcept {
      std::swap(block_, other.block_);
      return *this;
    }
    ~Ref() {
      if (block_ != nullptr && block_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1)
        delete block_;
    }
    [[nodiscard]] bool IsSole() const {
      return block_->owners.load(std::memory_order_acquire) == 1;
    }
    [[nodiscard]] Ref Clone() const {
      Ref copy = New();
      copy->values = block_->values;
      return copy;
    }
    Block* operator->() const { return block_; }
    bool operator==(const Ref& other) const {
      return block_ == other.block_ || block_->values == other.block_->values;
    }

   private:
    explicit Ref(Block* block) : block_(block) {}
    Block* block_;
  };

  std::vector<Ref> blocks_;
  std::size_t size_ = 0;
};

}  // namespace assayd
