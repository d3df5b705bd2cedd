#include "simulator/entra/scope.h"

#include <array>

#include "base/text.h"

namespace assayd::simulator {
namespace {

struct Resource {
  std::string_view uri;
  Audience audience;
};

constexpr auto kResources = std::to_array<Resource>({
    {"https://graph.microsoft.com", Audience::kGraph},
    {"https://graph.microsoft.us", Audience::kGraph},
    {"https://dod-graph.microsoft.us", Audience::kGraph},
    {"https://microsoftgraph.chinacloudapi.cn", Audience::kGraph},
    {"00000003-0000-0000-c000-000000000000", Audience::kGraph},
    {"https://outlook.office365.com", Audience::kExchange},
    {"https://outlook.office365.us", Audience::kExchange},
    {"https://webmail.apps.mil", Audience::kExchange},
    {"https://partner.outlook.cn", Audience::kExchange},
    {"https://manage.office.com", Audience::kManagement},
    {"https://manage.office365.us", Audience::kManagement},
    {"https://manage.protection.apps.mil", Audience::kManagement},
    {"https://manage.office365.cn", Audience::kManagement},
});

constexpr std::string_view kSuffix = "/.default";

TokenError InvalidScope(int code, std::string message) {
  return {.error = "invalid_scope", .code = code, .message = std::move(message)};
}

}  // namespace

std::expected<Audience, TokenError> ReadScope(std::string_view scope, const std::string& origin) {
  const auto shown = EscapeForLine(scope.substr(0, 200));
  if (scope.find(' ') != std::string_view::npos) {
    return std::unexpected(InvalidScope(
        70011, "The provided value for the input parameter 'scope' is not valid. The scope " +
                   shown + " is not valid."));
  }
  if (!scope.ends_with(kSuffix)) {
    return std::unexpected(InvalidScope(
        1002012, "The provided value for scope " + shown +
                     " is not valid. Client credential flows must have a scope value with "
                     "/.default suffixed to the resource identifier (application ID URI)."));
  }
  auto resource = scope.substr(0, scope.size() - kSuffix.size());
  // "https://resource//.default" is how clients keep a slash that belongs to the resource.
  if (resource.ends_with('/')) resource.remove_suffix(1);
  for (const auto& known : kResources) {
    if (EqualsIgnoreCaseAscii(resource, known.uri)) return known.audience;
  }
  if (EqualsIgnoreCaseAscii(resource, origin)) return Audience::kAny;
  return std::unexpected(TokenError{
      .error = "invalid_resource",
      .code = 500011,
      .message = "The resource principal named " + shown +
                 " was not found in the tenant. This can happen if the application has not been "
                 "installed by the administrator of the tenant or consented to by any user in the "
                 "tenant. You might have sent your authentication request to the wrong tenant."});
}

}  // namespace assayd::simulator
