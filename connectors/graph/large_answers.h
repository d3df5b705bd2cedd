#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace assayd::connectors::graph {

/// What one read may take of memory without asking; more of it is large.
struct SmallRead {
  static constexpr std::size_t kAnswerBytesMax = 1'048'576;
  static constexpr std::size_t kValuesMax = 25'000;  ///< of one answer, and of all pages
};

/// Memory stays bounded whatever services answer: of all tenants one large read goes on at a time.
/// Safe from every thread; outlives its places.
class LargeAnswers {
 public:
  /// Held while a large read goes on.
  using Place = std::shared_ptr<void>;

  /// Null while another has it.
  [[nodiscard]] Place TryEnter() {
    if (taken_.exchange(true)) return nullptr;
    return {this, [](LargeAnswers* self) { self->taken_ = false; }};
  }

 private:
  std::atomic<bool> taken_{false};
};

}  // namespace assayd::connectors::graph
