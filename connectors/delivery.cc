#include "connectors/delivery.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/assert.h"
#include "base/json.h"
#include "base/log.h"
#include "connectors/retry_schedule.h"

namespace assayd::connectors {
namespace {

constexpr Milliseconds kFirstRetry = std::chrono::seconds(1);
constexpr Milliseconds kLongestRetry = std::chrono::minutes(1);
constexpr Milliseconds kObeyedMax = std::chrono::minutes(5);

}  // namespace

Milliseconds Delivery::Step() {
  const auto batch = outbox_.Head(kSignalsMax, kBytesMax);
  if (batch.empty()) return kIdle;
  const PublishReport report = publisher_.Publish(batch);
  ASSAYD_ASSERT(report.verdicts.size() == batch.size());
  Settle(batch, report);
  const bool all_settled = std::ranges::count(report.verdicts, Verdict::kTryAgain) == 0;
  if (!all_settled) return AfterTrouble(report);
  if (troubles_ > 0) log::Info("signals are taken again", {{"attempts", troubles_.load()}});
  troubles_ = 0;
  return Milliseconds(0);
}

void Delivery::Settle(const std::vector<Outbox::Outgoing>& batch, const PublishReport& report) {
  // Before they are removed: a crash in between publishes again what is to be forgotten.
  for (const auto& refusal : report.refusals) NoteRefusal(batch[refusal.index], refusal.reason);
  std::vector<std::uint64_t> settled;
  std::uint64_t taken = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (report.verdicts[i] == Verdict::kTryAgain) continue;
    settled.push_back(batch[i].sequence);
    if (report.verdicts[i] == Verdict::kTaken) ++taken;
  }
  outbox_.Remove(settled);
  statistics_.Add(&Statistics::signals_published, taken);
  statistics_.Add(&Statistics::signals_refused, settled.size() - taken);
}

void Delivery::NoteRefusal(const Outbox::Outgoing& outgoing, const std::string& reason) {
  auto json = ParseJson(outgoing.text, {.bytes_max = 2 * domain::kSignalBytesMax});
  const auto signal = json ? domain::FromStructured(*std::move(json))
                           : Result<domain::Signal>(std::unexpected(json.error()));
  if (!signal) return;
  log::Warn("signal refused", {{"id", signal->id},
                               {"tenant", signal->tenant},
                               {"source", signal->source_name},
                               {"reason", reason}});
  if (signal->type != domain::SignalType::kSettingObserved) return;
  // The other side does not have what a heartbeat would now confirm.
  const auto forgotten =
      outbox_.Append({}, {SettingRead{signal->tenant, signal->subject, std::nullopt}});
  if (!forgotten) log::Warn("checkpoint not kept", {{"error", forgotten.error().ToString()}});
}

Milliseconds Delivery::AfterTrouble(const PublishReport& report) {
  statistics_.Add(&Statistics::publish_failures, 1);
  constexpr std::size_t kDoublingsMax = 6;
  const auto doublings = std::min<std::size_t>(troubles_++, kDoublingsMax);
  Milliseconds wait = std::min(kFirstRetry * (std::int64_t{1} << doublings), kLongestRetry);
  wait = Jittered(wait, random_);
  if (report.retry_after) wait = std::max(wait, std::min(*report.retry_after, kObeyedMax));
  const bool cancelled = report.problem && report.problem->code == ErrorCode::kCancelled;
  if (troubles_ == 1 && !cancelled) {
    log::Warn("signals are not taken, they wait",
              {{"problem", report.problem ? report.problem->ToString() : "unknown"},
               {"signals", outbox_.usage().signals}});
  }
  return wait;
}

}  // namespace assayd::connectors
