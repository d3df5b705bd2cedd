#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assayd::http {

/// Bytes received and not yet understood. Gives back what it took for a large body once it is empty
/// again: a thousand idle connections must be cheap.
class InputBuffer {
 public:
  void Append(std::string_view bytes);
  /// Forgets the first `size` bytes of view().
  void Consume(std::size_t size);

  /// Valid until the next Append or Consume.
  [[nodiscard]] std::string_view view() const { return std::string_view(bytes_).substr(begin_); }
  [[nodiscard]] std::size_t size() const { return bytes_.size() - begin_; }
  [[nodiscard]] bool empty() const { return size() == 0; }

 private:
  std::string bytes_;
  std::size_t begin_ = 0;
};

}  // namespace assayd::http
