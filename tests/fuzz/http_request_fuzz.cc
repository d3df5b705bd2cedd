#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "http/request_reader.h"

using namespace assayd::http;

namespace {

constexpr std::size_t kBodyBytesMax = 1'000;

/// Reads requests from a connection's bytes and writes down what it made of them.
class Transcript {
 public:
  void Feed(std::string_view bytes) {
    input_.Append(bytes);
    for (;;) {
      const auto step = reader_.Read(input_);
      if (step == RequestReader::Step::kNeedsMore) return;
      if (step == RequestReader::Step::kRejected) {
        rejected_ = true;
        return;
      }
      if (step == RequestReader::Step::kHead) {
        reader_.Admit(kBodyBytesMax);
        continue;
      }
      const Request& request = reader_.head().request;
      ASSAYD_ASSERT(request.body.size() <= kBodyBytesMax);
      text_ += request.method + ' ' + request.path + ' ' + request.body + '\n';
      reader_.Next();
    }
  }
  /// What was not refused in one reading may be refused in the other only at a later byte, so the
  /// requests before a refusal are what must agree.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool rejected() const { return rejected_; }

 private:
  const Limits limits_;
  const RequestRules rules_{Options().methods, *HostPolicy::Create(80, {}), {}};
  const Ends ends_;
  RequestReader reader_{limits_, rules_, ends_};
  InputBuffer input_;
  std::string text_;
  bool rejected_ = false;
};

}  // namespace

// However the bytes are cut into pieces, the same requests come out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t piece = data[0] % 32 + 1u;
  Transcript at_once;
  at_once.Feed(bytes);
  Transcript in_pieces;
  for (std::size_t at = 0; at < bytes.size(); at += piece) in_pieces.Feed(bytes.substr(at, piece));
  ASSAYD_ASSERT(at_once.text() == in_pieces.text());
  ASSAYD_ASSERT(at_once.rejected() == in_pieces.rejected());
  return 0;
}
