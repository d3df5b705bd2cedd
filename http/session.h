#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/answer.h"
#include "http/asio.h"
#include "http/channel.h"
#include "http/connection_table.h"
#include "http/deadline.h"
#include "http/input_buffer.h"
#include "http/problem.h"
#include "http/reply_port.h"
#include "http/request_reader.h"
#include "http/server.h"
#include "http/session_context.h"
#include "http/transmitter.h"

namespace assayd::http {

class StreamQueue;

/// One connection: reads requests, has them answered one after the other, closes. Everything but
/// Post runs on its strand. The connection table owns it until End.
///
/// It reads on while a request is handled, so that it notices when the client goes; what arrives
/// then are pipelined requests, which wait in a bounded buffer. Whatever the listener itself
/// refuses ends the connection: after it nobody can be sure where the next request begins.
class Session final : public std::enable_shared_from_this<Session> {
 public:
  Session(SessionContext& context, const Strand& strand, std::unique_ptr<Channel> channel,
          Ends ends);

  /// `place` is given back by End.
  void Start(std::unique_ptr<ConnectionTable::Place> place);
  /// From any thread: runs `work` on the strand.
  void Post(ReplyPort::Work work);
  /// Finishes the answer under way, ends a stream, then closes; at once when there is neither.
  void Drain();
  /// Closes at once. Idempotent.
  void End();

  // What an exchange or a stream asks for, through the port.
  void Answer(Response response);
  void Reject(const Rejection& rejection);
  void BeginStream(const Response& head, std::shared_ptr<StreamQueue> queue);
  void PumpStream();
  void AnswerRaw(RawAnswer answer);

 private:
  enum class Phase {
    kHandshake,
    kReceiving,   ///< a head, a body, or nothing yet
    kContinuing,  ///< sends 100
    kHandling,    ///< a worker or the product has the request
    kAnswering,
    kStreaming,
    kRaw,
    kLingering,  ///< has said all, waits for the client to close
    kEnded,
  };
  enum class Awaiting { kNothing, kRequest, kHead, kBody };
  enum class After { kKeepAlive, kClose };

  // Receiving.
  void Advance();
  void Receive();
  void OnReceived(IoError error, std::string_view bytes);
  void OnClientGone();
  void SetReceiveDeadline();
  void HonourProgress();
  [[nodiscard]] std::chrono::milliseconds BodyPatience() const;
  void OnDeadline();

  // One request.
  void NameRequest();
  /// False when this connection was displaced, and has ended.
  bool BeginWork();
  bool PassGate();
  std::optional<Admission> AskGate();
  void Dispatch();

  // Sending.
  [[nodiscard]] bool IsPossible(int status) const;
  void SendChecked(Response response, After after);
  void Send(Response response, After after);
  void Transmit(std::string head, std::string body);
  void OnTransmitted();
  void SendNextPiece();

  // Closing.
  void Linger();
  void FinishSending();
  void DiscardInput();

  SessionContext& context_;
  const Strand strand_;
  const std::unique_ptr<Channel> channel_;
  const Ends ends_;
  const std::shared_ptr<ReplyPort> port_;
  std::unique_ptr<ConnectionTable::Place> place_;
  Deadline deadline_;
  Timer pause_;  ///< between the pieces of a raw answer
  Transmitter transmitter_;

  Phase phase_ = Phase::kHandshake;
  Awaiting awaiting_ = Awaiting::kNothing;
  RequestReader reader_;
  InputBuffer input_;
  bool is_receiving_ = false;
  bool input_ended_ = false;
  std::size_t discarded_bytes_ = 0;
  std::chrono::steady_clock::time_point body_begun_;
  std::size_t body_bytes_honoured_ = 0;

  std::string request_id_;  ///< empty between requests
  std::size_t requests_ = 0;
  bool closes_after_ = false;

  std::shared_ptr<StreamQueue> stream_;
  bool stream_is_chunked_ = true;
  std::size_t stream_bytes_sending_ = 0;
  std::deque<RawAnswer::Piece> raw_pieces_;
  RawAnswer::End raw_end_ = RawAnswer::End::kClose;
};

}  // namespace assayd::http
