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
  std::uint32_t group_id = 0;
};

/// A request whose framing, target and headers were checked (see Limits and docs of Server).
struct Request {
  std::string method;    ///< one of Options::methods
  std::string raw_path;  ///< as sent, without query
  std::string path;  ///< percent-decoded UTF-8, begins with '/', no dot segments, no control bytes
  std::vector<Field> query;    ///< decoded, in order, names may repeat
  std::vector<Field> headers;  ///< in order; names compare without case
  std::string body;
  Peer peer;
  std::string id;  ///< 32 hex digits, unique per process; also in the answer's X-Request-Id

  /// The first header or query parameter of that name; null when there is none.
  [[nodiscard]] const std::string* Header(std::string_view name) const;
  [[nodiscard]] const std::string* Query(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::vector<Field> headers;
  std::string body;
};

/// A long answer in chunks (Server-Sent Events). Safe from every thread.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Queues a chunk. False when the client is gone or has more than Limits::stream_backlog_bytes
  /// unread, after which the stream is closed.
  virtual bool Write(std::string chunk) = 0;
  virtual void Close() = 0;
  /// Called once, from an I/O thread, when the stream ended for any reason; at once if it already
  /// has.
  virtual void OnEnd(std::function<void()> callback) = 0;
};

/// Bytes exactly as given, for a server that plays a broken one (the simulated tenant's faults).
struct RawAnswer {
  struct Piece {
    std::string bytes;
    std::chrono::milliseconds pause_before{0};
  };
  std::vector<Piece> pieces;
  enum class End { kClose, kReset } end = End::kClose;
};

/// One request and the duty to answer it exactly once, at once or later, from any thread. Dropping
/// it unanswered answers 500.
class Exchange {
 public:
  virtual ~Exchange() = default;
  [[nodiscard]] virtual const Request& request() const = 0;
  virtual void Respond(Response response) = 0;
  virtual std::shared_ptr<Stream> BeginStream(int status, std::vector<Field> headers) = 0;
  virtual void RespondRaw(RawAnswer answer) = 0;
};

/// What is decided on the head alone, before any byte of the body is read.
struct Admission {
  std::size_t body_bytes_max = 1'048'576;
  std::optional<Response> refuse;  ///< answered, and the connection closed if a body was announced
};
using Gate = std::function<Admission(const Request& head)>;
using Handler = std::function<void(std::shared_ptr<Exchange>)>;

struct Limits {
  std::size_t header_bytes = 16 * 1024;  ///< request line and headers: 431 above
  std::size_t header_count = 100;        ///< 431 above
  std::size_t target_bytes = 8 * 1024;   ///< 414 above
  std::chrono::milliseconds header_deadline{10'000};
  std::chrono::milliseconds idle{60'000};
  std::size_t body_bytes_per_second_min = 1'024;     ///< slower bodies are cut with 408, after 10 s
  std::chrono::milliseconds write_deadline{60'000};  ///< without progress of the reader
  std::size_t connections = 1'024;                   ///< further ones are closed at once
  std::size_t connections_per_address = 64;          ///< loopback and the local socket count too
  std::size_t requests_per_connection = 1'000;
  std::size_t stream_backlog_bytes = 1'048'576;
  std::size_t queued_requests = 1'024;  ///< waiting for a worker: 503 with Retry-After above
};

struct Tls {
  std::filesystem::path certificate_file;  ///< PEM chain
  std::filesystem::path private_key_file;  ///< PEM, readable by its owner only
  std::filesystem::path client_ca_file;    ///< when set, clients must show a certificate of it
};

struct Options {
  std::string listen = "127.0.0.1:0";  ///< host:port, [v6]:port; empty for no TCP listener
  std::optional<Tls> tls;
  std::filesystem::path
      local_socket;  ///< empty for none; created with mode 0660, replaced if stale
  std::vector<std::string>
      allowed_hosts;  ///< besides the listening address, localhost and loopback
  std::vector<std::string> trusted_proxies;  ///< whose X-Forwarded-For is believed
  std::vector<std::string> methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  Limits limits;
  int io_threads = 1;
  int workers = 2;  ///< threads that run the handler
};

struct Statistics {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_total = 0;
  std::uint64_t connections_refused_total = 0;
  std::uint64_t requests_total = 0;
  std::uint64_t requests_rejected_total = 0;  ///< answered by the listener itself
};

/// Accepts, checks, hands over, answers. HEAD is answered from the handler's GET without the body.
/// Errors that the listener itself finds are RFC 9457 problems and never reach the handler.
class Server {
 public:
  /// Listens before it returns. kInvalidArgument, kPermissionDenied, kIo with the address named.
  static Result<std::unique_ptr<Server>> Start(Options options, Gate gate, Handler handler);
  virtual ~Server() = default;  ///< Stop with no patience, if it was not stopped

  /// "http://127.0.0.1:8787", with the port that was really taken; empty without TCP listener.
  [[nodiscard]] virtual std::string url() const = 0;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual Statistics statistics() const = 0;

  /// Accepts nothing more, lets answers under way finish for at most `patience`, ends streams, then
  /// closes. Idempotent; no handler runs after it returned.
  virtual void Stop(std::chrono::milliseconds patience) = 0;
};

}  // namespace assayd::http
