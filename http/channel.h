#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "http/asio.h"

namespace boost::asio::ssl {
class context;
}

namespace assayd::http {

/// The bytes of one connection, plain or encrypted. At most one reading and one writing call are
/// under way at a time. Completions run on the socket's strand and never inside the call; the
/// caller keeps the channel alive until they have run.
class Channel {
 public:
  using Done = std::move_only_function<void(IoError, std::size_t)>;
  /// The bytes are gone when the completion returns.
  using Received = std::move_only_function<void(IoError, std::string_view bytes)>;

  virtual ~Channel() = default;
  virtual void Handshake(Done done) = 0;
  /// At least one byte, or an error; the end is asio::error::eof.
  virtual void Receive(Received received) = 0;
  /// At least one byte of `first` followed by `second`, of which one is not empty.
  virtual void WriteSome(std::string_view first, std::string_view second, Done done) = 0;
  /// Says that nothing more will be sent. Nothing may be under way.
  virtual void Finish(Done done) = 0;

  /// Receives what is of no interest any more, below any encryption.
  void ReceiveUndecoded(Received received);
  /// What is under way ends with asio::error::operation_aborted.
  void Cancel();
  void Close();
  /// Closes so that the peer sees a reset.
  void Reset();

 protected:
  virtual Socket& socket() = 0;
};

std::unique_ptr<Channel> MakePlainChannel(Socket socket);
/// `context` outlives the channel.
std::unique_ptr<Channel> MakeTlsChannel(Socket socket, boost::asio::ssl::context& context);

}  // namespace assayd::http
