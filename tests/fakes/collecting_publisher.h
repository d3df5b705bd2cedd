#pragma once

#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "connectors/signal_publisher.h"

namespace assayd::fakes {

/// Takes every signal and keeps it as JSON, unless a test says otherwise.
class CollectingPublisher final : public connectors::SignalPublisher {
 public:
  using Signals = std::span<const connectors::Outbox::Outgoing>;
  using Script = std::function<connectors::PublishReport(Signals)>;

  void Play(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }

  connectors::PublishReport Publish(Signals signals) override {
    const std::lock_guard lock(mutex_);
    ++calls_;
    connectors::PublishReport report;
    report.verdicts.assign(signals.size(), connectors::Verdict::kTaken);
    if (script_) report = script_(signals);
    for (std::size_t i = 0; i < signals.size(); ++i) {
      if (report.verdicts[i] == connectors::Verdict::kTaken) {
        taken_.push_back(Json::parse(signals[i].text));
      }
    }
    return report;
  }

  static connectors::PublishReport All(Signals signals, connectors::Verdict verdict) {
    connectors::PublishReport report;
    report.verdicts.assign(signals.size(), verdict);
    if (verdict != connectors::Verdict::kTaken) report.problem = Error{ErrorCode::kRefused, "down"};
    return report;
  }

  [[nodiscard]] std::vector<Json> taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  [[nodiscard]] std::size_t calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  void Forget() {
    const std::lock_guard lock(mutex_);
    taken_.clear();
  }

 private:
  mutable std::mutex mutex_;
  Script script_;
  std::vector<Json> taken_;
  std::size_t calls_ = 0;
};

}  // namespace assayd::fakes
