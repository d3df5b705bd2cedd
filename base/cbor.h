#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace assayd {

/// Writes deterministic CBOR (RFC 8949 section 4.2.1): shortest integers, definite lengths. Callers
/// keep map keys in bytewise order; floating point does not exist here.
class CborWriter {
 public:
  explicit CborWriter(std::string& out) : out_(out) {}

  void UInt(std::uint64_t value) { Head(0, value); }
  void Int(std::int64_t value);
  void Bytes(std::string_view value);
  void Text(std::string_view value);
  /// Begins an array of `count` items, which the caller writes next.
  void Array(std::uint64_t count) { Head(4, count); }
  /// Begins a map of `count` pairs, which the caller writes next, keys in bytewise order.
  void Map(std::uint64_t count) { Head(5, count); }
  void Bool(bool value) { out_.push_back(value ? '\xF5' : '\xF4'); }
  void Null() { out_.push_back('\xF6'); }

 private:
  void Head(unsigned major, std::uint64_t value);
  std::string& out_;
};

/// Reads what CborWriter writes, from a view that must outlive it and what it returns. The first
/// wrong item makes the reader fail for good: every later call returns a zero value and ok() is
/// false, so that a decoder checks once at its end. Depth and counts are bounded by the input.
class CborReader {
 public:
  explicit CborReader(std::string_view in) : at_(in.data()), end_(in.data() + in.size()) {}

  [[nodiscard]] bool ok() const { return ok_; }
  /// True when everything was read and nothing failed.
  [[nodiscard]] bool done() const { return ok_ && at_ == end_; }
  [[nodiscard]] std::string_view rest() const {
    return {at_, static_cast<std::size_t>(end_ - at_)};
  }

  std::uint64_t UInt() { return Head(0); }
  std::int64_t Int() {
    const bool negative = ok_ && at_ != end_ && static_cast<std::uint8_t>(*at_) >> 5 == 1;
    const std::uint64_t value = Head(negative ? 1 : 0);
    if (value > static_cast<std::uint64_t>(INT64_MAX)) return ok_ = false, 0;
    return negative ? -static_cast<std::int64_t>(value) - 1 : static_cast<std::int64_t>(value);
  }
  std::string_view Bytes() { return String(2); }
  std::string_view Text() { return String(3); }
  std::uint64_t Array() { return Count(4, 1); }
  std::uint64_t Map() { return Count(5, 2); }
  bool Bool();
  /// True and consumed if the next item is null.
  bool SkipNull() {
    const bool null = ok_ && at_ != end_ && static_cast<std::uint8_t>(*at_) == 0xF6;
    if (null) ++at_;
    return null;
  }
  /// Skips one item with everything in it.
  void Skip();
  void Fail() { ok_ = false; }

 private:
  // Here and not in the .cc: a rebuild comes by some thirty times for each event of the log.
  [[gnu::always_inline]] std::uint64_t Head(unsigned major) {
    if (!ok_ || at_ == end_) return ok_ = false, 0;
    const auto lead = static_cast<std::uint8_t>(*at_);
    if (lead >> 5 != major) return ok_ = false, 0;
    ++at_;
    return (lead & 0x1F) < 24 ? lead & 0x1F : LongArgument(lead & 0x1F);
  }
  std::uint64_t Count(unsigned major, std::uint64_t least_bytes_each) {
    const std::uint64_t count = Head(major);
    const auto left = static_cast<std::uint64_t>(end_ - at_);
    if (count > left / least_bytes_each) return ok_ = false, 0;
    return count;
  }
  std::string_view String(unsigned major) {
    const std::uint64_t size = Head(major);
    if (!ok_ || size > static_cast<std::uint64_t>(end_ - at_)) {
      return ok_ = false, std::string_view();
    }
    const std::string_view value(at_, size);
    at_ += size;
    return value;
  }
  [[gnu::noinline]] std::uint64_t LongArgument(unsigned info) {
    switch (info) {
      case 24:
        return Big<std::uint8_t>(24);
      case 25:
        return Big<std::uint16_t>(0x100);
      case 26:
        return Big<std::uint32_t>(0x10000);
      case 27:
        return Big<std::uint64_t>(0x100000000);
      default:
        return ok_ = false, 0;
    }
  }
  /// A big-endian number. Only the shortest form is canonical: otherwise equal events could have
  /// different bytes.
  template <class Number>
  std::uint64_t Big(std::uint64_t smallest) {
    if (end_ - at_ < static_cast<std::ptrdiff_t>(sizeof(Number))) return ok_ = false, 0;
    Number number;
    std::memcpy(&number, at_, sizeof number);
    if constexpr (std::endian::native == std::endian::little) number = std::byteswap(number);
    at_ += sizeof number;
    if (number < smallest) ok_ = false;
    return number;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace assayd
