#include "http/token.h"

#include <algorithm>

namespace assayd::http {
namespace {

bool IsTokenByte(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kMarks.find(c) != std::string_view::npos;
}

}  // namespace

std::size_t TokenLength(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, IsTokenByte) - text.begin());
}

}  // namespace assayd::http
