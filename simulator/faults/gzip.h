#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assayd::simulator {

/// The bytes as a gzip member (RFC 1952) that compresses nothing.
std::string GzipStored(std::string_view bytes);

/// A gzip member that unpacks to `mebibytes` MiB of zeros, at 160 to 1.
std::string GzipBomb(std::uint32_t mebibytes);

}  // namespace assayd::simulator
