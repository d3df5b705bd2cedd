#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "connectors/bearer_source.h"
#include "connectors/http_transport.h"
#include "connectors/outbox.h"
#include "connectors/statistics.h"

namespace assayd::connectors {

/// What the daemon wants done; its id is that of the event that it is.
struct Command {
  std::string id;
  std::string kind;    ///< "poll_now", "resync", or one that we do not know
  std::string tenant;  ///< directory id or alias
  std::string source;  ///< empty for all of the tenant
};

struct CommandResult {
  std::string tenant;            ///< directory id, where the tenant is known
  std::string outcome = "done";  ///< done | failed | unsupported
  std::string detail;
};

/// Asks the daemon for commands: `GET {url}/api/v1/connect/commands?after=CURSOR`, a request that
/// the daemon holds until there is one. Each answer is carried out, then its completions and its
/// cursor go into the outbox together; a crash in between carries commands out twice, which does no
/// harm. One thread at a time.
class CommandFeed {
 public:
  struct Options {
    std::string url;  ///< of the daemon
    BearerSource bearer;
    std::filesystem::path ca_file;
    Milliseconds deadline{60'000};  ///< longer than the daemon holds the request
  };
  struct Seams {
    HttpTransport& transport;
    Random& random;
    Outbox& outbox;
    const Clock& clock;
    StatisticsBook& statistics;
  };
  using Handler = std::function<CommandResult(const Command&)>;

  CommandFeed(Options options, Seams seams, Handler handler)
      : options_(std::move(options)), seams_(seams), handler_(std::move(handler)) {}

  /// Asks once. How long to wait before the next time.
  Milliseconds Step();

 private:
  Result<std::size_t> Ask();
  Result<HttpResponse> Request(const std::string& cursor);
  [[nodiscard]] domain::Signal Completion(const Command& command,
                                          const CommandResult& result) const;

  const Options options_;
  const Seams seams_;
  const Handler handler_;
  std::size_t failures_ = 0;
};

}  // namespace assayd::connectors
