#include "connectors/graph/http_client.h"

// cpprestsdk first: its headers need <utility> before Boost.Asio.
#include <utility>
// clang-format off
#include <cpprest/http_client.h>
#include <cpprest/streams.h>
#include <pplx/threadpool.h>
// clang-format on
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "base/assert.h"
#include "base/text.h"
#include "connectors/graph/capped_body.h"
#include "connectors/graph/receive_guard.h"
#include "connectors/url.h"

namespace assayd::connectors::graph {
namespace {

namespace rest = web::http;
namespace streams = concurrency::streams;
using SteadyPoint = std::chrono::steady_clock::time_point;

/// The library's own inactivity timer; our deadline is the one that counts.
constexpr std::chrono::minutes kInactivityMax{2};
/// How often a plain connection is measured: often while bytes come, seldom while it is silent.
constexpr Milliseconds kLookOften{5};
constexpr Milliseconds kLookSeldom{80};
constexpr Milliseconds kPatienceAtEnd{500};

/// One request under way. Held by the waiting caller and by the library's thread, because either
/// may end first.
struct Exchange {
  explicit Exchange(std::size_t bytes_max) : body(std::make_shared<CappedBody>(bytes_max)) {}

  std::mutex mutex;
  std::condition_variable changed;
  bool finished = false;
  bool abandoned = false;
  std::exception_ptr problem;
  HttpResponse response;
  const std::shared_ptr<CappedBody> body;  // the library holds it as long as it writes
  pplx::cancellation_token_source cancel;

  void Finish(std::exception_ptr failed) {
    {
      const std::lock_guard lock(mutex);
      finished = true;
      problem = std::move(failed);
    }
    changed.notify_all();
  }

  void Abandon() {
    {
      const std::lock_guard lock(mutex);
      abandoned = true;
    }
    changed.notify_all();
  }
};

/// Cancelling closes a socket that the library may be about to read from, in whatever thread, and
/// reading from what is being closed ends the process. So its pool has one thread, and everything
/// that touches a request happens there.
template <typename Work>
void InLibraryThread(Work work) {
  boost::asio::post(crossplat::threadpool::shared_instance().service(), std::move(work));
}

void Cancel(const std::shared_ptr<Exchange>& exchange) {
  InLibraryThread([exchange] { exchange->cancel.cancel(); });
}

/// The connections to one authority.
struct Authority {
  Authority(const Url& url, const HttpRequest& request, const HttpClient::Options& options);

  std::string key;
  std::atomic<bool> answered = false;  ///< so that a kept connection may exist
  ReceiveGuard guard;
  std::unique_ptr<rest::client::http_client> client;
};

std::string BaseAddress(const Url& url) {
  if (url.https) return fmt::format("https://{}:{}", url.host, url.port);
  // One endpoint and not two, so that the socket that is watched is the one that gets connected.
  const std::string_view host = url.host == "localhost" ? "127.0.0.1" : std::string_view(url.host);
  return fmt::format("http://{}:{}", host, url.port);
}

void WatchPlainSocket(const ReceiveGuard& guard, void* handle) {
  auto& socket = *static_cast<boost::asio::ip::tcp::socket*>(handle);
  boost::system::error_code ignored;
  if (!socket.is_open()) socket.open(boost::asio::ip::tcp::v4(), ignored);
  if (socket.is_open()) guard.Watch(socket.native_handle());
}

web::web_proxy ProxyOf(const ProxySettings::Proxy& settings) {
  web::web_proxy proxy(web::uri(settings.url));
  if (!settings.user.empty()) {
    proxy.set_credentials({settings.user, std::string(settings.password.Reveal())});
  }
  return proxy;
}

Authority::Authority(const Url& url, const HttpRequest& request, const HttpClient::Options& options)
    : guard(options.body_bytes_max + options.overhead_bytes_max) {
  rest::client::http_client_config config;
  config.set_max_redirects(0);
  config.set_timeout(kInactivityMax);
  config.set_validate_certificates(true);
  if (const auto* const proxy = options.proxies.For(url)) config.set_proxy(ProxyOf(*proxy));
  if (url.https) {
    config.set_ssl_context_callback(
        [guard = guard, ca_file = request.ca_file](boost::asio::ssl::context& context) {
          SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
          if (!ca_file.empty()) context.load_verify_file(ca_file.string());
          guard.AttachTo(context.native_handle());
        });
  } else {
    config.set_nativehandle_options(
        [guard = guard](void* handle) { WatchPlainSocket(guard, handle); });
  }
  client = std::make_unique<rest::client::http_client>(web::uri(BaseAddress(url)), config);
}

/// Refuses an address that the library would send differently from how it is written.
Result<web::uri> TargetOf(const Url& url) {
  try {
    web::uri target(url.target);
    const web::uri whole = web::uri_builder(web::uri(BaseAddress(url))).append(target).to_uri();
    if (whole.resource().to_string() == url.target) return target;
  } catch (const std::exception&) {  // what() would repeat the address
  }
  return Fail(ErrorCode::kInvalidArgument, "the address cannot be sent as it is written");
}

Result<rest::http_request> BuildRequest(const HttpRequest& request, const Url& url) {
  if (request.method != "GET" && request.method != "POST") {
    return Fail(ErrorCode::kInvalidArgument, "method " + EscapeForLine(request.method));
  }
  ASSAYD_TRY(web::uri target, TargetOf(url));
  rest::http_request built(request.method);
  built.set_request_uri(target);
  built.headers().add("User-Agent", "assayd");
  // The library would name the address that it connects to; TLS takes the name it checks from here.
  if (!url.https) built.headers().add("Host", fmt::format("{}:{}", url.host, url.port));
  for (const auto& header : request.headers) {
    if (header.name.find_first_of(" \r\n:") != std::string::npos ||
        header.value.find_first_of("\r\n") != std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument, "a header holds a line end");
    }
    built.headers().add(header.name, header.value);
  }
  if (request.bearer) {
    if (request.bearer->Reveal().find_first_of(" \r\n") != std::string_view::npos) {
      return Fail(ErrorCode::kInvalidArgument, "the bearer token holds a line end or a space");
    }
    built.headers().add("Authorization", fmt::format("Bearer {}", request.bearer->Reveal()));
  }
  if (request.method == "POST") built.set_body(request.body, request.content_type);
  return built;
}

/// What the library's exception says, in our words. Its own text stays inside.
Error Translate(const std::exception_ptr& problem, const Authority& authority,
                const std::string& origin) {
  const auto error = [&](ErrorCode code, std::string_view what) {
    return Error{code, fmt::format("{}: {}", origin, what)};
  };
  try {
    std::rethrow_exception(problem);
  } catch (const BodyTooLarge&) {
    return error(ErrorCode::kTooLarge, "the answer's body is larger than allowed");
  } catch (const rest::http_exception& exception) {
    const std::string_view what = exception.what();
    if (exception.error_code() == std::errc::timed_out) {
      return error(ErrorCode::kTimeout, "no answer in time");
    }
    if (what.starts_with("Error resolving") || what.starts_with("Failed to resolve")) {
      return error(ErrorCode::kDns, "the name could not be resolved");
    }
    if (what.starts_with("Error in SSL handshake")) {
      return error(ErrorCode::kTls,
                   fmt::format("no TLS connection: {}", authority.guard.CertificateProblem()));
    }
    if (what.starts_with("Invalid HTTP status line") || what.starts_with("Invalid chunked")) {
      return error(ErrorCode::kMalformed, "the answer is not HTTP/1.1");
    }
    if (what.starts_with("Failed to read response body") ||
        what.starts_with("Failed to read chunked") ||
        what.starts_with("Retrieving message chunk")) {
      return error(ErrorCode::kIncomplete, "the connection ended within the answer");
    }
    if (what.starts_with("Expected a 200 response from proxy") ||
        what.find("proxy") != std::string_view::npos) {
      return error(ErrorCode::kRefused, "the proxy did not open a way to it");
    }
    return error(ErrorCode::kRefused, "the connection was refused or dropped");
  } catch (const std::exception&) {
    return error(ErrorCode::kRefused, "the request could not be sent");
  }
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The library takes a length that it cannot read for zero, and an end of connection for the end of
/// a body: both are silent losses.
Result<> CheckFraming(const HttpResponse& response, const std::string& origin) {
  const auto wrong = [&](ErrorCode code, std::string_view what) {
    return Fail(code, fmt::format("{}: {}", origin, what));
  };
  if (const auto* const coding = response.Find("Content-Encoding");
      coding != nullptr && !EqualsIgnoreCaseAscii(*coding, "identity")) {
    return wrong(ErrorCode::kMalformed, "the answer is compressed, which was not asked for");
  }
  const auto* const length = response.Find("Content-Length");
  const auto* const transfer = response.Find("Transfer-Encoding");
  const bool chunked = transfer != nullptr && EqualsIgnoreCaseAscii(*transfer, "chunked");
  if (transfer != nullptr && !chunked) {
    return wrong(ErrorCode::kMalformed, "the answer has a transfer coding that is not known");
  }
  if (length != nullptr && !chunked) {
    if (!IsDigits(*length)) return wrong(ErrorCode::kMalformed, "the answer's length is no number");
    const bool has_body = response.status != 204 && response.status != 304;
    if (has_body && std::stoull(*length) != response.body.size()) {
      return wrong(ErrorCode::kIncomplete, "the answer is shorter than it says");
    }
  }
  const bool success = response.status >= 200 && response.status < 300;
  if (success && length == nullptr && !chunked && !response.body.empty()) {
    return wrong(ErrorCode::kIncomplete, "the answer does not say where it ends");
  }
  if (response.status == 200 && response.body.empty()) {
    return wrong(ErrorCode::kIncomplete, "the answer is empty");
  }
  if (response.status < 200 || response.status > 599) {
    return wrong(ErrorCode::kMalformed, "the answer's status is not one of HTTP");
  }
  return {};
}

/// In the library's thread.
void Send(Authority& authority, rest::http_request request,
          const std::shared_ptr<Exchange>& exchange) {
  request.set_response_stream(
      streams::streambuf<std::uint8_t>(
          std::static_pointer_cast<streams::details::basic_streambuf<std::uint8_t>>(exchange->body))
          .create_ostream());
  authority.client->request(std::move(request), exchange->cancel.get_token())
      .then([exchange](const rest::http_response& head) {
        exchange->response.status = head.status_code();
        for (const auto& [name, value] : head.headers()) {
          exchange->response.headers.push_back({name, value});
        }
        return head.content_ready();
      })
      .then([exchange](const pplx::task<rest::http_response>& whole) {
        try {
          whole.get();
          exchange->response.body = exchange->body->Take();
          exchange->Finish(nullptr);
        } catch (...) {
          exchange->Finish(std::current_exception());
        }
      });
}

/// Starts the request; `exchange` is finished by the library's thread, whatever happens.
void Start(const std::shared_ptr<Authority>& authority, rest::http_request request,
           const std::shared_ptr<Exchange>& exchange) {
  InLibraryThread([authority, request = std::move(request), exchange] {
    try {
      Send(*authority, request, exchange);
    } catch (...) {
      exchange->Finish(std::current_exception());
    }
  });
}

enum class Ended { kFinished, kTimedOut, kTooLarge, kAbandoned };

/// Waits for the end, measuring plain connections meanwhile.
Ended WaitFor(Exchange& exchange, const ReceiveGuard& guard, bool plain, SteadyPoint deadline) {
  std::unique_lock lock(exchange.mutex);
  const auto over = [&] { return exchange.finished || exchange.abandoned; };
  const auto how = [&] { return exchange.abandoned ? Ended::kAbandoned : Ended::kFinished; };
  if (!plain) return exchange.changed.wait_until(lock, deadline, over) ? how() : Ended::kTimedOut;
  Milliseconds patience = kLookOften;
  std::uint64_t seen = 0;
  while (true) {
    const auto next = std::min(deadline, std::chrono::steady_clock::now() + patience);
    if (exchange.changed.wait_until(lock, next, over)) return how();
    if (std::chrono::steady_clock::now() >= deadline) return Ended::kTimedOut;
    const std::uint64_t received = guard.LargestPlain();
    if (received > guard.bytes_max()) return Ended::kTooLarge;
    patience = received == seen ? std::min(patience * 2, kLookSeldom) : kLookOften;
    seen = received;
  }
}

}  // namespace

struct HttpClient::Impl {
  explicit Impl(Options given) : options(std::move(given)) {}

  const Options options;
  std::mutex mutex;
  std::list<std::shared_ptr<Authority>> authorities;  // the last used first
  std::list<std::weak_ptr<Exchange>> under_way;
  bool stopped = false;

  /// The kept client of the authority, or a new one. Requests under way keep the one they use.
  std::shared_ptr<Authority> Find(const Url& url, const HttpRequest& request, bool fresh) {
    const std::string key = fmt::format("{} {}", url.Origin(), request.ca_file.string());
    const std::lock_guard lock(mutex);
    const auto found = std::ranges::find(authorities, key, &Authority::key);
    if (found != authorities.end() && !fresh) {
      authorities.splice(authorities.begin(), authorities, found);
      return authorities.front();
    }
    if (found != authorities.end()) authorities.erase(found);
    auto made = std::make_shared<Authority>(url, request, options);
    made->key = key;
    authorities.push_front(std::move(made));
    if (authorities.size() > options.authorities_max) authorities.pop_back();
    return authorities.front();
  }

  /// False after Stop.
  bool Remember(const std::shared_ptr<Exchange>& exchange) {
    const std::lock_guard lock(mutex);
    std::erase_if(under_way, [](const auto& other) { return other.expired(); });
    under_way.push_back(exchange);
    return !stopped;
  }

  std::vector<std::shared_ptr<Exchange>> AbandonAll() {
    std::vector<std::shared_ptr<Exchange>> left;
    {
      const std::lock_guard lock(mutex);
      stopped = true;
      for (const auto& weak : under_way) {
        if (auto exchange = weak.lock()) left.push_back(std::move(exchange));
      }
    }
    for (const auto& exchange : left) {
      exchange->Abandon();
      Cancel(exchange);
    }
    return left;
  }

  Result<HttpResponse> Attempt(const HttpRequest& request, const Url& url, SteadyPoint deadline,
                               const std::shared_ptr<Authority>& authority) {
    ASSAYD_TRY(rest::http_request built, BuildRequest(request, url));
    const auto exchange =
        std::make_shared<Exchange>(std::min(request.body_bytes_max, options.body_bytes_max));
    const auto cancelled = [&] { return Fail(ErrorCode::kCancelled, url.Origin() + ": stopped"); };
    if (!Remember(exchange)) return cancelled();
    const std::uint64_t trips = authority->guard.trips();
    Start(authority, std::move(built), exchange);
    const Ended ended = WaitFor(*exchange, authority->guard, !url.https, deadline);
    if (ended == Ended::kAbandoned) return cancelled();
    if (ended != Ended::kFinished) Cancel(exchange);
    if (ended == Ended::kTimedOut) {
      return Fail(ErrorCode::kTimeout, fmt::format("{}: no answer within {} ms", url.Origin(),
                                                   request.deadline.count()));
    }
    if (ended == Ended::kTooLarge || authority->guard.trips() != trips) {
      return Fail(ErrorCode::kTooLarge,
                  fmt::format("{}: the answer is larger than allowed", url.Origin()));
    }
    if (exchange->problem) {
      return std::unexpected(Translate(exchange->problem, *authority, url.Origin()));
    }
    ASSAYD_CHECK(CheckFraming(exchange->response, url.Origin()));
    authority->answered = true;
    return std::move(exchange->response);
  }
};

HttpClient::HttpClient(Options options) {
  // Before the pool, so that at exit it goes after the connections that the pool's thread holds.
  OPENSSL_init_ssl(0, nullptr);
  // The library's default is 40 threads, made at the first use of anything of it.
  static const bool kPoolMade = (crossplat::threadpool::initialize_with_threads(1), true);
  static_cast<void>(kPoolMade);
  impl_ = std::make_unique<Impl>(std::move(options));
}

HttpClient::~HttpClient() {
  const auto left = impl_->AbandonAll();
  // A name lookup cannot be cancelled; it may outlive this.
  const SteadyPoint deadline = std::chrono::steady_clock::now() + kPatienceAtEnd;
  for (const auto& exchange : left) {
    std::unique_lock lock(exchange->mutex);
    exchange->changed.wait_until(lock, deadline, [&] { return exchange->finished; });
  }
}

void HttpClient::Stop() { impl_->AbandonAll(); }

Result<HttpResponse> HttpClient::Send(const HttpRequest& request) {
  const SteadyPoint deadline = std::chrono::steady_clock::now() + request.deadline;
  ASSAYD_TRY(const Url url, Url::Parse(request.url));
  if (!url.https && !url.IsLoopback()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: http is for loopback addresses only", url.Origin()));
  }
  if (url.host.starts_with('[')) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: IPv6 addresses need a host name", url.Origin()));
  }
  try {
    const auto authority = impl_->Find(url, request, false);
    const bool kept = authority->answered;
    auto answer = impl_->Attempt(request, url, deadline, authority);
    const bool repeatable = request.repeatable || request.method == "GET";
    const bool dropped = !answer && answer.error().code == ErrorCode::kRefused;
    if (!dropped || !kept || !repeatable) return answer;
    // A kept connection may have been closed by the server meanwhile; the pool may hold more of
    // them, so that the second try begins with an empty one.
    return impl_->Attempt(request, url, deadline, impl_->Find(url, request, true));
  } catch (const std::exception&) {
    return Fail(ErrorCode::kRefused, url.Origin() + ": the request could not be sent");
  }
}

}  // namespace assayd::connectors::graph
