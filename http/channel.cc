#include "http/channel.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <span>
#include <utility>

namespace assayd::http {
namespace {

using Buffers = std::array<asio::const_buffer, 2>;

Buffers AsBuffers(std::string_view first, std::string_view second) {
  return {asio::buffer(first), asio::buffer(second)};
}

// What a TLS connection decrypts at once: a record.
constexpr std::size_t kRecordBytes = 16 * 1024;

// One per I/O thread, so that connections need no memory to wait for bytes.
std::span<char> ReceiveRoom() {
  thread_local std::array<char, 64 * 1024> room;
  return room;
}

class PlainChannel final : public Channel {
 public:
  explicit PlainChannel(Socket socket) : socket_(std::move(socket)) {}

  void Handshake(Done done) override {
    asio::post(socket_.get_executor(), [done = std::move(done)]() mutable { done(IoError(), 0); });
  }
  void Receive(Received received) override { ReceiveUndecoded(std::move(received)); }
  void WriteSome(std::string_view first, std::string_view second, Done done) override {
    socket_.async_write_some(AsBuffers(first, second), std::move(done));
  }
  void Finish(Done done) override {
    IoError error;
    socket_.shutdown(asio::socket_base::shutdown_send, error);
    asio::post(socket_.get_executor(),
               [done = std::move(done), error]() mutable { done(error, 0); });
  }

 private:
  Socket& socket() override { return socket_; }

  Socket socket_;
};

class TlsChannel final : public Channel {
 public:
  TlsChannel(Socket socket, asio::ssl::context& context) : stream_(std::move(socket), context) {}

  void Handshake(Done done) override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [done = std::move(done)](IoError error) mutable { done(error, 0); });
  }
  void Receive(Received received) override {
    stream_.async_read_some(
        asio::buffer(room_.get(), kRecordBytes),
        [this, received = std::move(received)](IoError error, std::size_t size) mutable {
          received(error, {room_.get(), size});
        });
  }
  void WriteSome(std::string_view first, std::string_view second, Done done) override {
    // The stream encrypts one buffer per call.
    const std::string_view next = first.empty() ? second : first;
    stream_.async_write_some(asio::buffer(next), std::move(done));
  }
  void Finish(Done done) override {
    stream_.async_shutdown([this, done = std::move(done)](IoError) mutable {
      // Without the peer's own farewell this ends in an error; ours has been sent.
      IoError error;
      socket().shutdown(asio::socket_base::shutdown_send, error);
      done(error, 0);
    });
  }

 private:
  Socket& socket() override { return stream_.next_layer(); }

  asio::ssl::stream<Socket> stream_;
  const std::unique_ptr<char[]> room_ = std::make_unique_for_overwrite<char[]>(kRecordBytes);
};

}  // namespace

void Channel::ReceiveUndecoded(Received received) {
  socket().async_wait(
      asio::socket_base::wait_read, [this, received = std::move(received)](IoError error) mutable {
        if (error) return received(error, {});
        const std::span<char> room = ReceiveRoom();
        const std::size_t size = socket().read_some(asio::buffer(room.data(), room.size()), error);
        if (error == asio::error::would_block) return ReceiveUndecoded(std::move(received));
        received(error, {room.data(), size});
      });
}

void Channel::Cancel() {
  IoError ignored;
  socket().cancel(ignored);
}

void Channel::Close() {
  IoError ignored;
  socket().close(ignored);
}

void Channel::Reset() {
  IoError ignored;
  socket().set_option(asio::socket_base::linger(true, 0), ignored);
  socket().close(ignored);
}

std::unique_ptr<Channel> MakePlainChannel(Socket socket) {
  return std::make_unique<PlainChannel>(std::move(socket));
}

std::unique_ptr<Channel> MakeTlsChannel(Socket socket, asio::ssl::context& context) {
  return std::make_unique<TlsChannel>(std::move(socket), context);
}

}  // namespace assayd::http
