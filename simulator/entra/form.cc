#include "simulator/entra/form.h"

#include <algorithm>
#include <cstdint>

#include "base/base64.h"
#include "base/text.h"

namespace assayd::simulator {
namespace {

constexpr std::size_t kFieldsMax = 100;

Result<std::string> Decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const auto byte = FromHex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return Fail(ErrorCode::kMalformed, "broken percent escape");
    decoded += static_cast<char>(byte->front());
    i += 2;
  }
  if (!IsValidUtf8(decoded)) return Fail(ErrorCode::kMalformed, "not UTF-8");
  return decoded;
}

}  // namespace

Result<std::vector<http::Field>> ParseForm(std::string_view body) {
  std::vector<http::Field> form;
  if (body.empty()) return form;
  for (const auto pair : Split(body, '&')) {
    if (form.size() == kFieldsMax) return Fail(ErrorCode::kTooLarge, "more than 100 fields");
    const auto equals = std::min(pair.find('='), pair.size());
    ASSAYD_TRY(auto name, Decode(pair.substr(0, equals)));
    ASSAYD_TRY(auto value, Decode(pair.substr(std::min(equals + 1, pair.size()))));
    form.push_back({std::move(name), std::move(value)});
  }
  return form;
}

std::string_view FormValue(const std::vector<http::Field>& form, std::string_view name) {
  const auto found = std::ranges::find(form, name, &http::Field::name);
  return found == form.end() ? std::string_view() : std::string_view(found->value);
}

std::optional<std::string> FromBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string url_safe(text);
  std::ranges::replace(url_safe, '+', '-');
  std::ranges::replace(url_safe, '/', '_');
  const auto bytes = FromBase64Url(url_safe);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

}  // namespace assayd::simulator
