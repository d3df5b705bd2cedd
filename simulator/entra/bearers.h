#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/random.h"

namespace assayd::simulator {

/// The API that a token opens. kAny: the scope named this server itself, which plays them all.
enum class Audience { kGraph, kExchange, kManagement, kAny };

/// The name of the audience in a token.
std::string_view AudienceUri(Audience audience);

/// What an access token says.
struct Claims {
  std::string tenant;
  std::string client_id;
  Audience audience = Audience::kGraph;
  std::vector<std::string> roles{};            ///< application permissions, as they were then
  std::vector<std::string> directory_roles{};  ///< role templates of the application, as then
};

enum class BearerProblem { kMissing, kNotWellFormed, kSignature, kExpired, kAudience };

/// Makes and reads access tokens: signed, stateless, worthless after a restart. Clients must take
/// them for opaque.
class Bearers {
 public:
  explicit Bearers(Random& random);

  [[nodiscard]] std::string Issue(const Claims& claims, TimePoint now, Milliseconds lifetime);
  /// Reads the value of an Authorization header; null is kMissing.
  [[nodiscard]] std::expected<Claims, BearerProblem> Check(const std::string* authorization,
                                                           Audience audience, TimePoint now) const;

 private:
  [[nodiscard]] std::string Sign(std::string_view text) const;

  Random& random_;
  Key256 key_{};
};

}  // namespace assayd::simulator
