#include "http/exchange.h"

#include <exception>
#include <typeinfo>
#include <utility>

#include "base/log.h"
#include "http/session.h"
#include "http/stream.h"

namespace assayd::http {

SessionExchange::SessionExchange(Request request, std::shared_ptr<ReplyPort> port,
                                 std::size_t stream_backlog_bytes)
    : request_(std::move(request)),
      port_(std::move(port)),
      stream_backlog_bytes_(stream_backlog_bytes) {}

SessionExchange::~SessionExchange() { Fail(); }

bool SessionExchange::TakeTurn() {
  if (!answered_.exchange(true)) return true;
  log::Error("request answered twice", {{"request_id", request_.id}});
  return false;
}

void SessionExchange::Respond(Response response) {
  if (!TakeTurn()) return;
  port_->Post([response = std::move(response)](Session& session) mutable {
    session.Answer(std::move(response));
  });
}

std::shared_ptr<Stream> SessionExchange::BeginStream(int status, std::vector<Field> headers) {
  auto queue = std::make_shared<StreamQueue>(stream_backlog_bytes_, port_);
  const bool begins = TakeTurn() && port_->Post([status, headers = std::move(headers),
                                                 queue](Session& session) mutable {
    session.BeginStream({.status = status, .headers = std::move(headers)}, std::move(queue));
  });
  if (!begins) queue->End();
  return std::make_shared<QueuedStream>(std::move(queue));
}

void SessionExchange::RespondRaw(RawAnswer answer) {
  if (!TakeTurn()) return;
  port_->Post([answer = std::move(answer)](Session& session) mutable {
    session.AnswerRaw(std::move(answer));
  });
}

void SessionExchange::Fail() {
  if (answered_.exchange(true)) return;
  port_->Post(
      [](Session& session) { session.Reject({500, "The request could not be answered.", {}}); });
}

void RunHandler(const Handler& handler, const std::shared_ptr<SessionExchange>& exchange) {
  std::string_view thrown = "unknown";
  try {
    handler(exchange);
    return;
  } catch (const std::exception& exception) {
    thrown = typeid(exception).name();
  } catch (...) {
    thrown = "unknown";
  }
  log::Error("handler failed", {{"request_id", exchange->request().id}, {"exception", thrown}});
  exchange->Fail();
}

}  // namespace assayd::http
