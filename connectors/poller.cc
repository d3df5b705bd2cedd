#include "connectors/poller.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.h"

namespace assayd::connectors {
namespace {

/// How soon to look again whether the outbox has room.
constexpr Milliseconds kHeld = std::chrono::seconds(5);
constexpr Milliseconds kReportEvery = std::chrono::hours(1);
constexpr Milliseconds kPlaceRetry = std::chrono::seconds(1);
constexpr Milliseconds kDiskRetry = std::chrono::seconds(15);

}  // namespace

Statistics::Key Poller::StatisticsKey() const {
  return {options_.tenant, std::string(options_.source.name)};
}

Result<> Poller::Resync() {
  if (options_.schema == nullptr) return {};
  return seams_.outbox.Append({},
                              {SettingRead{options_.tenant, options_.schema->name, std::nullopt}});
}

Milliseconds Poller::Step() {
  if (!reading_ && !seams_.outbox.HasRoom()) return Held();
  const Milliseconds now = seams_.clock.Monotonic();
  if (reading_ && now - started_at_ >= options_.read_deadline) {
    return Failed({.reason = FailureReason::kTimeout, .detail = "the read took too long"});
  }
  if (needs_place_ || (reading_ && reading_->IsLarge())) {
    if (!place_) place_ = seams_.large.TryEnter();
    if (!place_) return now + kPlaceRetry;
  }
  // A read whose turn has not come yet has not begun.
  const Milliseconds wait = seams_.api.Admit(options_.source.workload);
  if (wait > Milliseconds(0)) return now + wait;
  if (!reading_) Begin(now);
  auto request = reading_->Next();
  request.deadline =
      std::min(options_.request_deadline, options_.read_deadline - (now - started_at_));
  request.large = place_ != nullptr;
  auto answer = seams_.api.Fetch(request);
  if (!answer && answer.error().too_large && !place_) {
    needs_place_ = true;
    return seams_.clock.Monotonic();
  }
  return answer ? TakeAnswer(*std::move(answer)) : Failed(answer.error());
}

void Poller::EndRead() {
  reading_.reset();
  place_.reset();
  needs_place_ = false;
}

void Poller::Begin(Milliseconds now) {
  started_ = seams_.clock.Now();
  started_at_ = now;
  graph::ReadContext context{.tenant = options_.tenant,
                             .root = seams_.api.root(),
                             .started = started_,
                             .schema = options_.schema};
  if (options_.schema == nullptr) {
    auto progress = seams_.outbox.AuditOf(options_.tenant, options_.source.name);
    reading_ =
        graph::ReadAudits(options_.source, std::move(context), std::move(progress), audit_slice_);
  } else {
    const auto known = seams_.outbox.HashOf(options_.tenant, options_.schema->name);
    reading_ = graph::ReadSetting(options_.source, std::move(context), known);
  }
}

Milliseconds Poller::TakeAnswer(graph::ApiClient::Answer answer) {
  const auto done = reading_->Take(std::move(answer));
  if (!done) return Failed(done.error());
  if (!*done) return seams_.clock.Monotonic();
  auto result = reading_->Finish();
  return result ? Complete(*std::move(result)) : Failed(result.error());
}

Milliseconds Poller::Complete(graph::ReadResult result) {
  const Milliseconds now = seams_.clock.Monotonic();
  const bool changed = result.changed;
  for (auto& signal : result.signals) {
    const bool of_the_read = signal.type == domain::SignalType::kSettingObserved ||
                             signal.type == domain::SignalType::kSourceHeartbeat;
    if (of_the_read) signal.data["read_took_ms"] = (now - started_at_).count();
  }
  const auto taken = seams_.outbox.Append(std::move(result.signals), std::move(result.changes));
  if (!taken && taken.error().code == ErrorCode::kTooLarge) {
    return Failed({.reason = FailureReason::kIncomplete,
                   .status = 200,
                   .detail = "the document is larger than a signal may be"});
  }
  // What was read is dropped with its checkpoint: it is read again.
  EndRead();
  if (!taken && taken.error().code == ErrorCode::kOutboxFull) {
    audit_slice_ = std::max(audit_slice_ / 2, graph::kAuditSliceMin);
    return Held();
  }
  if (!taken) {
    log::Error("outbox cannot be written", {{"error", taken.error().ToString()}});
    return now + Jittered(kDiskRetry, seams_.random);
  }
  seams_.appended();
  seams_.statistics.PollSucceeded(StatisticsKey(), changed, started_, now - started_at_);
  if (reported_) {
    log::Info("source readable again",
              {{"tenant", options_.tenant}, {"source", options_.source.name}});
  }
  retry_.AfterSuccess();
  reported_.reset();
  audit_slice_ = std::min(audit_slice_ * 2, graph::kAuditSliceMax);
  if (result.is_behind) return now;
  return std::max(now, started_at_ + Jittered(options_.interval, seams_.random));
}

Milliseconds Poller::Failed(const Failure& failure) {
  EndRead();
  if (failure.cancelled) return seams_.clock.Monotonic() + options_.interval;
  if (failure.reason == FailureReason::kIncomplete) {
    audit_slice_ = std::max(audit_slice_ / 2, graph::kAuditSliceMin);
  }
  const Milliseconds wait = retry_.AfterFailure(failure, options_.interval, seams_.random);
  seams_.statistics.PollFailed(StatisticsKey(), ToText(failure.reason), retry_.IsDown());
  Report(failure);
  return seams_.clock.Monotonic() + wait;
}

void Poller::Report(const Failure& failure) {
  const Milliseconds now = seams_.clock.Monotonic();
  const bool foreign = failure.code == domain::kForeignLink;
  const bool is_new = reported_ != failure.reason || reported_foreign_ != foreign;
  if (!is_new && now - reported_at_ < kReportEvery) return;
  auto signal = graph::MakeSignal(domain::SignalType::kObservationFailed, options_.source,
                                  options_.tenant, started_);
  signal.data = ToData(failure);
  if (const auto taken = seams_.outbox.Append({std::move(signal)}, {}); !taken) {
    return log::Warn("failure not noted", {{"error", taken.error().ToString()}});
  }
  seams_.appended();
  log::Warn("source cannot be read", {{"tenant", options_.tenant},
                                      {"source", options_.source.name},
                                      {"reason", failure.ToString()}});
  reported_ = failure.reason;
  reported_foreign_ = foreign;
  reported_at_ = now;
}

Milliseconds Poller::Held() {
  seams_.statistics.PollHeld();
  return seams_.clock.Monotonic() + Jittered(kHeld, seams_.random);
}

}  // namespace assayd::connectors
