#include "simulator/names.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/uuid.h"

namespace assayd::simulator {
namespace {

assayd::Digest DigestOf(std::uint64_t seed, std::string_view tenant, std::string_view word) {
  std::string text = std::to_string(seed);
  text.append(1, '\0').append(tenant).append(1, '\0').append(word);
  return HashOf(text);
}

}  // namespace

std::string UuidOf(std::string_view bytes) {
  Uuid uuid;
  std::copy_n(reinterpret_cast<const std::uint8_t*>(bytes.data()),
              std::min(bytes.size(), uuid.bytes.size()), uuid.bytes.begin());
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0F) | 0x40);
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3F) | 0x80);
  return uuid.ToString();
}

std::string Names::Id(std::string_view word) const {
  return UuidOf(AsText(DigestOf(seed_, tenant_, word)));
}

std::uint64_t Names::Number(std::string_view word, std::uint64_t bound) const {
  const auto digest = DigestOf(seed_, tenant_, word);
  std::uint64_t number = 0;
  for (std::size_t i = 16; i < 24; ++i) number = number << 8 | digest[i];
  return number % bound;
}

}  // namespace assayd::simulator
