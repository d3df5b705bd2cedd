#include "http/session.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <typeinfo>
#include <utility>

#include "base/log.h"
#include "http/exchange.h"
#include "http/stream.h"

namespace assayd::http {
namespace {

using std::chrono::milliseconds;

// How long and how much we read of a client that is still sending after our last word; closing on
// it at once would reset the connection and take that word from it.
constexpr milliseconds kLingerPatience{2'000};
constexpr std::size_t kLingerBytes = 4 * 1024 * 1024;

}  // namespace

Session::Session(SessionContext& context, const Strand& strand, std::unique_ptr<Channel> channel,
                 Ends ends)
    : context_(context),
      strand_(strand),
      channel_(std::move(channel)),
      ends_(std::move(ends)),
      port_(std::make_shared<ReplyPort>(*this)),
      deadline_(strand),
      pause_(strand),
      transmitter_(*channel_, deadline_, context.limits.write_deadline),
      reader_(context.limits, context.rules, ends_) {}

void Session::Start(std::unique_ptr<ConnectionTable::Place> place) {
  place_ = std::move(place);
  // Who drains asks those who are seated; one that comes later has to ask itself.
  if (!place_->Seat(shared_from_this()) || context_.draining) return End();
  deadline_.Start(weak_from_this(), [this] { OnDeadline(); });
  deadline_.Set(context_.limits.header_deadline);
  channel_->Handshake([self = shared_from_this()](IoError error, std::size_t) {
    if (self->phase_ == Phase::kEnded) return;
    if (error) return self->End();
    self->Advance();
  });
}

void Session::Post(ReplyPort::Work work) {
  asio::post(strand_,
             [self = shared_from_this(), work = std::move(work)]() mutable { work(*self); });
}

void Session::Drain() {
  closes_after_ = true;
  if (phase_ == Phase::kHandshake || (phase_ == Phase::kReceiving && !reader_.is_in_body())) {
    End();
  } else if (phase_ == Phase::kStreaming) {
    stream_->Close();
  }
}

void Session::End() {
  if (phase_ == Phase::kEnded) return;
  phase_ = Phase::kEnded;
  deadline_.Stop();
  pause_.cancel();
  channel_->Close();
  port_->Close();
  if (stream_) stream_->End();
  // Last: who waits for the table to be empty may go on.
  place_.reset();
}

// ---- Receiving -------------------------------------------------------------------------------

void Session::Advance() {
  phase_ = Phase::kReceiving;
  for (;;) {
    switch (reader_.Read(input_)) {
      case RequestReader::Step::kNeedsMore:
        if (input_ended_) return OnClientGone();
        SetReceiveDeadline();
        return Receive();
      case RequestReader::Step::kHead:
        if (!PassGate()) return;
        break;
      case RequestReader::Step::kComplete:
        return Dispatch();
      case RequestReader::Step::kRejected:
        return Reject(reader_.rejection());
    }
  }
}

void Session::Receive() {
  const bool is_full = phase_ != Phase::kReceiving && input_.size() >= context_.limits.header_bytes;
  if (is_receiving_ || input_ended_ || is_full) return;
  is_receiving_ = true;
  channel_->Receive([self = shared_from_this()](IoError error, std::string_view bytes) {
    self->is_receiving_ = false;
    self->OnReceived(error, bytes);
  });
}

void Session::OnReceived(IoError error, std::string_view bytes) {
  if (phase_ == Phase::kEnded) return;
  if (phase_ == Phase::kLingering) return FinishSending();
  if (error == asio::error::eof) {
    input_ended_ = true;
    port_->NoteClientGone();
  } else if (error) {
    return End();
  }
  switch (phase_) {
    case Phase::kReceiving:
      input_.Append(bytes);
      return Advance();
    case Phase::kStreaming:
    case Phase::kRaw:
      // Neither has a next request; the end of input is how a client that only listens leaves.
      discarded_bytes_ += bytes.size();
      if (input_ended_ || discarded_bytes_ > context_.limits.header_bytes) return End();
      return Receive();
    default:
      input_.Append(bytes);
      return Receive();
  }
}

void Session::OnClientGone() {
  if (!reader_.is_in_body() && input_.empty()) return Linger();
  Reject({400, "The request ends before it is complete.", {}});
}

void Session::SetReceiveDeadline() {
  if (reader_.is_in_body()) {
    if (awaiting_ != Awaiting::kBody) {
      body_begun_ = std::chrono::steady_clock::now();
      body_bytes_honoured_ = 0;
    }
    awaiting_ = Awaiting::kBody;
    HonourProgress();
    deadline_.Set(BodyPatience());
  } else if (input_.empty()) {
    if (awaiting_ != Awaiting::kRequest) deadline_.Set(context_.limits.idle);
    awaiting_ = Awaiting::kRequest;
  } else {
    // Set once: the deadline covers the whole head, however slowly it drips.
    if (awaiting_ != Awaiting::kHead) deadline_.Set(context_.limits.header_deadline);
    awaiting_ = Awaiting::kHead;
  }
}

// A body that comes at a pace is no idle connection, and one that drips is.
void Session::HonourProgress() {
  const std::size_t bytes = reader_.body_bytes();
  if (bytes - body_bytes_honoured_ < context_.limits.body_bytes_per_second_min) return;
  body_bytes_honoured_ = bytes;
  place_->Wait();
}

// The first seconds are free; then each byte received pays for its share of a second. Nobody saves
// up: a body that stands still is given up as soon as a slow one.
milliseconds Session::BodyPatience() const {
  const milliseconds grace = context_.limits.header_deadline;
  const std::size_t rate = context_.limits.body_bytes_per_second_min;
  if (rate == 0) return grace;
  const auto earned = grace + milliseconds(reader_.body_bytes() * 1'000 / rate);
  const auto spent =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - body_begun_);
  return std::min(grace, earned - spent);
}

void Session::OnDeadline() {
  if (phase_ != Phase::kReceiving || awaiting_ == Awaiting::kRequest) return End();
  Reject({408, "The request came too slowly.", {}});
}

// ---- One request -----------------------------------------------------------------------------

void Session::NameRequest() {
  request_id_ = context_.ids.Next();
  ++requests_;
  ++context_.requests_total;
}

bool Session::BeginWork() {
  if (place_->TryWork()) return true;
  End();
  return false;
}

bool Session::PassGate() {
  if (!reader_.announces_body()) {
    if (!BeginWork()) return false;
  } else {
    place_->Wait();
  }
  NameRequest();
  reader_.head().request.id = request_id_;
  auto admission = AskGate();
  if (!admission) {
    Reject({500, "The request could not be answered.", {}});
    return false;
  }
  if (admission->refuse) {
    SendChecked(*std::move(admission->refuse),
                reader_.announces_body() ? After::kClose : After::kKeepAlive);
    return false;
  }
  const bool expects_continue = reader_.head().expects_continue && input_.empty();
  reader_.Admit(admission->body_bytes_max);
  if (!expects_continue || !reader_.is_in_body()) return true;
  phase_ = Phase::kContinuing;
  Transmit("HTTP/1.1 100 Continue\r\n\r\n", {});
  return false;
}

std::optional<Admission> Session::AskGate() {
  if (!context_.gate) return Admission{};
  std::string_view thrown = "unknown";
  try {
    return context_.gate(reader_.head().request);
  } catch (const std::exception& exception) {
    thrown = typeid(exception).name();
  } catch (...) {
    thrown = "unknown";
  }
  log::Error("gate failed", {{"request_id", request_id_}, {"exception", thrown}});
  return std::nullopt;
}

void Session::Dispatch() {
  if (!BeginWork()) return;
  phase_ = Phase::kHandling;
  awaiting_ = Awaiting::kNothing;
  deadline_.Clear();
  auto exchange = std::make_shared<SessionExchange>(std::move(reader_.head().request), port_,
                                                    context_.limits.stream_backlog_bytes);
  WorkerPool::Task task = [&handler = context_.handler, exchange] {
    RunHandler(handler, exchange);
  };
  if (!context_.workers.TryRun(std::move(task))) {
    exchange->Withdraw();
    return Reject({503, "Too many requests are waiting.", {{"Retry-After", "1"}}});
  }
  Receive();
}

// ---- Sending ---------------------------------------------------------------------------------

void Session::Answer(Response response) {
  if (phase_ == Phase::kHandling) SendChecked(std::move(response), After::kKeepAlive);
}

bool Session::IsPossible(int status) const {
  if (status >= 200 && status <= 599) return true;
  log::Error("answer with an impossible status", {{"request_id", request_id_}, {"status", status}});
  return false;
}

void Session::SendChecked(Response response, After after) {
  if (IsPossible(response.status)) return Send(std::move(response), after);
  Reject({500, "The request could not be answered.", {}});
}

void Session::Reject(const Rejection& rejection) {
  if (phase_ == Phase::kEnded) return;
  if (request_id_.empty()) NameRequest();
  ++context_.requests_rejected_total;
  Send(MakeProblem(rejection, request_id_), After::kClose);
}

void Session::Send(Response response, After after) {
  phase_ = Phase::kAnswering;
  closes_after_ = closes_after_ || after == After::kClose || reader_.wants_close() ||
                  requests_ >= context_.limits.requests_per_connection || context_.draining;
  AnswerFrame frame{.keeps_alive = !closes_after_, .request_id = request_id_};
  if (HasNoBody(response.status)) {
    frame.body = AnswerFrame::Body::kNone;
    response.body.clear();
  }
  frame.length = response.body.size();
  if (reader_.head().is_head) response.body.clear();
  Transmit(WriteAnswerHead(response.status, response.headers, frame), std::move(response.body));
}

void Session::Transmit(std::string head, std::string body) {
  transmitter_.Send(std::move(head), std::move(body), [self = shared_from_this()](IoError error) {
    if (self->phase_ == Phase::kEnded) return;
    if (error) return self->End();
    self->OnTransmitted();
  });
}

void Session::OnTransmitted() {
  switch (phase_) {
    case Phase::kContinuing:
      return Advance();
    case Phase::kAnswering:
      if (closes_after_) return Linger();
      reader_.Next();
      place_->Wait();
      request_id_.clear();
      awaiting_ = Awaiting::kNothing;
      return Advance();
    case Phase::kStreaming:
      stream_->Sent(std::exchange(stream_bytes_sending_, 0));
      return PumpStream();
    case Phase::kRaw:
      return SendNextPiece();
    default:
      return End();
  }
}

void Session::BeginStream(const Response& head, std::shared_ptr<StreamQueue> queue) {
  if (phase_ != Phase::kHandling || input_ended_) {
    queue->End();
    return End();
  }
  if (!IsPossible(head.status)) {
    queue->End();
    return Reject({500, "The request could not be answered.", {}});
  }
  input_.Consume(input_.size());
  closes_after_ = true;
  stream_is_chunked_ = reader_.is_http_11();
  const AnswerFrame frame{
      .body = stream_is_chunked_ ? AnswerFrame::Body::kChunked : AnswerFrame::Body::kUntilClose,
      .request_id = request_id_};
  const bool has_body = !reader_.head().is_head && !HasNoBody(head.status);
  phase_ = has_body ? Phase::kStreaming : Phase::kAnswering;
  stream_ = std::move(queue);
  if (!has_body) stream_->End();
  if (context_.draining) stream_->Close();
  Transmit(WriteAnswerHead(head.status, head.headers, frame), {});
  Receive();
}

void Session::PumpStream() {
  if (phase_ != Phase::kStreaming || transmitter_.is_busy()) return;
  const auto [bytes, is_final] = stream_->Take();
  if (!bytes.empty()) {
    stream_bytes_sending_ = bytes.size();
    return Transmit(stream_is_chunked_ ? WriteChunk(bytes) : bytes, {});
  }
  if (!is_final) return deadline_.Clear();
  phase_ = Phase::kAnswering;
  stream_->End();
  if (!stream_is_chunked_) return Linger();
  Transmit("0\r\n\r\n", {});
}

void Session::AnswerRaw(RawAnswer answer) {
  if (phase_ != Phase::kHandling) return;
  phase_ = Phase::kRaw;
  raw_end_ = answer.end;
  input_.Consume(input_.size());
  for (auto& piece : answer.pieces) raw_pieces_.push_back(std::move(piece));
  if (input_ended_) return End();
  Receive();
  SendNextPiece();
}

void Session::SendNextPiece() {
  if (raw_pieces_.empty()) {
    if (raw_end_ == RawAnswer::End::kClose) return Linger();
    channel_->Reset();
    return End();
  }
  deadline_.Clear();
  pause_.expires_after(raw_pieces_.front().pause_before);
  pause_.async_wait([self = shared_from_this()](IoError error) {
    if (error || self->phase_ != Phase::kRaw) return;
    std::string bytes = std::move(self->raw_pieces_.front().bytes);
    self->raw_pieces_.pop_front();
    if (bytes.empty()) return self->SendNextPiece();
    self->Transmit(std::move(bytes), {});
  });
}

// ---- Closing ---------------------------------------------------------------------------------

void Session::Linger() {
  phase_ = Phase::kLingering;
  place_->Wait();
  deadline_.Set(kLingerPatience);
  if (is_receiving_) return channel_->Cancel();  // OnReceived goes on
  FinishSending();
}

void Session::FinishSending() {
  channel_->Finish([self = shared_from_this()](IoError error, std::size_t) {
    if (self->phase_ == Phase::kEnded) return;
    if (error || self->input_ended_) return self->End();
    self->discarded_bytes_ = 0;
    self->DiscardInput();
  });
}

void Session::DiscardInput() {
  channel_->ReceiveUndecoded([self = shared_from_this()](IoError error, std::string_view bytes) {
    if (self->phase_ == Phase::kEnded) return;
    self->discarded_bytes_ += bytes.size();
    if (error || self->discarded_bytes_ > kLingerBytes) return self->End();
    self->DiscardInput();
  });
}

}  // namespace assayd::http
