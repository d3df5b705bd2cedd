#include "daemon/api/session.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"

namespace assayd::daemon {
namespace {

/// Over TLS the name itself keeps other hosts and plain HTTP from setting it.
http::Field SetCookie(const Call& call, const std::string& value, const char* more) {
  const bool tls = call.request.peer.transport == http::Transport::kTls;
  return {"Set-Cookie", std::string(tls ? "__Host-" : "") + "assayd_session=" + value +
                            "; Path=/; HttpOnly; SameSite=Strict" + (tls ? "; Secure" : "") + more};
}

/// A token in the body becomes a cookie that scripts cannot read.
Reply<> BeginSession(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const Json body, ReadBody(call, {"token"}));
  if (!body.contains("token") || !body["token"].is_string()) {
    return RefuseBody("/token", "must be a token");
  }
  const std::string token = body["token"].get<std::string>();
  const auto identity = services.tokens.Find(token, call.now);
  if (!identity) return Refuse(Error{ErrorCode::kNotAuthenticated, "the token is not known"});
  return http::Response{
      204,
      {{"Cache-Control", "no-store"}, SetCookie(call, services.sessions.Begin(token), "")},
      ""};
}

/// Who asks, and whether there is a session to end.
Reply<> ShowSession(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  const auto cookie = SessionCookieOf(call.request);
  const bool session = cookie && services.sessions.Find(*cookie).has_value();
  return JsonResponse(200, {{"name", call.identity.name},
                            {"role", ToText(call.identity.role)},
                            {"session", session},
                            {"demo", services.access.everybody_reads}});
}

/// Ends it on this side as well: a copy of the cookie is worth nothing afterwards.
Reply<> EndSession(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  if (const auto cookie = SessionCookieOf(call.request)) services.sessions.End(*cookie);
  return http::Response{
      204, {{"Cache-Control", "no-store"}, SetCookie(call, "", "; Max-Age=0")}, ""};
}

}  // namespace

std::optional<std::string> SessionCookieOf(const http::Request& request) {
  const std::string* const header = request.Header("Cookie");
  if (header == nullptr) return std::nullopt;
  for (const auto part : Split(*header, ';')) {
    const std::string_view cookie = Trim(part);
    for (const std::string_view name : {"__Host-assayd_session=", "assayd_session="}) {
      if (cookie.starts_with(name)) return std::string(cookie.substr(name.size()));
    }
  }
  return std::nullopt;
}

std::vector<Route> SessionRoutes() {
  return {{"GET", kSessionPath, Need::kRead, &ShowSession, {}},
          {"POST", kSessionPath, Need::kNothing, &BeginSession, {}},
          {"DELETE", kSessionPath, Need::kNothing, &EndSession, {}}};
}

}  // namespace assayd::daemon
