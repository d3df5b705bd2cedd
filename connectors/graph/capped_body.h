#pragma once

// cpprestsdk's headers need <utility> before them. For http_client.cc alone: they are heavy.
#include <utility>
// clang-format off
#include <cpprest/astreambuf.h>
// clang-format on

#include <cstdint>
#include <stdexcept>
#include <string>

namespace assayd::connectors::graph {

namespace streams = concurrency::streams;

struct BodyTooLarge : std::runtime_error {
  BodyTooLarge() : std::runtime_error("body too large") {}
};

/// Where the library writes the body. It answers with failed tasks and never throws: an exception
/// out of a write ends the process, because the library calls it from bare handlers.
class CappedBody final : public streams::details::streambuf_state_manager<std::uint8_t> {
 public:
  explicit CappedBody(std::size_t bytes_max)
      : streambuf_state_manager(std::ios_base::out), bytes_max_(bytes_max) {}

  [[nodiscard]] std::string Take() { return std::move(bytes_); }
  [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }

  using streambuf_state_manager::close;
  /// The library waits for the end of it in its only thread, so that nothing is left to that
  /// thread.
  pplx::task<void> close(std::ios_base::openmode mode) override {
    if ((mode & std::ios_base::out) != 0) m_stream_can_write = false;
    return pplx::task_from_result();
  }

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(std::size_t, std::ios_base::openmode) override {}
  std::size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return traits::eof(); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return traits::eof(); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    return traits::eof();
  }
  bool acquire(std::uint8_t*&, std::size_t&) override { return false; }
  void release(std::uint8_t*, std::size_t) override {}

 protected:
  pplx::task<std::size_t> _putn(const std::uint8_t* bytes, std::size_t count) override {
    if (count > bytes_max_ - bytes_.size()) {
      return pplx::task_from_exception<std::size_t>(BodyTooLarge());
    }
    bytes_.append(reinterpret_cast<const char*>(bytes), count);
    return pplx::task_from_result(count);
  }
  pplx::task<int_type> _putc(std::uint8_t byte) override {
    return _putn(&byte, 1).then([byte](std::size_t) { return static_cast<int_type>(byte); });
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  std::uint8_t* _alloc(std::size_t) override { return nullptr; }
  void _commit(std::size_t) override {}

  pplx::task<int_type> _bumpc() override { return NoReading(); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return NoReading(); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return NoReading(); }
  pplx::task<int_type> _ungetc() override { return NoReading(); }
  pplx::task<std::size_t> _getn(std::uint8_t*, std::size_t) override {
    return pplx::task_from_result(std::size_t{0});
  }
  std::size_t _scopy(std::uint8_t*, std::size_t) override { return 0; }

 private:
  static pplx::task<int_type> NoReading() {
    return pplx::task_from_result<int_type>(traits::eof());
  }

  const std::size_t bytes_max_;
  std::string bytes_;
};

}  // namespace assayd::connectors::graph
