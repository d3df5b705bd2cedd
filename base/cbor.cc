#include "base/cbor.h"

namespace assayd {
namespace {

/// Nesting that Skip follows; our own structures are at most four deep.
constexpr std::uint64_t kItemsPerSkipMax = 1'000'000;

template <std::size_t kBytes>
void AppendLong(std::string& out, unsigned major, unsigned info, std::uint64_t value) {
  char item[1 + kBytes];
  item[0] = static_cast<char>(major << 5 | info);
  for (std::size_t i = 0; i < kBytes; ++i)
    item[1 + i] = static_cast<char>(value >> (8 * (kBytes - 1 - i)));
  out.append(item, sizeof item);
}

template <int kBytes>
std::uint64_t BigEndian(const char* at) {
  std::uint64_t value = 0;
  for (int i = 0; i < kBytes; ++i) value = value << 8 | static_cast<std::uint8_t>(at[i]);
  return value;
}

}  // namespace

void CborWriter::Head(unsigned major, std::uint64_t value) {
  if (value < 24) {
    out_.push_back(static_cast<char>(major << 5 | value));
  } else if (value <= 0xFF) {
    AppendLong<1>(out_, major, 24, value);
  } else if (value <= 0xFFFF) {
    AppendLong<2>(out_, major, 25, value);
  } else if (value <= 0xFFFFFFFF) {
    AppendLong<4>(out_, major, 26, value);
  } else {
    AppendLong<8>(out_, major, 27, value);
  }
}

void CborWriter::Int(std::int64_t value) {
  if (value >= 0) {
    Head(0, static_cast<std::uint64_t>(value));
  } else {
    Head(1, static_cast<std::uint64_t>(-(value + 1)));
  }
}

void CborWriter::Bytes(std::string_view value) {
  Head(2, value.size());
  out_.append(value);
}

void CborWriter::Text(std::string_view value) {
  Head(3, value.size());
  out_.append(value);
}

std::uint64_t CborReader::LongArgument(unsigned info) {
  if (info > 27) return ok_ = false, 0;
  const int bytes = 1 << (info - 24);
  if (end_ - at_ < bytes) return ok_ = false, 0;
  const char* const at = at_;
  at_ += bytes;
  const std::uint64_t value = bytes == 1   ? BigEndian<1>(at)
                              : bytes == 2 ? BigEndian<2>(at)
                              : bytes == 4 ? BigEndian<4>(at)
                                           : BigEndian<8>(at);
  // Only the shortest form is canonical: otherwise equal events could have different bytes.
  static constexpr std::uint64_t kSmallest[] = {24, 0x100, 0x10000, 0x100000000};
  if (value < kSmallest[info - 24]) ok_ = false;
  return value;
}

std::int64_t CborReader::Int() {
  if (!ok_ || at_ == end_) return ok_ = false, 0;
  const auto lead = static_cast<std::uint8_t>(*at_);
  const unsigned major = lead >> 5;
  if (major > 1) return ok_ = false, 0;
  ++at_;
  const unsigned info = lead & 0x1F;
  const std::uint64_t value = info < 24 ? info : LongArgument(info);
  if (value > static_cast<std::uint64_t>(INT64_MAX)) return ok_ = false, 0;
  return major == 0 ? static_cast<std::int64_t>(value) : -static_cast<std::int64_t>(value) - 1;
}

bool CborReader::Bool() {
  if (!ok_ || at_ == end_) return ok_ = false, false;
  const auto lead = static_cast<std::uint8_t>(*at_++);
  if (lead != 0xF4 && lead != 0xF5) return ok_ = false, false;
  return lead == 0xF5;
}

bool CborReader::SkipNull() {
  if (!ok_ || at_ == end_ || static_cast<std::uint8_t>(*at_) != 0xF6) return false;
  ++at_;
  return true;
}

void CborReader::Skip() {
  std::uint64_t items = 1;
  for (std::uint64_t seen = 0; items > 0 && ok_; --items, ++seen) {
    if (at_ == end_ || seen > kItemsPerSkipMax) return Fail();
    const auto lead = static_cast<std::uint8_t>(*at_);
    switch (lead >> 5) {
      case 0:
      case 1:
        Head(lead >> 5);
        break;
      case 2:
      case 3:
        String(lead >> 5);
        break;
      case 4:
        items += Array();
        break;
      case 5:
        items += 2 * Map();
        break;
      case 7:
        if (lead < 0xF4 || lead > 0xF6) return Fail();
        ++at_;
        break;
      default:
        return Fail();
    }
  }
}

}  // namespace assayd
