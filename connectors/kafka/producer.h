#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "connectors/kafka/options.h"

namespace assayd::connectors::kafka {

struct Message {
  std::uint64_t number = 0;  ///< comes back with the report
  std::string key;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string value;
};

/// What became of a message.
enum class Fate : std::uint8_t {
  kDelivered,  ///< all in-sync replicas have it
  kRefused,    ///< the broker will never take it: too large, invalid
  kFailed,     ///< not known to be delivered
};

/// An idempotent producer with acks=all. Its order per key, and that a retry is no duplicate, end
/// with it: after a fatal error it is replaced. One thread at a time.
class Producer {
 public:
  struct Report {
    std::uint64_t number = 0;
    Fate fate = Fate::kFailed;
    std::optional<Error> problem;
  };

  /// kConfiguration for properties that librdkafka refuses; kPermissionDenied, kNotFound, kIo for
  /// files. Brokers that cannot be reached are no error here.
  static Result<std::unique_ptr<Producer>> Make(const PublisherOptions& options);
  ~Producer();

  /// False when its queue is full: Poll first. What can never be sent is reported by Poll.
  bool Send(const Message& message);
  /// Waits at most `time` for reports and returns those there are.
  std::vector<Report> Poll(Milliseconds time);
  /// Why it is of no use any more.
  [[nodiscard]] std::optional<Error> FatalError() const;

  /// The library's handle, for tests that make it fail.
  [[nodiscard]] void* handle() const;

 private:
  struct Impl;
  explicit Producer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assayd::connectors::kafka
