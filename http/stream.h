#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "http/reply_port.h"
#include "http/server.h"

namespace assayd::http {

/// What passes between the product that writes a stream and the session that sends it. Owned by
/// both. Safe from every thread.
class StreamQueue {
 public:
  StreamQueue(std::size_t backlog_bytes_max, std::shared_ptr<ReplyPort> port)
      : backlog_bytes_max_(backlog_bytes_max), port_(std::move(port)) {}

  // The product's side.
  bool Write(std::string chunk);
  void Close();
  void OnEnd(std::function<void()> callback);

  // The session's side.
  struct Batch {
    std::string bytes;      ///< what waits, joined; it counts as backlog until Sent
    bool is_final = false;  ///< nothing waits and nothing will
  };
  Batch Take();
  void Sent(std::size_t bytes);
  /// Refuses further chunks and calls back. Idempotent.
  void End();

 private:
  enum class State { kOpen, kClosing, kEnded };

  const std::size_t backlog_bytes_max_;
  const std::shared_ptr<ReplyPort> port_;
  mutable std::mutex mutex_;
  State state_ = State::kOpen;
  std::string waiting_;
  std::size_t backlog_bytes_ = 0;  ///< waiting and taken, not sent
  std::function<void()> on_end_;
};

/// The product's handle; letting go of it closes the stream.
class QueuedStream final : public Stream {
 public:
  explicit QueuedStream(std::shared_ptr<StreamQueue> queue) : queue_(std::move(queue)) {}
  ~QueuedStream() override { queue_->Close(); }
  QueuedStream(const QueuedStream&) = delete;
  QueuedStream& operator=(const QueuedStream&) = delete;

  bool Write(std::string chunk) override { return queue_->Write(std::move(chunk)); }
  void Close() override { queue_->Close(); }
  void OnEnd(std::function<void()> callback) override { queue_->OnEnd(std::move(callback)); }

 private:
  const std::shared_ptr<StreamQueue> queue_;
};

}  // namespace assayd::http
