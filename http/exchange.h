#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "http/problem.h"
#include "http/reply_port.h"
#include "http/server.h"

namespace assayd::http {

/// The exchange that the handler gets. What comes after the first answer is logged and ignored: a
/// second answer would belong to another request.
class SessionExchange final : public Exchange {
 public:
  SessionExchange(Request request, std::shared_ptr<ReplyPort> port,
                  std::size_t stream_backlog_bytes);
  ~SessionExchange() override;
  SessionExchange(const SessionExchange&) = delete;
  SessionExchange& operator=(const SessionExchange&) = delete;

  [[nodiscard]] const Request& request() const override { return request_; }
  [[nodiscard]] bool abandoned() const override { return port_->client_gone(); }
  void Respond(Response response) override;
  std::shared_ptr<Stream> BeginStream(int status, std::vector<Field> headers) override;
  void RespondRaw(RawAnswer answer) override;

  /// 500, if it is not answered yet.
  void Fail();
  /// The session answers by itself.
  void Withdraw() { answered_ = true; }

 private:
  bool TakeTurn();

  const Request request_;
  const std::shared_ptr<ReplyPort> port_;
  const std::size_t stream_backlog_bytes_;
  std::atomic<bool> answered_ = false;
};

/// Runs the handler; what it throws is logged by its type alone (a message may quote the request)
/// and answered with 500.
void RunHandler(const Handler& handler, const std::shared_ptr<SessionExchange>& exchange);

}  // namespace assayd::http
