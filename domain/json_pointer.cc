#include "domain/json_pointer.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace assayd::domain {
namespace {

std::optional<std::string> Unescape(std::string_view token) {
  std::string text;
  text.reserve(token.size());
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      text.push_back(token[i]);
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    text.push_back(token[i] == '0' ? '~' : '/');
  }
  return text;
}

const Json* Element(const Json& array, const std::string& token) {
  std::size_t index = 0;
  const char* const end = token.data() + token.size();
  const auto [rest, error] = std::from_chars(token.data(), end, index);
  const bool canonical = token == "0" || (!token.empty() && token.front() != '0');
  if (error != std::errc() || rest != end || !canonical || index >= array.size()) return nullptr;
  return &array[index];
}

}  // namespace

std::optional<JsonPointer> ParsePointer(std::string_view text) {
  JsonPointer pointer;
  if (text.empty()) return pointer;
  if (text.front() != '/') return std::nullopt;
  for (const std::string_view token : Split(text.substr(1), '/')) {
    auto plain = Unescape(token);
    if (!plain) return std::nullopt;
    pointer.push_back(*std::move(plain));
  }
  return pointer;
}

std::string EscapePointerToken(std::string_view token) {
  std::string text;
  text.reserve(token.size());
  for (const char c : token) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

std::string FormatPointer(const JsonPointer& pointer) {
  std::string text;
  for (const auto& token : pointer) text.append("/").append(EscapePointerToken(token));
  return text;
}

const Json* Resolve(const Json& document, const JsonPointer& pointer) {
  const Json* value = &document;
  for (const auto& token : pointer) {
    if (value->is_object()) {
      const auto member = value->find(token);
      if (member == value->end()) return nullptr;
      value = &*member;
    } else if (value->is_array()) {
      value = Element(*value, token);
      if (value == nullptr) return nullptr;
    } else {
      return nullptr;
    }
  }
  return value;
}

}  // namespace assayd::domain
