#pragma once

#include <atomic>
#include <functional>
#include <mutex>

namespace assayd::http {

class Session;

/// The way from any thread to a session on its strand. Held by the session and by the exchange or
/// stream that the product keeps, which may outlive the session and even the server: once the
/// session has ended, work handed in is destroyed unrun.
class ReplyPort {
 public:
  explicit ReplyPort(Session& session) : session_(&session) {}

  using Work = std::move_only_function<void(Session&)>;
  /// False when the session has ended. Otherwise `work` runs later on its strand, even if the
  /// session ends in between.
  bool Post(Work work);
  /// By the session as it ends.
  void Close();

  /// By the session: the client sends nothing more.
  void NoteClientGone() { client_gone_ = true; }
  [[nodiscard]] bool client_gone() const { return client_gone_; }

 private:
  std::atomic<bool> client_gone_ = false;
  std::mutex mutex_;
  Session* session_;
};

}  // namespace assayd::http
