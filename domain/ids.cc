#include "domain/ids.h"

#include <algorithm>

namespace assayd::domain {
namespace {

constexpr std::string_view kSystemText = "_system";
constexpr std::size_t kNameLengthMax = 200;

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == ':' || c == '/' || c == '-';
}

}  // namespace

std::optional<TenantId> TenantId::Parse(std::string_view text) {
  if (text == kSystemText) return System();
  const auto uuid = Uuid::Parse(text);
  if (!uuid || uuid->IsNil()) return std::nullopt;
  return TenantId{*uuid};
}

std::string TenantId::ToString() const {
  return IsSystem() ? std::string(kSystemText) : uuid.ToString();
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kNameLengthMax &&
         std::ranges::all_of(text, IsNameCharacter);
}

}  // namespace assayd::domain
