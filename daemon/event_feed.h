#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "daemon/keyring.h"
#include "domain/event.h"
#include "domain/payloads.h"
#include "eventstore/event_log.h"
#include "http/server.h"

namespace assayd::daemon {

/// Carries durable events to those who wait for them: event streams, which may begin anywhere in
/// the past and lose nothing, and commands that connectors ask for. One thread reads the log for
/// all.
class EventFeed {
 public:
  /// Whether a stream may and wants to see an event.
  using Filter = std::function<bool(const domain::Event&)>;

  struct Command {
    std::uint64_t position = 0;
    domain::TenantId tenant;
    domain::CommandRequested request;
  };

  EventFeed(const eventstore::EventLog& log, KeyRing& keys, const Clock& clock);
  ~EventFeed();

  /// Begins at the end of the log. Call once the log is open.
  void Start();
  /// Ends every stream and waiting request.
  void Stop();

  /// New events are durable. From any thread; returns at once.
  void Wake();

  /// Room for one more stream of an address, until it is let go of; null when the address has
  /// kStreamsPerAddress. What is left of its connections is for everything else that comes from
  /// there: connectors, scrapes, health.
  using Place = std::shared_ptr<void>;
  [[nodiscard]] Place TryEnter(const std::string& address);
  static constexpr std::size_t kStreamsPerAddress = 32;

  /// Sends Server-Sent Events from `position` on until the client goes or may not see them any
  /// more: `admitted` is asked before anything is written, on the feed's thread. `place` is held
  /// until the stream ends.
  void Attach(std::shared_ptr<http::Stream> stream, Place place, std::uint64_t position,
              Filter filter, std::function<bool()> admitted);

  /// Commands after `position` that were not completed, at once if there are any, else when one
  /// comes, or none after `patience`. `answer` is called once, with where to go on.
  using Commands = std::function<void(std::vector<Command> commands, std::uint64_t next)>;
  void AwaitCommands(std::optional<std::uint64_t> position, Milliseconds patience, Commands answer);

  /// Called with each durable event, in order, on the feed's thread.
  std::function<void(const domain::Event&)> on_event;

  [[nodiscard]] std::size_t streams() const;

 private:
  struct Subscriber {
    std::shared_ptr<http::Stream> stream;  // shared with the listener, which ends it
    std::uint64_t next = 0;
    Filter filter;
    std::function<bool()> admitted;
    Milliseconds last_write{0};
    std::shared_ptr<std::atomic<bool>> gone;  // shared with the stream's callback
  };
  struct Waiting {
    std::uint64_t after = 0;
    Milliseconds until{0};
    Commands answer;
  };

  /// How many streams each address has; places may outlive the feed.
  struct Counts {
    std::mutex mutex;
    std::map<std::string, std::size_t> by_address;
  };

  void Loop();
  void Advance();
  /// True when there is more to send at once.
  bool Serve(Subscriber& subscriber);
  void ServeWaiting();
  [[nodiscard]] std::vector<Command> CommandsAfter(std::uint64_t position) const;

  const eventstore::EventLog& log_;
  KeyRing& keys_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool woken_ = false;
  const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
  std::list<Subscriber> subscribers_;
  std::vector<Subscriber> fresh_;
  std::vector<Waiting> waiting_;
  std::deque<Command> commands_;  ///< that were requested lately and not completed
  std::uint64_t seen_ = 0;        ///< events below were looked at
  std::thread thread_;
};

}  // namespace assayd::daemon
