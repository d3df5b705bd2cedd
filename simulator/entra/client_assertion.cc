#include "simulator/entra/client_assertion.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/base64.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

namespace assayd::simulator {
namespace {

using Checked = std::expected<void, TokenError>;

constexpr auto kClockSkew = std::chrono::minutes(5);

struct MdContextFree {
  void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
};

struct Jwt {
  Json header;
  Json claims;
  std::string_view signed_part;
  std::vector<std::uint8_t> signature;
};

std::optional<Json> DecodeObject(std::string_view part) {
  const auto bytes = FromBase64Url(part);
  if (!bytes) return std::nullopt;
  auto json = ParseJson({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!json || !json->is_object()) return std::nullopt;
  return *std::move(json);
}

std::optional<Jwt> DecodeJwt(std::string_view text) {
  const auto parts = Split(text, '.');
  if (parts.size() != 3) return std::nullopt;
  auto header = DecodeObject(parts[0]);
  auto claims = DecodeObject(parts[1]);
  auto signature = FromBase64Url(parts[2]);
  if (!header || !claims || !signature) return std::nullopt;
  return Jwt{*std::move(header), *std::move(claims),
             text.substr(0, parts[0].size() + 1 + parts[1].size()), *std::move(signature)};
}

std::string TextOf(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<TimePoint> TimeOf(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  const auto seconds = found->get<double>();
  if (seconds < 0 || seconds > 253'402'300'799.0) return std::nullopt;
  return FromMillis(static_cast<std::int64_t>(seconds * 1000));
}

bool IsNamedBy(const RegisteredCertificate& certificate, const Json& header) {
  const auto named = [&](const char* member, const std::string& value) {
    return TextOf(header, member) == value;
  };
  return named("x5t", certificate.sha1) || named("x5t#S256", certificate.sha256) ||
         EqualsIgnoreCaseAscii(TextOf(header, "kid"), certificate.sha1_hex);
}

bool Verifies(const Jwt& jwt, EVP_PKEY* key, bool is_pss) {
  const std::unique_ptr<EVP_MD_CTX, MdContextFree> context(::EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  if (::EVP_DigestVerifyInit(context.get(), &parameters, ::EVP_sha256(), nullptr, key) != 1) {
    return false;
  }
  if (is_pss) {
    ::EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
    ::EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST);
  }
  const auto text = AsBytes(jwt.signed_part);
  return ::EVP_DigestVerify(context.get(), jwt.signature.data(), jwt.signature.size(), text.data(),
                            text.size()) == 1;
}

std::unexpected<TokenError> Refuse(int code, std::string message) {
  return std::unexpected(InvalidClient(code, std::move(message)));
}

Checked CheckSignature(const Jwt& jwt, const AssertionUse& use,
                       const RegisteredCertificates& certificates) {
  const auto algorithm = TextOf(jwt.header, "alg");
  if (algorithm != "RS256" && algorithm != "PS256") {
    return Refuse(5002738, "Invalid JWT token. Unsupported algorithm '" + EscapeForLine(algorithm) +
                               "'; use RS256 or PS256.");
  }
  if (TextOf(jwt.header, "x5t").empty() && TextOf(jwt.header, "x5t#S256").empty() &&
      TextOf(jwt.header, "kid").empty()) {
    return Refuse(5002723,
                  "Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 "
                  "thumbprint, nor keyId specified in token header.");
  }
  const auto found = std::ranges::find_if(certificates.all(), [&](const auto& certificate) {
    return IsNamedBy(certificate, jwt.header) &&
           (certificate.client_id.empty() || certificate.client_id == use.client_id);
  });
  if (found == certificates.all().end()) {
    return Refuse(700027,
                  "The certificate with identifier used to sign the client assertion is not "
                  "registered on application. [Reason - The key was not found.]");
  }
  if (use.now < found->not_before || use.now > found->not_after) {
    return Refuse(1000502, "The provided certificate is not within its specified validity window.");
  }
  if (!Verifies(jwt, found->key.get(), algorithm == "PS256")) {
    return Refuse(700027,
                  "Client assertion contains an invalid signature. [Reason - The key was found, "
                  "but use of the key to verify the signature failed. Thumbprint of key used by "
                  "client: '" +
                      found->sha1_hex + "']");
  }
  return {};
}

bool NamesOneOf(const Json& audience, const std::vector<std::string>& known) {
  const auto names = [&](const Json& item) {
    return item.is_string() && std::ranges::find(known, item.get<std::string>()) != known.end();
  };
  return audience.is_array() ? std::ranges::any_of(audience, names) : names(audience);
}

Checked CheckClaims(const Json& claims, const AssertionUse& use) {
  if (TextOf(claims, "iss") != use.client_id || TextOf(claims, "sub") != use.client_id) {
    return Refuse(700021,
                  "Client assertion application identifier doesn't match 'client_id' parameter.");
  }
  const auto audience = claims.find("aud");
  if (audience == claims.end() || !NamesOneOf(*audience, use.audiences)) {
    return Refuse(700023, "Client assertion audience claim does not match Realm issuer.");
  }
  if (TextOf(claims, "jti").empty()) {
    return Refuse(50027, "JWT token is invalid or malformed: the claim 'jti' is missing.");
  }
  const auto expires = TimeOf(claims, "exp");
  if (!expires) return Refuse(50027, "JWT token is invalid or malformed: no claim 'exp'.");
  const auto begins = TimeOf(claims, "nbf").value_or(kBeginningOfTime);
  if (use.now > *expires + kClockSkew || use.now < begins - kClockSkew) {
    return Refuse(700024, "Client assertion is not within its valid time range. Current time: " +
                              SecondsText(use.now) + ", assertion valid from " +
                              SecondsText(begins) + ", expiry time of assertion " +
                              SecondsText(*expires) + ".");
  }
  return {};
}

}  // namespace

std::expected<void, TokenError> CheckAssertion(std::string_view assertion, const AssertionUse& use,
                                               const RegisteredCertificates& certificates) {
  const auto jwt = DecodeJwt(assertion);
  if (!jwt) return Refuse(50027, "JWT token is invalid or malformed.");
  if (auto checked = CheckSignature(*jwt, use, certificates); !checked) return checked;
  return CheckClaims(jwt->claims, use);
}

}  // namespace assayd::simulator
