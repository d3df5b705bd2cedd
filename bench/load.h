#pragma once

#include <cstdint>
#include <string>

#include "bench/daemon_process.h"
#include "tests/fakes/raw_http_client.h"

namespace assayd::bench {

/// One connection that sends signals and reads scores.
class Load {
 public:
  explicit Load(std::uint16_t port) : client_(fakes::RawHttpClient::Tcp(port)) {}

  /// Complete reads of one setting of `count` tenants from `first` on, as one batch; the position
  /// that the answer states. Ends the program when one was not taken.
  struct Read {
    const char* source;
    const char* setting;
    std::string value;
  };
  std::uint64_t Post(std::uint32_t first, std::uint32_t count, const Read& read);
  /// The position that a tenant's score reflects.
  std::uint64_t ScorePosition(std::uint32_t tenant);

  /// A request of a reader, for Ask.
  static std::string Get(const std::string& target);
  static std::string Post(const std::string& target, const std::string& json);
  /// Its answer's body. Ends the program unless that is 200.
  std::string Ask(const std::string& request) { return Exchange(request); }

 private:
  std::string Exchange(const std::string& request);

  fakes::RawHttpClient client_;
  std::string body_;
};

}  // namespace assayd::bench
