#pragma once

#include <cstddef>
#include <memory>

#include "connectors/http_transport.h"
#include "connectors/proxy_settings.h"

namespace assayd::connectors::graph {

/// HTTP by cpprestsdk's client: the one file pair that knows that library.
///
/// Certificates are always verified, TLS is 1.2 or newer, nothing is redirected, decompressed or
/// sent in plain to another machine. Connections are kept per authority. The caller waits at most
/// the request's deadline, whatever the server or the name service does; what is under way then
/// goes on without it and is dropped. Memory per answer is bounded by Options, headers included.
/// Safe from every thread; the library works in one of its own, which the first client of the
/// process makes.
///
/// A chunk size that the library misreads as negative ends the request here and not the process,
/// because the body goes into a buffer of ours that answers with an error and never throws.
class HttpClient final : public HttpTransport {
 public:
  struct Options {
    ProxySettings proxies;
    /// Authorities whose connections are kept; the one that was not used for longest goes.
    std::size_t authorities_max = 64;
    /// What one answer may bring besides its body.
    std::size_t overhead_bytes_max = 1'048'576;
    /// The largest `body_bytes_max` that requests ask for.
    std::size_t body_bytes_max = 32U * 1024 * 1024;
  };

  explicit HttpClient(Options options);
  /// Cancels what is under way and waits half a second for it at most. No thread is in Send.
  ~HttpClient() override;

  Result<HttpResponse> Send(const HttpRequest& request) override;

  /// Ends what is under way and whatever comes after with kCancelled, for good: so that a program
  /// that ends need not wait for a request that its server holds.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assayd::connectors::graph
