#include "daemon/event_feed.h"

#include <pthread.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "daemon/api/call.h"
#include "daemon/api/rendering.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kEventsPerTurn = 500;
constexpr Milliseconds kHeartbeat = std::chrono::seconds(15);
constexpr Milliseconds kTurn = std::chrono::milliseconds(500);
constexpr std::size_t kCommandsMax = 1'000;
/// So many events at the end of the log are searched for commands at start.
constexpr std::uint64_t kSearchedAtStart = 10'000;

std::string Frame(const domain::Event& event, KeyRing& keys) {
  return "id: " + EncodeCursor(event.position) + "\nevent: " + std::string(ToText(event.type)) +
         "\ndata: " + DumpJson(EventJson(event, keys)) + "\n\n";
}

}  // namespace

EventFeed::EventFeed(const eventstore::EventLog& log, KeyRing& keys, const Clock& clock)
    : log_(log), keys_(keys), clock_(clock) {}

EventFeed::~EventFeed() { Stop(); }

void EventFeed::Start() {
  const std::uint64_t end = log_.acknowledged();
  seen_ = end > kSearchedAtStart ? end - kSearchedAtStart : 0;
  auto listener = std::exchange(on_event, nullptr);
  Advance();
  on_event = std::move(listener);
  thread_ = std::thread([this] { Loop(); });
  ::pthread_setname_np(thread_.native_handle(), "event-feed");
}

void EventFeed::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (auto& subscriber : subscribers_) subscriber.stream->Close();
  subscribers_.clear();
  for (auto& waiting : waiting_) waiting.answer({}, waiting.after);
  waiting_.clear();
}

void EventFeed::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_all();
}

EventFeed::Place EventFeed::TryEnter(const std::string& address) {
  const std::lock_guard lock(counts_->mutex);
  std::size_t& count = counts_->by_address[address];
  if (count >= kStreamsPerAddress) return nullptr;
  ++count;
  return {counts_.get(), [counts = counts_, address](Counts*) {
            const std::lock_guard held(counts->mutex);
            const auto entry = counts->by_address.find(address);
            if (--entry->second == 0) counts->by_address.erase(entry);
          }};
}

void EventFeed::Attach(std::shared_ptr<http::Stream> stream, Place place, std::uint64_t position,
                       Filter filter, std::function<bool()> admitted) {
  auto gone = std::make_shared<std::atomic<bool>>(false);
  stream->OnEnd([gone, held = std::move(place)]() mutable {
    gone->store(true);
    held.reset();
  });
  {
    const std::lock_guard lock(mutex_);
    fresh_.push_back({std::move(stream), position, std::move(filter), std::move(admitted),
                      clock_.Monotonic(), std::move(gone)});
    woken_ = true;
  }
  wake_.notify_all();
}

void EventFeed::AwaitCommands(std::optional<std::uint64_t> position, Milliseconds patience,
                              Commands answer) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      waiting_.push_back({position.value_or(0), clock_.Monotonic() + patience, std::move(answer)});
      woken_ = true;
      answer = nullptr;
    }
  }
  if (answer) return answer({}, position.value_or(0));
  wake_.notify_all();
}

std::size_t EventFeed::streams() const {
  const std::lock_guard lock(mutex_);
  return subscribers_.size() + fresh_.size();
}

void EventFeed::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, kTurn, [&] { return stopping_ || woken_; });
    woken_ = false;
    for (auto& subscriber : fresh_) subscribers_.push_back(std::move(subscriber));
    fresh_.clear();
    std::list<Subscriber> serving;
    serving.swap(subscribers_);
    lock.unlock();
    Advance();
    bool behind = false;
    for (auto& subscriber : serving) behind = Serve(subscriber) || behind;
    lock.lock();
    std::erase_if(serving, [](const Subscriber& subscriber) { return subscriber.gone->load(); });
    woken_ = woken_ || behind;
    subscribers_.splice(subscribers_.end(), serving);
    ServeWaiting();
  }
}

/// Looks at what became durable: commands for connectors, and whoever listens inside the daemon.
void EventFeed::Advance() {
  const auto read = log_.Read(seen_, [&](const eventstore::StoredEvent& stored) {
    const auto event = domain::DecodeEnvelope(stored.bytes);
    if (event) {
      if (event->type == domain::EventType::kCommandRequested) {
        if (auto request = domain::Decode<domain::CommandRequested>(*event)) {
          commands_.push_back({event->position, event->tenant, *std::move(request)});
          if (commands_.size() > kCommandsMax) commands_.pop_front();
        }
      } else if (event->type == domain::EventType::kCommandCompleted) {
        const auto completed = domain::Decode<domain::CommandCompleted>(*event);
        std::erase_if(commands_, [&](const Command& command) {
          return completed && command.request.command == completed->command;
        });
      }
      if (on_event) on_event(*event);
    }
    seen_ = stored.position + 1;
    return true;
  });
  if (read) return;
  log::Warn("events cannot be read", {{"position", seen_}, {"error", read.error().ToString()}});
  // A damaged log does not mend itself, and nothing is written to it any more.
  if (log_.read_only_reason()) seen_ = log_.head().tree_size;
}

bool EventFeed::Serve(Subscriber& subscriber) {
  if (subscriber.gone->load()) return false;
  std::string frames;
  std::size_t count = 0;
  const auto read = log_.Read(subscriber.next, [&](const eventstore::StoredEvent& stored) {
    const auto event = domain::DecodeEvent(stored.bytes);
    if (event && subscriber.filter(*event)) frames += Frame(*event, keys_);
    subscriber.next = stored.position + 1;
    return ++count < kEventsPerTurn;
  });
  if (!read) {
    log::Warn("a stream cannot be served",
              {{"position", subscriber.next}, {"error", read.error().ToString()}});
  }
  // What is skipped silently is never missed: a stream ends where the log cannot be read.
  bool over = !read && log_.read_only_reason();
  const Milliseconds now = clock_.Monotonic();
  if (frames.empty() && now - subscriber.last_write >= kHeartbeat) frames = ": still here\n\n";
  if (!frames.empty() && !subscriber.admitted()) {
    over = true;
  } else if (!frames.empty()) {
    subscriber.last_write = now;
    if (!subscriber.stream->Write(std::move(frames))) subscriber.gone->store(true);
  }
  if (over) subscriber.stream->Close(), subscriber.gone->store(true);
  return read && subscriber.next < log_.acknowledged();
}

std::vector<EventFeed::Command> EventFeed::CommandsAfter(std::uint64_t position) const {
  std::vector<Command> commands;
  std::ranges::copy_if(commands_, std::back_inserter(commands),
                       [&](const Command& command) { return command.position >= position; });
  return commands;
}

void EventFeed::ServeWaiting() {
  const Milliseconds now = clock_.Monotonic();
  std::erase_if(waiting_, [&](Waiting& waiting) {
    auto commands = CommandsAfter(waiting.after);
    if (commands.empty() && now < waiting.until) return false;
    const std::uint64_t next =
        commands.empty() ? std::max(waiting.after, seen_) : commands.back().position + 1;
    waiting.answer(std::move(commands), next);
    return true;
  });
}

}  // namespace assayd::daemon
