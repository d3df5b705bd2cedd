#pragma once

#include <filesystem>
#include <string>

#include "connectors/bearer_source.h"
#include "connectors/http_transport.h"
#include "connectors/signal_publisher.h"

namespace assayd::connectors {

/// Publishes to `POST {url}/api/v1/signals` as batched CloudEvents. A 2xx whose figures add up
/// takes the batch; signals that it quarantines are refused. A batch that is refused as such (400,
/// 413, 422) is halved until the one that is at fault stands alone, so that one bad signal never
/// holds up the others. Everything else is tried again.
class HttpPublisher final : public SignalPublisher {
 public:
  struct Options {
    std::string url;  ///< "http://127.0.0.1:8787"
    BearerSource bearer;
    std::filesystem::path ca_file;
    std::size_t batch_bytes_max = 8U * 1024 * 1024;
    Milliseconds deadline{60'000};
  };

  HttpPublisher(Options options, HttpTransport& transport, const Clock& clock)
      : options_(std::move(options)), transport_(transport), clock_(clock) {}

  PublishReport Publish(std::span<const Outbox::Outgoing> signals) override;

 private:
  using Signals = std::span<const Outbox::Outgoing>;
  /// Publishes `signals`, which begin at `first` of those of the report. False when the rest is to
  /// be left for another time.
  bool PublishPart(Signals signals, std::size_t first, PublishReport& report);
  bool Halve(Signals signals, std::size_t first, int status, PublishReport& report);
  Result<HttpResponse> Post(Signals signals);

  const Options options_;
  HttpTransport& transport_;
  const Clock& clock_;
};

}  // namespace assayd::connectors
