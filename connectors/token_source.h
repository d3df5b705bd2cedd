#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "connectors/client_credential.h"
#include "connectors/failure.h"
#include "connectors/http_transport.h"
#include "connectors/retry_schedule.h"

namespace assayd::connectors {

/// Access tokens of one application for one resource of one tenant (OAuth 2.0 client credentials).
/// A token is kept until five minutes before its end. A refusal is kept too, for a time that grows
/// while it repeats: several sources of a tenant ask, and a wrong secret gets no better by asking
/// often. Safe from every thread; one request at a time.
class TokenSource {
 public:
  struct Options {
    std::string token_url;  ///< "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token"
    std::string scope;      ///< "https://graph.microsoft.com/.default"
    ClientCredential credential;
    std::filesystem::path ca_file;
    Milliseconds deadline{20'000};
  };
  struct Seams {
    HttpTransport& transport;
    const Clock& clock;
    Random& random;
  };
  struct Token {
    Secret value;
    std::uint64_t number = 0;  ///< for Invalidate
  };

  TokenSource(Options options, Seams seams) : options_(std::move(options)), seams_(seams) {}

  /// kUnauthorized with the AADSTS code when the directory refuses; else what the way there says.
  Outcome<Token> Get();

  /// The token of that number was not accepted, or lacks roles that were granted since: the next
  /// Get asks for another. Does nothing when another is there already.
  void Invalidate(std::uint64_t number);

  /// Somebody says that it is worth asking again: a kept refusal is forgotten.
  void Forgive();

 private:
  Outcome<Token> Ask();
  [[nodiscard]] std::string Form() const;

  const Options options_;
  const Seams seams_;
  std::mutex mutex_;
  std::optional<Token> token_;
  Milliseconds token_until_{0};
  std::optional<Failure> refusal_;
  Milliseconds refusal_until_{0};
  RetrySchedule retry_;
  std::uint64_t tokens_ = 0;
};

}  // namespace assayd::connectors
