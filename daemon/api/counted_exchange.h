#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "daemon/metrics/metrics.h"
#include "http/server.h"

namespace assayd::daemon {

/// Counts an exchange when it is answered.
class CountedExchange final : public http::Exchange {
 public:
  CountedExchange(std::shared_ptr<http::Exchange> exchange, Metrics& metrics, std::string route)
      : exchange_(std::move(exchange)), metrics_(metrics), route_(std::move(route)) {}

  [[nodiscard]] const http::Request& request() const override { return exchange_->request(); }
  [[nodiscard]] bool abandoned() const override { return exchange_->abandoned(); }
  void Respond(http::Response response) override {
    Count(response.status);
    exchange_->Respond(std::move(response));
  }
  std::shared_ptr<http::Stream> BeginStream(int status, std::vector<http::Field> headers) override {
    Count(status);
    return exchange_->BeginStream(status, std::move(headers));
  }
  void RespondRaw(http::RawAnswer answer) override { exchange_->RespondRaw(std::move(answer)); }

 private:
  void Count(int status) {
    metrics_.CountRequest(route_, request().method, status,
                          std::chrono::steady_clock::now() - begun_);
  }

  std::shared_ptr<http::Exchange> exchange_;  // shared with whoever answers
  Metrics& metrics_;
  std::string route_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace assayd::daemon
