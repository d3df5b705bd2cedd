#include "http/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <exception>
#include <mutex>
#include <thread>
#include <typeinfo>
#include <utility>

#include "base/log.h"
#include "http/asio.h"
#include "http/channel.h"
#include "http/ends.h"
#include "http/listener.h"
#include "http/listening_socket.h"
#include "http/session.h"
#include "http/session_context.h"
#include "http/tls_context.h"

namespace assayd::http {
namespace {

using std::chrono::milliseconds;

Result<> CheckOptions(const Options& options) {
  const auto& limits = options.limits;
  const bool positive = options.io_threads > 0 && options.workers > 0 && limits.header_bytes > 0 &&
                        limits.header_count > 0 && limits.target_bytes > 0 &&
                        limits.connections > 0 && limits.connections_per_address > 0 &&
                        limits.requests_per_connection > 0 && limits.queued_requests > 0 &&
                        limits.header_deadline.count() > 0 && limits.idle.count() > 0 &&
                        limits.write_deadline.count() > 0;
  if (!positive) return Fail(ErrorCode::kInvalidArgument, "a limit or a thread count is 0");
  for (const char* never : {"TRACE", "CONNECT"}) {
    if (std::ranges::find(options.methods, never) != options.methods.end()) {
      return Fail(ErrorCode::kInvalidArgument, std::string(never) + " is never served");
    }
  }
  return {};
}

// The kernel gives up, as the write deadline does, on bytes that it took and cannot deliver.
void TuneTcp(int connection, milliseconds write_deadline) {
  const int on = 1;
  const auto timeout = static_cast<unsigned>(write_deadline.count());
  ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(connection, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(connection, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
}

/// What Start has made before anything runs.
struct Prepared {
  std::unique_ptr<asio::ssl::context> tls;
  std::optional<ListeningSocket> tcp;
  std::optional<ListeningSocket> local;
  std::optional<HostPolicy> hosts;
  std::optional<ProxyList> proxies;
};

Result<Prepared> Prepare(const Options& options) {
  ASSAYD_CHECK(CheckOptions(options));
  Prepared prepared;
  ASSAYD_TRY(prepared.proxies, ProxyList::Create(options.trusted_proxies));
  if (options.tls) {
    ASSAYD_TRY(prepared.tls, MakeTlsContext(*options.tls));
  }
  if (!options.listen.empty()) {
    ASSAYD_TRY(prepared.tcp, ListenTcp(options.listen));
  }
  std::uint16_t port = 0;
  std::vector<std::string> hosts = options.allowed_hosts;
  if (prepared.tcp) {
    port = prepared.tcp->port;
    // An address is allowed where connections arrive at it; a name that stands for it, by name.
    if (!NormaliseAddress(prepared.tcp->host)) hosts.push_back(prepared.tcp->host);
  }
  ASSAYD_TRY(prepared.hosts, HostPolicy::Create(port, hosts));
  if (!options.local_socket.empty()) {
    ASSAYD_TRY(prepared.local, ListenLocal(options.local_socket));
  }
  return prepared;
}

class AsioServer final : public Server {
 public:
  AsioServer(Options options, Prepared prepared, Gate gate, Handler handler);
  ~AsioServer() override { Stop(milliseconds(0)); }

  /// Begins to serve. What it throws leaves a server that can be destroyed.
  void Run();

  [[nodiscard]] std::string url() const override { return url_; }
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] Statistics statistics() const override;
  void Stop(milliseconds patience) override;

 private:
  void Listen(ListeningSocket socket, Transport transport);
  void OnConnection(FileDescriptor connection, const sockaddr_storage& peer, Transport transport);
  void RunIo();
  void EndSessions();

  const Options options_;
  SystemRandom random_;
  const std::unique_ptr<asio::ssl::context> tls_;
  std::string url_;
  std::uint16_t port_ = 0;
  std::optional<LocalSocketFile> local_file_;
  SessionContext context_;
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> keeps_running_;
  std::vector<std::pair<Strand, std::unique_ptr<Listener>>> listeners_;
  std::vector<std::jthread> io_threads_;
  std::mutex stopping_;
  bool is_stopped_ = false;
};

AsioServer::AsioServer(Options options, Prepared prepared, Gate gate, Handler handler)
    : options_(std::move(options)),
      tls_(std::move(prepared.tls)),
      context_{
          .limits = options_.limits,
          .rules = {options_.methods, *std::move(prepared.hosts), *std::move(prepared.proxies)},
          .gate = std::move(gate),
          .handler = std::move(handler),
          .ids = RequestIds(random_),
          .connections = ConnectionTable(
              {options_.limits.connections, options_.limits.connections_per_address}),
          .workers = WorkerPool(options_.workers, options_.limits.queued_requests)},
      io_(options_.io_threads),
      keeps_running_(io_.get_executor()) {
  if (prepared.tcp) {
    port_ = prepared.tcp->port;
    url_ = (tls_ ? "https://" : "http://") + prepared.tcp->host + ":" + std::to_string(port_);
    Listen(*std::move(prepared.tcp), tls_ ? Transport::kTls : Transport::kTcp);
  }
  if (prepared.local) {
    local_file_.emplace(options_.local_socket);
    Listen(*std::move(prepared.local), Transport::kLocal);
  }
}

void AsioServer::Run() {
  for (int i = 0; i < options_.io_threads; ++i) io_threads_.emplace_back([this] { RunIo(); });
}

void AsioServer::Listen(ListeningSocket socket, Transport transport) {
  const Strand strand = asio::make_strand(io_);
  Listener::Callbacks callbacks{
      .on_connection =
          [this, transport](FileDescriptor connection, const sockaddr_storage& peer) {
            OnConnection(std::move(connection), peer, transport);
          },
      .on_shed = [this] { ++context_.connections_refused_total; }};
  auto listener = std::make_unique<Listener>(strand, std::move(socket), std::move(callbacks));
  asio::post(strand, [&started = *listener] { started.Start(); });
  listeners_.emplace_back(strand, std::move(listener));
}

void AsioServer::OnConnection(FileDescriptor connection, const sockaddr_storage& peer,
                              Transport transport) {
  Ends ends = EndsOf(connection.get(), peer, transport);
  auto [place, displaced] = context_.connections.TryEnter(ends.peer.address);
  if (!place) {
    ++context_.connections_refused_total;
    return;
  }
  if (displaced) displaced->Post([](Session& ending) { ending.End(); });
  ++context_.connections_total;
  if (transport != Transport::kLocal) TuneTcp(connection.get(), context_.limits.write_deadline);
  const Strand strand = asio::make_strand(io_);
  Socket socket(strand);
  IoError error;
  const asio::generic::stream_protocol protocol(
      transport == Transport::kLocal ? AF_UNIX : peer.ss_family, 0);
  socket.assign(protocol, connection.get(), error);
  if (error) return;
  static_cast<void>(connection.Release());
  socket.non_blocking(true, error);
  if (error) return;
  auto channel = transport == Transport::kTls ? MakeTlsChannel(std::move(socket), *tls_)
                                              : MakePlainChannel(std::move(socket));
  auto session = std::make_shared<Session>(context_, strand, std::move(channel), std::move(ends));
  asio::post(strand,
             [session, given = std::move(place)]() mutable { session->Start(std::move(given)); });
}

void AsioServer::RunIo() {
  ::pthread_setname_np(::pthread_self(), "http-io");
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception& exception) {
      log::Error("http connection failed", {{"exception", typeid(exception).name()}});
    }
  }
}

Statistics AsioServer::statistics() const {
  return {.connections_open = context_.connections.size(),
          .connections_total = context_.connections_total,
          .connections_refused_total = context_.connections_refused_total,
          .connections_displaced_total = context_.connections.displaced_total(),
          .requests_total = context_.requests_total,
          .requests_rejected_total = context_.requests_rejected_total};
}

void AsioServer::Stop(milliseconds patience) {
  const std::lock_guard lock(stopping_);
  if (std::exchange(is_stopped_, true)) return;
  local_file_.reset();
  context_.draining = true;
  context_.connections.Close();
  for (auto& [strand, listener] : listeners_) {
    asio::post(strand, [&closing = *listener] { closing.Close(); });
  }
  for (const auto& session : context_.connections.Sessions()) {
    session->Post([](Session& draining) { draining.Drain(); });
  }
  context_.connections.WaitUntilEmpty(patience);
  // Sessions end before the workers are waited for: a handler may wait for its stream to end.
  context_.workers.Abandon();
  EndSessions();
  context_.workers.Join();
  keeps_running_.reset();
  io_threads_.clear();
}

void AsioServer::EndSessions() {
  do {
    for (const auto& session : context_.connections.Sessions()) {
      session->Post([](Session& ending) { ending.End(); });
    }
    // Again, should one have taken its seat meanwhile.
  } while (!context_.connections.WaitUntilEmpty(milliseconds(20)));
}

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(Options options, Gate gate, Handler handler) {
  ASSAYD_TRY(Prepared prepared, Prepare(options));
  const std::string address = options.listen;
  try {
    auto server = std::make_unique<AsioServer>(std::move(options), std::move(prepared),
                                               std::move(gate), std::move(handler));
    server->Run();
    return server;
  } catch (const std::exception& exception) {
    return Fail(ErrorCode::kIo, "listen on " + address + ": " + exception.what());
  }
}

}  // namespace assayd::http
