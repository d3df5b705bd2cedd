#include "daemon/api/identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/file_system.h"
#include "base/text.h"
#include "base/time_text.h"

namespace assayd::daemon {
namespace {

constexpr std::array<std::string_view, 7> kRoles{
    "reader", "contributor", "assessor", "administrator", "portal-admin", "ingest", "metrics"};
constexpr std::string_view kTokenPrefix = "assayd_";
constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kTokenLengthMax = 200;
constexpr Milliseconds kSessionLongest = std::chrono::hours(12);
constexpr Milliseconds kSessionIdle = std::chrono::minutes(30);
constexpr std::size_t kSessionsMax = 10'000;

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  for (const std::string_view word : Split(line, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

/// "2027-01-31" means the end of that day, a full time means itself.
Result<TimePoint> ParseExpiry(std::string_view text) {
  if (text.size() == 10) return ParseTime(std::string(text) + "T23:59:59.999Z");
  return ParseTime(text);
}

}  // namespace

std::string_view ToText(Role role) { return kRoles[static_cast<std::size_t>(role)]; }

std::optional<Role> ParseRole(std::string_view text) {
  const auto* const found = std::ranges::find(kRoles, text);
  if (found == kRoles.end()) return std::nullopt;
  return static_cast<Role>(found - kRoles.begin());
}

bool Allows(Role role, Need need) {
  const bool person = role <= Role::kPortalAdmin;
  switch (need) {
    case Need::kNothing:
      return true;
    case Need::kRead:
      return person;
    case Need::kChange:
      return person && role >= Role::kContributor;
    case Need::kTest:
      return person && role >= Role::kAssessor;
    case Need::kAdminister:
      return person && role >= Role::kAdministrator;
    case Need::kIngest:
      return role == Role::kIngest;
    case Need::kMetrics:
      return person || role == Role::kMetrics;
  }
  return false;
}

bool Identity::MaySee(const domain::TenantState& tenant) const {
  if (all_tenants) return true;
  return std::ranges::any_of(tenants, [&](const std::string& allowed) {
    if (allowed == tenant.alias || EqualsIgnoreCaseAscii(allowed, tenant.id.ToString()))
      return true;
    if (!allowed.starts_with("tag:") || !tenant.configuration) return false;
    return std::ranges::find(tenant.configuration->tags, allowed.substr(4)) !=
           tenant.configuration->tags.end();
  });
}

Result<Tokens> Tokens::Read(const std::filesystem::path& file) {
  ASSAYD_TRY(const std::string text, ReadSecretFile(file));
  return Parse(text, file.string());
}

Result<Tokens> Tokens::Parse(std::string_view text, const std::string& name) {
  Tokens tokens;
  std::string mistakes;
  int number = 0;
  for (const std::string_view raw : Split(text, '\n')) {
    ++number;
    const std::string_view line = Trim(raw.substr(0, raw.find('#')));
    if (line.empty()) continue;
    if (const auto taken = tokens.Take(line); !taken)
      mistakes += fmt::format("{}:{}:1: {}; ", name, number, taken.error().context);
  }
  if (mistakes.empty()) return tokens;
  return Fail(ErrorCode::kConfiguration,
              mistakes + "a line is NAME ROLE TENANTS sha256:HEX [expires=DATE|TIME]");
}

Result<> Tokens::Take(std::string_view line) {
  const auto refuse = [](std::string problem) {
    return Fail(ErrorCode::kConfiguration, std::move(problem));
  };
  const auto words = Words(line);
  if (words.size() < 4 || words.size() > 5) return refuse("expected four or five words");
  const auto role = ParseRole(words[1]);
  if (!role) return refuse(fmt::format("'{}' is no role", words[1]));
  constexpr std::string_view kHash = "sha256:";
  const auto hash =
      words[3].starts_with(kHash) ? FromHex(words[3].substr(kHash.size())) : std::nullopt;
  Digest digest{};
  if (!hash || hash->size() != digest.size())
    return refuse("the hash is not sha256: and 64 hex digits");
  std::ranges::copy(*hash, digest.begin());
  Entry entry{{"token:" + std::string(words[0]), *role, words[2] == "*", {}}, std::nullopt};
  if (!entry.identity.all_tenants) {
    for (const auto tenant : Split(words[2], ',')) entry.identity.tenants.emplace_back(tenant);
  }
  if (words.size() == 5) {
    constexpr std::string_view kExpires = "expires=";
    const auto expires = words[4].starts_with(kExpires)
                             ? ParseExpiry(words[4].substr(kExpires.size()))
                             : Result<TimePoint>(Fail(ErrorCode::kMalformed, ""));
    if (!expires)
      return refuse("the fifth word is not expires=2027-01-31 or expires=2027-01-31T18:00:00Z");
    entry.expires = *expires;
  }
  if (!entries_.emplace(digest, std::move(entry)).second) return refuse("the token is there twice");
  return {};
}

void Tokens::Add(std::string_view token, Identity identity) {
  entries_[HashOf(token)] = {std::move(identity), std::nullopt};
}

std::vector<Identity> Tokens::Identities() const {
  std::vector<Identity> identities;
  for (const auto& [digest, entry] : entries_) identities.push_back(entry.identity);
  return identities;
}

std::optional<Identity> Tokens::Find(std::string_view token, TimePoint now) const {
  if (token.size() > kTokenLengthMax) return std::nullopt;
  // Looking up the hash tells by its duration nothing about the token.
  const auto entry = entries_.find(HashOf(token));
  if (entry == entries_.end()) return std::nullopt;
  if (entry->second.expires && *entry->second.expires < now) return std::nullopt;
  return entry->second.identity;
}

std::string MintToken(Random& random) {
  std::array<std::uint8_t, kTokenBytes> bytes;
  random.Fill(bytes);
  const std::string body = ToBase64Url(bytes);
  const Digest check = HashOf(body);
  return fmt::format("{}{}{}", kTokenPrefix, body, ToHex(std::span(check).first(3)));
}

std::string TokenLine(std::string_view name, Role role, std::string_view tenants,
                      std::string_view token, TimePoint now, Milliseconds lifetime) {
  constexpr std::size_t kDateLength = 10;
  const bool whole_days = lifetime % std::chrono::hours(24) == Milliseconds::zero();
  const std::string expires = FormatTime(now + lifetime);
  return fmt::format("{} {} {} sha256:{} expires={}", name, ToText(role), tenants,
                     ToHex(HashOf(token)), whole_days ? expires.substr(0, kDateLength) : expires);
}

std::optional<std::string_view> BearerTokenOf(std::string_view header) {
  constexpr std::string_view kScheme = "Bearer";
  const auto space = header.find(' ');
  if (space == std::string_view::npos || !EqualsIgnoreCaseAscii(header.substr(0, space), kScheme))
    return std::nullopt;
  return Trim(header.substr(space));
}

std::string Sessions::Begin(std::string_view token) {
  std::array<std::uint8_t, kTokenBytes> bytes;
  random_.Fill(bytes);
  const std::lock_guard lock(mutex_);
  const Milliseconds now = clock_.Monotonic();
  std::erase_if(entries_, [&](const auto& each) { return now - each.second.used > kSessionIdle; });
  if (entries_.size() >= kSessionsMax) entries_.erase(entries_.begin());
  std::string session = ToBase64Url(bytes);
  entries_[session] = {std::string(token), now, now};
  return session;
}

std::optional<std::string> Sessions::Find(std::string_view session) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(session);
  if (entry == entries_.end()) return std::nullopt;
  const Milliseconds now = clock_.Monotonic();
  if (now - entry->second.used > kSessionIdle || now - entry->second.begun > kSessionLongest) {
    entries_.erase(entry);
    return std::nullopt;
  }
  entry->second.used = now;
  return entry->second.token;
}

void Sessions::End(std::string_view session) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(session);
  if (entry != entries_.end()) entries_.erase(entry);
}

}  // namespace assayd::daemon
