#include "daemon/ticker.h"

#include <algorithm>

#include "base/time_text.h"
#include "domain/attestation_decider.h"
#include "domain/judge.h"

namespace assayd::daemon {
namespace {

constexpr const char* kSource = "/assayd/clock";

std::string TickId(domain::TenantId tenant, TimePoint at) {
  return "tick-" + tenant.ToString() + "-" + std::to_string(ToMillis(at));
}

std::optional<TimePoint> NextOf(const domain::TenantState& state) {
  const auto deadline = domain::NextDeadline(state);
  const auto expiry = state.provider ? state.provider->NextExpiry() : std::nullopt;
  if (!expiry) return deadline;
  return deadline ? std::min(*deadline, expiry->first) : expiry->first;
}

}  // namespace

void Ticker::Schedule(domain::TenantId tenant) {
  const auto view = journal_.Latest(tenant);
  const auto next = view ? NextOf(view->state()) : std::nullopt;
  const auto known = entries_.find(tenant);
  if (known != entries_.end()) {
    if (next && *next == known->second->first) return;
    agenda_.erase(known->second);
    entries_.erase(known);
  }
  if (next) entries_[tenant] = agenda_.emplace(*next, tenant);
}

Milliseconds Ticker::Patience(Milliseconds longest) const {
  // What is due while the clock is not trusted has to wait, and must not be asked for all the time.
  if (agenda_.empty() || watch_.waits()) return longest;
  const auto until = std::chrono::ceil<Milliseconds>(agenda_.begin()->first - clock_.Now());
  return std::clamp(until, Milliseconds(0), longest);
}

Result<> Ticker::Run() {
  if (!watch_.Trusted()) return {};
  const TimePoint now = clock_.Now();
  while (!agenda_.empty() && agenda_.begin()->first <= now) {
    ASSAYD_CHECK(RunTenant(agenda_.begin()->second, now));
  }
  return {};
}

Result<> Ticker::RunTenant(domain::TenantId tenant, TimePoint now) {
  ASSAYD_TRY(const bool expired, RunExpiry(tenant, now));
  if (expired) return {};
  const auto view = journal_.Latest(tenant);
  const auto due = domain::DueDeadlines(view->state(), now);
  if (!due.empty()) {
    domain::Elapsed elapsed{{}, due.front().at};
    bool seen = false;
    for (const auto& deadline : due) {
      if (deadline.at != elapsed.at) break;
      ASSAYD_TRY(const bool newer, RecordWhatWasSeen(tenant, deadline));
      seen = seen || newer;
      elapsed.settings.push_back(deadline.setting);
    }
    // A newer read moved deadlines: what is due has to be looked up again.
    if (!seen) {
      ASSAYD_CHECK(intake_.Record(tenant, elapsed, kSource, TickId(tenant, elapsed.at)));
      ++ticks_;
    }
  }
  Schedule(tenant);
  return {};
}

Result<bool> Ticker::RunExpiry(domain::TenantId tenant, TimePoint now) {
  const auto view = journal_.Latest(tenant);
  const auto& provider = view->state().provider;
  const auto expiry = provider ? provider->NextExpiry() : std::nullopt;
  const auto deadline = domain::NextDeadline(view->state());
  if (!expiry || expiry->first > now || (deadline && *deadline < expiry->first)) return false;
  ASSAYD_TRY(auto events, domain::DecideExpiry(view->state(), catalogues_.content()));
  ASSAYD_CHECK(journal_.Append({tenant,
                                kSource,
                                "expiry-" + tenant.ToString() + "-" + expiry->second + "-" +
                                    std::to_string(ToMillis(expiry->first)),
                                {std::move(events)},
                                {},
                                {}}));
  Schedule(tenant);
  return true;
}

Result<bool> Ticker::RecordWhatWasSeen(domain::TenantId tenant, const domain::Deadline& deadline) {
  const auto view = journal_.Latest(tenant);
  const auto setting = view->state().catalogue()->FindSetting(deadline.setting);
  const auto seen = ages_.Get(tenant, deadline.setting).succeeded;
  if (!seen || *seen <= view->state().settings[*setting].seen) return false;
  domain::Seen reading{deadline.setting, *seen};
  reading.record = true;
  ASSAYD_TRY(const auto position,
             intake_.Record(tenant, reading, kSource, "seen-" + TickId(tenant, *seen)));
  return position.has_value();
}

}  // namespace assayd::daemon
