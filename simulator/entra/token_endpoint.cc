#include "simulator/entra/token_endpoint.h"

#include <algorithm>
#include <expected>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/secret.h"
#include "base/text.h"
#include "simulator/entra/client_assertion.h"
#include "simulator/entra/form.h"
#include "simulator/entra/scope.h"
#include "simulator/entra/token_error.h"

namespace assayd::simulator {
namespace {

using Checked = std::expected<void, TokenError>;
using Form = std::vector<http::Field>;

constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

struct Client {
  std::string id;
  std::string secret;
};

bool IsForm(const http::Request& request) {
  const auto* type = request.Header("Content-Type");
  return type != nullptr && ToLowerAscii(*type).starts_with("application/x-www-form-urlencoded");
}

// The client's id and secret may stand in the form or in an HTTP Basic header.
Client ReadClient(const http::Request& request, const Form& form) {
  Client client{std::string(FormValue(form, "client_id")),
                std::string(FormValue(form, "client_secret"))};
  const auto* header = request.Header("Authorization");
  if (header == nullptr || !ToLowerAscii(header->substr(0, 6)).starts_with("basic ")) return client;
  const auto pair = FromBase64(std::string_view(*header).substr(6));
  if (!pair) return client;
  const auto colon = std::min(pair->find(':'), pair->size());
  if (client.id.empty()) client.id = pair->substr(0, colon);
  if (client.secret.empty()) client.secret = pair->substr(std::min(colon + 1, pair->size()));
  return client;
}

bool LooksLikeApplication(std::string_view id) {
  constexpr std::size_t kIdBytesMax = 64;
  const auto is_fine = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_';
  };
  return id.size() <= kIdBytesMax && std::ranges::all_of(id, is_fine) &&
         id != "00000000-0000-0000-0000-000000000000";
}

Checked CheckGrant(const Form& form, const Client& client) {
  const auto grant = FormValue(form, "grant_type");
  if (grant.empty()) return std::unexpected(MissingParameter("grant_type"));
  if (grant != "client_credentials") {
    return std::unexpected(TokenError{.error = "unsupported_grant_type",
                                      .code = 70003,
                                      .message = "The app requested an unsupported grant type '" +
                                                 EscapeForLine(grant.substr(0, 100)) + "'."});
  }
  if (client.id.empty()) return std::unexpected(MissingParameter("client_id"));
  return {};
}

TokenError TenantNotFound(const std::string& tenant) {
  const auto shown = EscapeForLine(tenant.substr(0, 100));
  return {.code = 90002,
          .message = "Tenant '" + shown +
                     "' not found. Check to make sure you have the correct tenant ID and are "
                     "signing into the correct cloud. Check with your subscription administrator, "
                     "this may happen if there are no active subscriptions for the tenant."};
}

TokenError ApplicationNotFound(const std::string& id, const std::string& domain) {
  return {.error = "unauthorized_client",
          .code = 700016,
          .message = "Application with identifier '" + EscapeForLine(id.substr(0, 100)) +
                     "' was not found in the directory '" + domain +
                     "'. This can happen if the application has not been installed by the "
                     "administrator of the tenant or consented to by any user in the tenant. You "
                     "may have sent your authentication request to the wrong tenant."};
}

Checked CheckSecret(const Client& client) {
  if (EqualsConstantTime(client.secret, "simulated-secret")) return {};
  if (client.secret == "expired-secret") {
    return std::unexpected(InvalidClient(
        7000222, "The provided client secret keys for app '" + client.id +
                     "' are expired. Visit the Azure portal to create new keys for your app, or "
                     "consider using certificate credentials for added security."));
  }
  return std::unexpected(InvalidClient(
      7000215,
      "Invalid client secret provided. Ensure the secret being sent in the request is the client "
      "secret value, not the client secret ID, for a secret added to app '" +
          client.id + "'."));
}

std::vector<std::string> AssertionAudiences(const Call& call, const TenantIdentity& tenant) {
  std::vector<std::string> audiences;
  for (const auto& authority : {call.origin, std::string("https://login.microsoftonline.com")}) {
    for (const auto& name : {tenant.id, tenant.domain}) {
      audiences.push_back(authority + "/" + name + "/oauth2/v2.0/token");
      audiences.push_back(authority + "/" + name + "/oauth2/token");
      audiences.push_back(authority + "/" + name + "/v2.0");
    }
  }
  return audiences;
}

Checked CheckCredential(const Cloud& cloud, const Call& call, const Form& form,
                        const Client& client, const TenantIdentity& tenant) {
  const auto assertion = FormValue(form, "client_assertion");
  if (assertion.empty() && client.secret.empty()) {
    return std::unexpected(InvalidClient(7000216,
                                         "'client_assertion', 'client_secret' or 'request' is "
                                         "required for the 'client_credentials' grant type."));
  }
  if (assertion.empty()) return CheckSecret(client);
  if (FormValue(form, "client_assertion_type") != kAssertionType) {
    return std::unexpected(MissingParameter("client_assertion_type"));
  }
  const AssertionUse use{client.id, AssertionAudiences(call, tenant), call.clients_now};
  return CheckAssertion(assertion, use, cloud.certificates);
}

// Role templates by the names that the control endpoint takes.
std::vector<std::string> DirectoryRoleIds(const std::vector<std::string>& names) {
  std::vector<std::string> ids;
  for (const auto& name : names) {
    if (name == "Security Reader") ids.emplace_back("5d6b6bb7-de71-4623-b4af-96380a352509");
    if (name == "Global Reader") ids.emplace_back("f2ef992c-3afb-46b9-b7cf-a126ee74c451");
    if (name == "Exchange Administrator") ids.emplace_back("29232cdf-9323-42fd-ade2-1d097af3e4de");
  }
  return ids;
}

std::expected<Claims, TokenError> Judge(Cloud& cloud, const Call& call, const std::string& tenant) {
  const auto form = IsForm(call.request) ? ParseForm(call.request.body) : Form{};
  if (!form) return std::unexpected(MissingParameter("grant_type"));
  const auto client = ReadClient(call.request, *form);
  if (auto grant = CheckGrant(*form, client); !grant) return std::unexpected(grant.error());
  const auto* found = cloud.Find(tenant);
  if (found == nullptr) return std::unexpected(TenantNotFound(tenant));
  if (!LooksLikeApplication(client.id)) {
    return std::unexpected(ApplicationNotFound(client.id, found->identity().domain));
  }
  const auto scope = FormValue(*form, "scope");
  if (scope.empty()) return std::unexpected(MissingParameter("scope"));
  const auto audience = ReadScope(scope, call.origin);
  if (!audience) return std::unexpected(audience.error());
  if (auto credential = CheckCredential(cloud, call, *form, client, found->identity());
      !credential) {
    return std::unexpected(credential.error());
  }
  return Claims{.tenant = found->identity().id,
                .client_id = client.id,
                .audience = *audience,
                .roles = cloud.behaviour.permissions,
                .directory_roles = DirectoryRoleIds(cloud.behaviour.directory_roles)};
}

}  // namespace

Answer AnswerTokenRequest(Cloud& cloud, const Call& call, const std::string& tenant) {
  const auto claims = Judge(cloud, call, tenant);
  if (!claims) return ToAnswer(claims.error(), call);
  const auto lifetime = cloud.behaviour.token_lifetime;
  const auto seconds = lifetime / std::chrono::seconds(1);
  Answer answer;
  answer.json = Json{{"token_type", "Bearer"},
                     {"expires_in", seconds},
                     {"ext_expires_in", seconds},
                     {"access_token", cloud.bearers.Issue(*claims, call.clients_now, lifetime)}};
  AddTokenHeaders(call, answer);
  return answer;
}

}  // namespace assayd::simulator
