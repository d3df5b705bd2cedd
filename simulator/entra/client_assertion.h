#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "simulator/entra/registered_certificates.h"
#include "simulator/entra/token_error.h"

namespace assayd::simulator {

/// Where and by whom an assertion is shown.
struct AssertionUse {
  std::string client_id;
  std::vector<std::string> audiences;  ///< any of them will do
  TimePoint now;
};

/// Checks a client assertion as Entra does: a compact JWT, RS256 or PS256, by a registered
/// certificate named by x5t, x5t#S256 or kid; aud, iss, sub, jti, nbf and exp. Success returns
/// nothing.
std::expected<void, TokenError> CheckAssertion(std::string_view assertion, const AssertionUse& use,
                                               const RegisteredCertificates& certificates);

}  // namespace assayd::simulator
