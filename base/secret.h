#pragma once

#include <string>
#include <string_view>

namespace assayd {

/// Text that must not be printed: no stream or format operator, overwritten when it goes.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&&) noexcept = default;
  ~Secret();

  /// The one way to read it; look for this word to find every use.
  [[nodiscard]] std::string_view Reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

/// Compares without telling by its duration where the texts differ.
bool EqualsConstantTime(std::string_view a, std::string_view b);

}  // namespace assayd
