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

bool CborReader::Bool() {
  if (!ok_ || at_ == end_) return ok_ = false, false;
  const auto lead = static_cast<std::uint8_t>(*at_++);
  if (lead != 0xF4 && lead != 0xF5) return ok_ = false, false;
  return lead == 0xF5;
}

void CborReader::Skip() {
  std::uint64_t items = 1;
  for (std::uint64_t seen = 0; items > 0 && ok_; --items, ++seen) {
    if (at_ == end_ || seen > kItemsPerSkipMax) return Fail();
    const auto lead = static_cast<std::uint8_t>(*at_);
    constexpr unsigned kOfOneByte = 24;
    if (lead < kOfOneByte) {  // small numbers, which most items are
      ++at_;
      continue;
    }
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
