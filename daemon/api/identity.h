#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/random.h"
#include "domain/tenant_state.h"

namespace assayd::daemon {

/// Roles, each allowed what the ones before it are; kIngest and kMetrics stand apart.
enum class Role : std::uint8_t {
  kReader,
  kContributor,
  kAssessor,
  kAdministrator,
  kPortalAdmin,
  kIngest,
  kMetrics,
};
std::string_view ToText(Role role);
std::optional<Role> ParseRole(std::string_view text);

/// What a request needs.
enum class Need : std::uint8_t { kNothing, kRead, kChange, kTest, kAdminister, kIngest, kMetrics };
bool Allows(Role role, Need need);

/// Who asks, and which tenants they may know of.
struct Identity {
  std::string name;  ///< "token:ops", "local:0", "demo"
  Role role = Role::kReader;
  bool all_tenants = true;
  std::vector<std::string> tenants;  ///< aliases, directory ids, "tag:x"

  bool operator==(const Identity&) const = default;
  [[nodiscard]] bool MaySee(const domain::TenantState& tenant) const;
};

/// The tokens of a token file: lines `NAME ROLE TENANTS sha256:HEX [expires=DATE|TIME]`. Only
/// hashes are known; asking costs one hash and no I/O. Safe from every thread.
class Tokens {
 public:
  /// kConfiguration with file and line of every mistake.
  static Result<Tokens> Read(const std::filesystem::path& file);
  static Result<Tokens> Parse(std::string_view text, const std::string& name);

  /// A token for the process's own use (the child that it supervises).
  void Add(std::string_view token, Identity identity);
  /// Nothing for a token that is not known or has expired.
  [[nodiscard]] std::optional<Identity> Find(std::string_view token, TimePoint now) const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// Whom they belong to, in no order.
  [[nodiscard]] std::vector<Identity> Identities() const;

 private:
  struct Entry {
    Identity identity;
    std::optional<TimePoint> expires;
  };
  Result<> Take(std::string_view line);

  std::map<Digest, Entry> entries_;
};

/// A new token, 256 random bits behind a prefix that scanners know, with a checksum at its end.
std::string MintToken(Random& random);
/// The line for the token file. It expires at the end of the day that it has lasted whole days on,
/// else at the very moment.
std::string TokenLine(std::string_view name, Role role, std::string_view tenants,
                      std::string_view token, TimePoint now, Milliseconds lifetime);
/// The token of an Authorization header; nothing when its scheme is not Bearer.
std::optional<std::string_view> BearerTokenOf(std::string_view header);

/// Browser sessions: a token exchanged for a cookie. In memory; at most 12 hours, 30 minutes idle.
class Sessions {
 public:
  Sessions(const Clock& clock, Random& random) : clock_(clock), random_(random) {}
  /// The cookie's value.
  std::string Begin(std::string_view token);
  /// The token behind a session, so that revoking the token ends it.
  [[nodiscard]] std::optional<std::string> Find(std::string_view session);
  void End(std::string_view session);

 private:
  struct Entry {
    std::string token;
    Milliseconds begun{0};
    Milliseconds used{0};
  };
  const Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace assayd::daemon
