#include "http/input_buffer.h"

#include "base/assert.h"

namespace assayd::http {
namespace {

constexpr std::size_t kKeptWhenEmpty = 4 * 1024;

}  // namespace

void InputBuffer::Append(std::string_view bytes) {
  if (begin_ > bytes_.size() / 2) {
    bytes_.erase(0, begin_);
    begin_ = 0;
  }
  bytes_.append(bytes);
}

void InputBuffer::Consume(std::size_t size) {
  ASSAYD_ASSERT(size <= this->size());
  begin_ += size;
  if (!empty()) return;
  begin_ = 0;
  bytes_.clear();
  if (bytes_.capacity() > kKeptWhenEmpty) bytes_.shrink_to_fit();
}

}  // namespace assayd::http
