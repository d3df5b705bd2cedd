#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

/// The hardened HTTP/1.1 listener. It knows nothing of the product: requests go in checked and
/// bounded, answers come out. Every limit of a hostile client is met here.
namespace assayd::http {

struct Field {
  std::string name;
  std::string value;
};

enum class Transport { kTcp, kTls, kLocal };

/// Who is at the other end.
struct Peer {
  Transport transport = Transport::kTcp;
  std::string address;        ///< IP address as text; empty for the local socket
  std::uint32_t user_id = 0;  ///< of the peer process, local socket only
  /// Of the peer process, its primary group first; local socket only.
  std::vector<std::uint32_t> group_ids{};
};

/// A request whose framing, target and headers were checked (see Limits and docs of Server).
struct Request {
  std::string method;    ///< one of Options::methods; HEAD stands here as GET
  std::string raw_path;  ///< as sent, without query
  /// Percent-decoded once (%2F too: raw_path tells it from '/'), UTF-8, begins with '/', no dot
  /// segments, control bytes or backslashes; "*" for OPTIONS *.
  std::string path;
  std::vector<Field> query;    ///< decoded, '+' as space, in order, names may repeat
  std::vector<Field> headers;  ///< in order, UTF-8; names compare without case
  std::string body;
  Peer peer;
  std::string id;  ///< 32 hex digits, unique per process; also in the answer's X-Request-Id

  /// The first header or query parameter of that name; null when there is none.
  [[nodiscard]] const std::string* Header(std::string_view name) const;
  [[nodiscard]] const std::string* Query(std::string_view name) const;
};

/// Content-Length, Connection and their like, X-Request-Id and Server are the listener's: given
/// here they are left out. So is, with a line in the log, a field that would split the answer (CR,
/// LF).
struct Response {
  int status = 200;  ///< 200 to 599; another is logged and answered as 500
  std::vector<Field> headers{};
  std::string body{};
};

/// A long answer in chunks (Server-Sent Events), after which the connection closes. Safe from every
/// thread. Letting go of it closes it. Ends at once for HEAD and when the client, which has nothing
/// more to say, ends its side or sends more.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Queues a chunk. False when the client is gone or has more than Limits::stream_backlog_bytes
  /// unread, after which the stream is closed.
  virtual bool Write(std::string chunk) = 0;
  virtual void Close() = 0;
  /// Called once, from an I/O thread, when the stream ended for any reason; at once, by the
  /// caller's thread, if it already has. A second callback replaces the first.
  virtual void OnEnd(std::function<void()> callback) = 0;
};

/// Bytes exactly as given, for a server that plays a broken one (the simulated tenant's faults).
struct RawAnswer {
  struct Piece {
    std::string bytes{};
    std::chrono::milliseconds pause_before{0};
  };
  std::vector<Piece> pieces{};
  enum class End { kClose, kReset } end = End::kClose;
};

/// One request and the duty to answer it exactly once, at once or later, from any thread. Dropping
/// it unanswered answers 500; an answer after the first is logged and ignored. It may outlive
/// connection and server: what is answered then goes nowhere.
class Exchange {
 public:
  virtual ~Exchange() = default;
  [[nodiscard]] virtual const Request& request() const = 0;
  /// True once the client has closed, or has nothing more to say: hardly anybody waits for the
  /// answer any more. From any thread.
  [[nodiscard]] virtual bool abandoned() const = 0;
  virtual void Respond(Response response) = 0;
  /// Never null; one that has ended when nobody is there to read it.
  virtual std::shared_ptr<Stream> BeginStream(int status, std::vector<Field> headers) = 0;
  virtual void RespondRaw(RawAnswer answer) = 0;
};

/// What is decided on the head alone, before any byte of the body is read.
struct Admission {
  std::size_t body_bytes_max = 1'048'576;
  std::optional<Response>
      refuse{};  ///< answered, and the connection closed if a body was announced
};
/// Runs on an I/O thread: must not block. Null admits everything. What it throws answers 500.
using Gate = std::function<Admission(const Request& head)>;
/// Runs on a worker, several at a time. What it throws is logged by its type and answers 500.
using Handler = std::function<void(std::shared_ptr<Exchange>)>;

struct Limits {
  std::size_t header_bytes = 16 * 1024;  ///< request line and headers: 431 above
  std::size_t header_count = 100;        ///< 431 above
  std::size_t target_bytes = 8 * 1024;   ///< 414 above
  /// From a head's first byte to its last, and for a TLS handshake: 408 or close.
  std::chrono::milliseconds header_deadline{10'000};
  std::chrono::milliseconds idle{60'000};  ///< without a request: close
  /// Slower bodies, and those that stand still, are cut with 408 after header_deadline.
  std::size_t body_bytes_per_second_min = 1'024;
  std::chrono::milliseconds write_deadline{60'000};  ///< without progress of the reader
  /// A further one displaces the connection (of its address, where that is full) that has waited
  /// longest without a complete request; where there is none, it is closed at once.
  std::size_t connections = 1'024;
  std::size_t connections_per_address = 64;  ///< loopback and the local socket count too
  std::size_t requests_per_connection = 1'000;
  std::size_t stream_backlog_bytes = 1'048'576;
  std::size_t queued_requests = 1'024;  ///< waiting for a worker: 503 with Retry-After above
};

struct Tls {
  std::filesystem::path certificate_file{};  ///< PEM chain
  std::filesystem::path private_key_file{};  ///< PEM, readable by its owner only
  std::filesystem::path client_ca_file{};    ///< when set, clients must show a certificate of it
};

struct Options {
  std::string listen = "127.0.0.1:0";  ///< host:port, [v6]:port; empty for no TCP listener
  std::optional<Tls> tls{};
  std::filesystem::path
      local_socket{};  ///< empty for none; created with mode 0660, replaced if stale
  /// Besides the listening address, localhost and loopback: "name", allowed alone and with the
  /// listening port, or "name:port". The local socket may be called any name.
  std::vector<std::string> allowed_hosts{};
  /// Addresses or networks ("10.0.0.0/8") whose X-Forwarded-For is believed. The caps count a
  /// proxy's own address.
  std::vector<std::string> trusted_proxies{};
  std::vector<std::string> methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  Limits limits{};
  int io_threads = 1;
  int workers = 2;  ///< threads that run the handler
};

struct Statistics {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_total = 0;
  std::uint64_t connections_refused_total = 0;
  std::uint64_t connections_displaced_total = 0;  ///< closed to make room for a new one
  std::uint64_t requests_total = 0;
  std::uint64_t requests_rejected_total = 0;  ///< answered by the listener itself
};

/// Accepts, checks, hands over, answers. HEAD is answered from the handler's GET without the body.
/// Errors that the listener itself finds are RFC 9457 problems, never reach the handler and end the
/// connection. Pipelined requests are answered one after the other.
class Server {
 public:
  /// Listens before it returns. kInvalidArgument, kPermissionDenied, kIo with the address named;
  /// kNotFound, kPermissionDenied, kTls with the file of Options::tls named.
  static Result<std::unique_ptr<Server>> Start(Options options, Gate gate, Handler handler);
  virtual ~Server() = default;  ///< Stop with no patience, if it was not stopped

  /// "http://127.0.0.1:8787", with the port that was really taken; empty without TCP listener.
  [[nodiscard]] virtual std::string url() const = 0;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual Statistics statistics() const = 0;

  /// Accepts nothing more, ends streams, lets answers under way finish for at most `patience`,
  /// drops requests that still wait for a worker, closes, and waits for handlers that still run.
  /// Idempotent; no handler runs after it returned. Not to be called by handler, gate or callback.
  virtual void Stop(std::chrono::milliseconds patience) = 0;
};

}  // namespace assayd::http
