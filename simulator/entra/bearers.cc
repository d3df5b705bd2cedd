#include "simulator/entra/bearers.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/base64.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "simulator/names.h"

namespace assayd::simulator {
namespace {

std::string Encode(std::string_view bytes) { return ToBase64Url(AsBytes(bytes)); }

std::optional<Json> DecodeJson(std::string_view part) {
  const auto bytes = FromBase64Url(part);
  if (!bytes) return std::nullopt;
  auto json = ParseJson({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!json || !json->is_object()) return std::nullopt;
  return *std::move(json);
}

std::int64_t UnixSeconds(TimePoint time) { return ToMillis(time) / 1000; }

Audience AudienceOf(std::string_view uri) {
  for (const auto audience : {Audience::kGraph, Audience::kExchange, Audience::kManagement}) {
    if (AudienceUri(audience) == uri) return audience;
  }
  return Audience::kAny;
}

}  // namespace

std::string_view AudienceUri(Audience audience) {
  switch (audience) {
    case Audience::kGraph:
      return "https://graph.microsoft.com";
    case Audience::kExchange:
      return "https://outlook.office365.com";
    case Audience::kManagement:
      return "https://manage.office.com";
    case Audience::kAny:
      return "urn:assayd:simulator";
  }
  return {};
}

Bearers::Bearers(Random& random) : random_(random) { random.Fill(key_); }

std::string Bearers::Sign(std::string_view text) const {
  return Encode(AsText(HmacSha256(key_, text)));
}

std::string Bearers::Issue(const Claims& claims, TimePoint now, Milliseconds lifetime) {
  std::string nonce(16, '\0');
  random_.Fill({reinterpret_cast<std::uint8_t*>(nonce.data()), nonce.size()});
  const Json payload{{"aud", AudienceUri(claims.audience)},
                     {"iss", "https://sts.windows.net/" + claims.tenant + "/"},
                     {"iat", UnixSeconds(now)},
                     {"nbf", UnixSeconds(now)},
                     {"exp", UnixSeconds(now + lifetime)},
                     {"appid", claims.client_id},
                     {"idtyp", "app"},
                     {"tid", claims.tenant},
                     {"roles", claims.roles},
                     {"wids", claims.directory_roles},
                     {"uti", Encode(nonce)},
                     {"ver", "1.0"}};
  const auto signed_part =
      Encode(R"({"alg":"HS256","typ":"JWT"})") + "." + Encode(DumpJson(payload));
  return signed_part + "." + Sign(signed_part);
}

std::expected<Claims, BearerProblem> Bearers::Check(const std::string* authorization,
                                                    Audience audience, TimePoint now) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (authorization == nullptr || authorization->size() <= kScheme.size() ||
      !EqualsIgnoreCaseAscii(authorization->substr(0, kScheme.size()), kScheme)) {
    return std::unexpected(BearerProblem::kMissing);
  }
  const auto token = std::string_view(*authorization).substr(kScheme.size());
  const auto parts = Split(token, '.');
  if (parts.size() != 3) return std::unexpected(BearerProblem::kNotWellFormed);
  const auto signed_part = token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!EqualsConstantTime(Sign(signed_part), parts[2])) {
    return std::unexpected(BearerProblem::kSignature);
  }
  const auto payload = DecodeJson(parts[1]);
  if (!payload) return std::unexpected(BearerProblem::kNotWellFormed);
  if (payload->at("exp").get<std::int64_t>() <= UnixSeconds(now)) {
    return std::unexpected(BearerProblem::kExpired);
  }
  Claims claims{.tenant = payload->at("tid").get<std::string>(),
                .client_id = payload->at("appid").get<std::string>(),
                .audience = AudienceOf(payload->at("aud").get<std::string>())};
  if (claims.audience != audience && claims.audience != Audience::kAny) {
    return std::unexpected(BearerProblem::kAudience);
  }
  payload->at("roles").get_to(claims.roles);
  payload->at("wids").get_to(claims.directory_roles);
  return claims;
}

}  // namespace assayd::simulator
