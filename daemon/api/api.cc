#include "daemon/api/api.h"

#include <grp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/log.h"
#include "base/media_type.h"
#include "base/text.h"
#include "daemon/api/counted_exchange.h"
#include "daemon/api/routes.h"
#include "daemon/api/session.h"
#include "http/host.h"

namespace assayd::daemon {
namespace {

constexpr Milliseconds kQuestionMax = std::chrono::seconds(30);
constexpr std::string_view kGroup = "assayd";

bool IsInGroup(const std::vector<std::uint32_t>& group_ids) {
  static const auto kGroupId = []() -> std::optional<gid_t> {
    const group* const entry = ::getgrnam(std::string(kGroup).c_str());
    return entry == nullptr ? std::nullopt : std::optional(entry->gr_gid);
  }();
  return kGroupId && std::ranges::find(group_ids, *kGroupId) != group_ids.end();
}

std::vector<Route> RoutesAndPages() {
  std::vector<Route> all = AllRoutes();
  for (auto& route : PageRoutes()) all.push_back(std::move(route));
  return all;
}

/// For as long as somebody waits, and not for ever: a question may fold ten years of events.
GoOn WorthIt(const Clock& clock, const std::shared_ptr<http::Exchange>& exchange) {
  const Milliseconds until = clock.Monotonic() + kQuestionMax;
  return [&clock, until, asked = std::weak_ptr(exchange)]() -> Result<> {
    const auto waiting = asked.lock();
    if (!waiting || waiting->abandoned()) return Fail(ErrorCode::kTimeout, "the client is gone");
    if (clock.Monotonic() > until)
      return Fail(ErrorCode::kTimeout, "the answer takes too long; ask for a shorter range");
    return {};
  };
}

/// Whether a page of this origin came from here. Before plain HTTP may stand a proxy that takes
/// https.
bool IsOwnOrigin(const http::Request& request, std::string_view origin) {
  constexpr std::string_view kBehindScheme = "://";
  const auto scheme_end = origin.find(kBehindScheme);
  const std::string* const host = request.Header("Host");
  if (scheme_end == std::string_view::npos || host == nullptr) return false;
  const std::string_view scheme = origin.substr(0, scheme_end);
  const bool plain = request.peer.transport != http::Transport::kTls;
  if (scheme != "https" && !(plain && scheme == "http")) return false;
  const std::uint16_t usual_port = scheme == "https" ? 443 : 80;
  const auto page = http::ParseAuthority(origin.substr(scheme_end + kBehindScheme.size()));
  const auto own = http::ParseAuthority(*host);
  return page && own && page->host == own->host &&
         page->port.value_or(usual_port) == own->port.value_or(usual_port);
}

/// A cookie comes by itself, so that a change must come from our own page, and so must the sign-in
/// that sets it. Not every browser sends both headers.
bool IsFromForeignPage(const http::Request& request) {
  const std::string* const site = request.Header("Sec-Fetch-Site");
  if (site != nullptr && *site != "same-origin" && *site != "none") return true;
  const std::string* const origin = request.Header("Origin");
  const bool of_session = SessionCookieOf(request) || request.path == kSessionPath;
  return origin != nullptr && of_session && !IsOwnOrigin(request, *origin);
}

bool HasForeignCharset(const http::Request& request) {
  const std::string* const type = request.Header("Content-Type");
  return type != nullptr && !request.body.empty() && NamesForeignCharset(*type);
}

std::unexpected<Problem> Unauthenticated(std::string detail) {
  return Refuse(Error{ErrorCode::kNotAuthenticated, std::move(detail)});
}

}  // namespace

struct Api::Parts {
  mutable Services services;
  std::vector<Route> routes = RoutesAndPages();

  struct Found {
    const Route* route = nullptr;
    std::map<std::string, std::string, std::less<>> path;
    std::string allow;  ///< methods that the path has
  };

  [[nodiscard]] Found Find(const http::Request& request) const {
    Found found;
    const std::string_view method =
        request.method == "HEAD" ? "GET" : std::string_view(request.method);
    for (const Route& route : routes) {
      auto parts = MatchPath(route.pattern, request.path);
      if (!parts) continue;
      found.allow += (found.allow.empty() ? "" : ", ") + route.method +
                     (route.method == "GET" ? ", HEAD" : "");
      if (found.route == nullptr && route.method == method) {
        found.route = &route;
        found.path = *std::move(parts);
      }
    }
    return found;
  }

  /// On the local socket the operating system says who it is.
  [[nodiscard]] std::optional<Identity> LocalIdentity(const http::Peer& peer) const {
    const std::string name = "local:" + std::to_string(peer.user_id);
    if (peer.user_id == 0 || peer.user_id == ::geteuid()) {
      return Identity{
          name, ParseRole(services.access.local_role).value_or(Role::kReader), true, {}};
    }
    if (IsInGroup(peer.group_ids)) return Identity{name, Role::kReader, true, {}};
    return std::nullopt;
  }

  [[nodiscard]] Reply<Identity> Identify(const http::Request& request, Need need) const {
    // A probe with an old token is told how we are all the same.
    if (need == Need::kNothing) return Identity{"anonymous", Role::kReader, false, {}};
    const TimePoint now = services.clock.Now();
    if (const std::string* const header = request.Header("Authorization")) {
      const auto token = BearerTokenOf(*header);
      if (!token) return Unauthenticated("the scheme of Authorization is not Bearer");
      auto identity = services.tokens.Find(*token, now);
      if (!identity) return Unauthenticated("the token is not known or has expired");
      return *std::move(identity);
    }
    if (request.peer.transport == http::Transport::kLocal) {
      if (auto identity = LocalIdentity(request.peer)) return *std::move(identity);
    }
    if (const auto cookie = SessionCookieOf(request)) {
      const auto token = services.sessions.Find(*cookie);
      auto identity = token ? services.tokens.Find(*token, now) : std::nullopt;
      if (identity) return *std::move(identity);
    }
    const bool reading = need == Need::kRead || need == Need::kMetrics;
    if (services.access.everybody_reads && reading)
      return Identity{"demo", Role::kReader, true, {}};
    return Unauthenticated("");
  }

  [[nodiscard]] Reply<Identity> Authorise(const http::Request& request, Need need) const {
    ASSAYD_REPLY_TRY(auto identity, Identify(request, need));
    if (!Allows(identity.role, need)) {
      return Refuse(Error{ErrorCode::kNotAuthorised, "role " + std::string(ToText(identity.role)) +
                                                         " of " + identity.name +
                                                         " does not allow this"});
    }
    const bool changes = request.method != "GET" && request.method != "HEAD";
    if (changes && IsFromForeignPage(request)) {
      return Refuse(Error{ErrorCode::kNotAuthorised, "changes from other sites are refused"});
    }
    return identity;
  }
};

Api::Api(Services services) : parts_(new Parts{std::move(services)}) {}
Api::~Api() = default;

void Api::CountRefusal(const http::Request& head, std::string_view route, int status) const {
  // Methods of the listener's list only; others do not get here.
  parts_->services.metrics.CountRequest(route, head.method, status,
                                        std::chrono::duration<double>(0));
}

http::Admission Api::Admit(const http::Request& head) const {
  const Parts::Found found = parts_->Find(head);
  http::Admission admission;
  if (found.route == nullptr) {
    Problem problem;
    problem.status = found.allow.empty() ? 404 : 405;
    problem.title = found.allow.empty() ? "There is no such path" : "This path has no such method";
    problem.detail =
        found.allow.empty() ? "/api/v1/openapi.json lists every path" : "it has " + found.allow;
    if (!found.allow.empty()) problem.headers.push_back({"Allow", found.allow});
    admission.refuse = ToResponse(problem, head);
    CountRefusal(head, "other", problem.status);
    return admission;
  }
  admission.body_bytes_max = found.route->body_bytes_max;
  if (const auto identity = parts_->Authorise(head, found.route->need); !identity) {
    admission.refuse = ToResponse(identity.error(), head);
    CountRefusal(head, found.route->pattern, identity.error().status);
  }
  return admission;
}

void Api::Handle(const std::shared_ptr<http::Exchange>& listener) const {
  const http::Request& request = listener->request();
  Parts::Found found = parts_->Find(request);
  const auto exchange = std::make_shared<CountedExchange>(
      listener, parts_->services.metrics, found.route == nullptr ? "other" : found.route->pattern);
  if (found.route == nullptr) return exchange->Respond({404, {}, ""});
  auto identity = parts_->Authorise(request, found.route->need);
  if (!identity) return exchange->Respond(ToResponse(identity.error(), request));
  if (found.route->method != "GET" && HasForeignCharset(request))
    return exchange->Respond(ToResponse(MediaTypeNotTaken("send the body in UTF-8"), request));
  Call call{request, *std::move(identity), std::move(found.path), parts_->services.clock.Now(),
            WorthIt(parts_->services.clock, exchange)};
  if (found.route->stream) {
    call.still_admitted = [parts = parts_.get(), head = request, was = call.identity,
                           need = found.route->need] {
      const auto is = parts->Authorise(head, need);
      return is && *is == was;
    };
    return found.route->stream(parts_->services, call, exchange);
  }
  auto reply = found.route->answer(parts_->services, call);
  exchange->Respond(reply ? *std::move(reply) : ToResponse(reply.error(), request));
}

}  // namespace assayd::daemon
