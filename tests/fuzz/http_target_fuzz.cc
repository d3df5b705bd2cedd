#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "base/text.h"
#include "http/host.h"
#include "http/target.h"

using namespace assayd;

// Whatever is accepted keeps the promises of Request::path and of Authority.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto target = http::ParseTarget(text)) {
    ASSAYD_ASSERT(target->path == "*" || target->path.starts_with('/'));
    ASSAYD_ASSERT(IsValidUtf8(target->path));
    for (const auto segment : Split(target->path, '/')) {
      ASSAYD_ASSERT(segment != "." && segment != "..");
    }
    for (const char c : target->path) ASSAYD_ASSERT(static_cast<unsigned char>(c) >= 0x20);
    for (const auto& parameter : target->query) {
      ASSAYD_ASSERT(IsValidUtf8(parameter.name) && IsValidUtf8(parameter.value));
    }
  }
  if (const auto authority = http::ParseAuthority(text)) {
    ASSAYD_ASSERT(http::ParseAuthority(authority->host)->host == authority->host);
  }
  return 0;
}
