#include "simulator/faults/gzip.h"

#include <algorithm>
#include <array>

namespace assayd::simulator {
namespace {

constexpr std::string_view kHeader("\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\xFF", 10);

constexpr auto kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? 0xEDB88320U ^ (crc >> 1) : crc >> 1;
    table[i] = crc;
  }
  return table;
}();

std::uint32_t UpdateCrc(std::uint32_t crc, std::uint8_t byte) {
  return kCrcTable[(crc ^ byte) & 0xFF] ^ (crc >> 8);
}

void AppendLittleEndian(std::uint32_t number, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i));
}

/// Writes bits as deflate wants them: from the lowest bit of each byte up.
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  void Put(bool bit) {
    if (bit) byte_ |= static_cast<std::uint8_t>(1U << count_);
    if (++count_ == 8) Flush();
  }
  // Huffman codes begin with their highest bit.
  void PutCode(std::uint32_t code, int length) {
    for (int i = length - 1; i >= 0; --i) Put((code >> i) & 1);
  }
  void Flush() {
    if (count_ == 0) return;
    out_ += static_cast<char>(byte_);
    byte_ = 0;
    count_ = 0;
  }

 private:
  std::string& out_;
  std::uint8_t byte_ = 0;
  int count_ = 0;
};

std::uint32_t CrcOfZeros(std::uint64_t size) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (std::uint64_t i = 0; i < size; ++i) crc = UpdateCrc(crc, 0);
  return ~crc;
}

}  // namespace

std::string GzipStored(std::string_view bytes) {
  constexpr std::size_t kBlockMax = 65'535;
  std::string out(kHeader);
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) crc = UpdateCrc(crc, static_cast<std::uint8_t>(byte));
  const auto size = static_cast<std::uint32_t>(bytes.size());
  do {
    const auto block = bytes.substr(0, std::min(bytes.size(), kBlockMax));
    bytes.remove_prefix(block.size());
    out += bytes.empty() ? '\1' : '\0';
    AppendLittleEndian(static_cast<std::uint32_t>(block.size()), 2, out);
    AppendLittleEndian(~static_cast<std::uint32_t>(block.size()), 2, out);
    out += block;
  } while (!bytes.empty());
  AppendLittleEndian(~crc, 4, out);
  AppendLittleEndian(size, 4, out);
  return out;
}

std::string GzipBomb(std::uint32_t mebibytes) {
  // One literal zero, then copies of 258 bytes from one byte back, in the fixed code: the code of
  // the literal is 8 bits 00110000, of the length 8 bits 11000101, of the distance 5 bits 0.
  constexpr std::uint64_t kCopy = 258;
  const std::uint64_t copies = std::uint64_t{mebibytes} * 1'048'576 / kCopy;
  const std::uint64_t size = copies * kCopy + 1;
  std::string out(kHeader);
  BitWriter bits(out);
  bits.Put(true);
  bits.Put(true);
  bits.Put(false);
  bits.PutCode(0b00110000, 8);
  for (std::uint64_t i = 0; i < copies; ++i) {
    bits.PutCode(0b11000101, 8);
    bits.PutCode(0, 5);
  }
  bits.PutCode(0, 7);
  bits.Flush();
  AppendLittleEndian(CrcOfZeros(size), 4, out);
  AppendLittleEndian(static_cast<std::uint32_t>(size), 4, out);
  return out;
}

}  // namespace assayd::simulator
