#include "simulator/simulator.h"

#include <set>
#include <utility>
#include <variant>

#include "base/text.h"
#include "base/uuid.h"
#include "http/host.h"
#include "http/server.h"
#include "simulator/request_router.h"

namespace assayd::simulator {
namespace {

// A whole setting of a mebibyte, its escapes, and who changed it.
constexpr std::size_t kBodyBytesMax = 4 * 1024 * 1024;

bool IsLoopback(const std::string& host) {
  const bool is_ipv4 = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "[::1]" || (is_ipv4 && host.starts_with("127."));
}

Result<> CheckListen(const Options& options) {
  const auto authority = http::ParseAuthority(options.listen);
  if (!authority || !authority->port) {
    return Fail(ErrorCode::kInvalidArgument,
                "listen on '" + EscapeForLine(options.listen) + "': not host:port");
  }
  if (options.allows_other_than_loopback || IsLoopback(authority->host)) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "listen on " + options.listen +
                  ": whoever reaches the simulated tenant may change it; only loopback is allowed");
}

Result<std::vector<TenantIdentity>> CheckTenants(std::vector<TenantIdentity> tenants) {
  if (tenants.empty()) tenants.push_back({.id = kDefaultTenantId});
  std::set<std::string> taken;
  for (auto& tenant : tenants) {
    tenant.id = ToLowerAscii(tenant.id);
    const auto shown = EscapeForLine(tenant.id);
    if (!Uuid::Parse(tenant.id)) {
      return Fail(ErrorCode::kInvalidArgument, "tenant '" + shown + "': its id is no UUID");
    }
    if (tenant.domain.empty()) {
      return Fail(ErrorCode::kInvalidArgument, "tenant " + shown + ": it has no domain");
    }
    if (!taken.insert(tenant.id).second) {
      return Fail(ErrorCode::kInvalidArgument, "tenant " + shown + ": its id stands there twice");
    }
  }
  return tenants;
}

Result<std::unique_ptr<Cloud>> MakeCloud(const Options& options, const Clock& clock,
                                         Random& random) {
  ASSAYD_TRY(auto tenants, CheckTenants(options.tenants));
  const auto end =
      options.ends_with_mfa_enforced ? StoryEnd::kMfaEnforced : StoryEnd::kMfaSuspended;
  auto cloud = std::make_unique<Cloud>(clock, random, std::move(tenants),
                                       StoryOptions{.seed = options.seed, .end = end});
  cloud->behaviour.delays = {options.audit_delay, options.secure_score_delay};
  cloud->behaviour.token_lifetime = options.token_lifetime;
  if (!options.captures.empty()) {
    ASSAYD_TRY(cloud->captures, Captures::Open(options.captures));
  }
  return cloud;
}

http::Options ListenerOptions(const Options& options) {
  http::Options listener{.listen = options.listen, .allowed_hosts = options.allowed_hosts};
  // A thousand tenants' sources come from one address.
  listener.limits.connections_per_address = listener.limits.connections;
  return listener;
}

void Send(http::Exchange& exchange, Reply reply) {
  if (auto* response = std::get_if<http::Response>(&reply)) {
    exchange.Respond(std::move(*response));
  } else {
    exchange.RespondRaw(std::get<http::RawAnswer>(std::move(reply)));
  }
}

}  // namespace

// The server's threads use the router: it goes first.
struct Simulator::Parts {
  explicit Parts(std::unique_ptr<Cloud> cloud) : router(std::move(cloud)) {}

  RequestRouter router;
  std::unique_ptr<http::Server> server;
};

Simulator::Simulator(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Simulator::~Simulator() = default;

Result<std::unique_ptr<Simulator>> Simulator::Start(Options options, const Clock& clock,
                                                    Random& random) {
  ASSAYD_CHECK(CheckListen(options));
  ASSAYD_TRY(auto cloud, MakeCloud(options, clock, random));
  auto parts = std::make_unique<Parts>(std::move(cloud));
  auto* const router = &parts->router;
  ASSAYD_TRY(parts->server, http::Server::Start(
                                ListenerOptions(options),
                                [](const http::Request&) {
                                  return http::Admission{.body_bytes_max = kBodyBytesMax};
                                },
                                [router](const std::shared_ptr<http::Exchange>& exchange) {
                                  Send(*exchange, router->ReplyTo(exchange->request()));
                                }));
  return std::unique_ptr<Simulator>(new Simulator(std::move(parts)));
}

std::string Simulator::url() const { return parts_->server->url(); }

const std::vector<TenantIdentity>& Simulator::tenants() const {
  return parts_->router.cloud().identities;
}

void Simulator::Stop() { parts_->server->Stop(Milliseconds(0)); }

}  // namespace assayd::simulator
