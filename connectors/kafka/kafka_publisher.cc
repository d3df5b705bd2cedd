#include "connectors/kafka/kafka_publisher.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/log.h"
#include "domain/signal.h"

namespace assayd::connectors::kafka {
namespace {

constexpr Milliseconds kPollTime{100};
/// A report comes at the deadline of its message at the latest, and a little after it.
constexpr Milliseconds kPatience{5'000};

/// kMalformed for a text that is no signal, which the outbox does not hold.
Result<Message> ToMessage(const Outbox::Outgoing& outgoing, std::uint64_t number) {
  ASSAYD_TRY(Json json,
             ParseJson(outgoing.text, {.bytes_max = 2 * domain::kSignalBytesMax, .depth_max = 64}));
  ASSAYD_TRY(const domain::Signal signal, domain::FromStructured(std::move(json)));
  Message message{.number = number, .key = signal.tenant};
  for (auto& [name, value] : domain::BinaryAttributes(signal)) {
    message.headers.emplace_back("ce_" + name, std::move(value));
  }
  message.headers.emplace_back("content-type", "application/json");
  message.value = DumpJson(signal.data);
  return message;
}

}  // namespace

/// The signals of one call, from their sending to the last report.
class KafkaPublisher::Batch {
 public:
  Batch(Producer& producer, std::span<const Outbox::Outgoing> signals, std::uint64_t first_number)
      : producer_(producer), signals_(signals), first_(first_number) {
    report_.verdicts.assign(signals.size(), Verdict::kTryAgain);
  }

  PublishReport Run(std::chrono::steady_clock::time_point deadline) {
    std::size_t sent = 0;
    while (sent < signals_.size() && std::chrono::steady_clock::now() < deadline) {
      if (producer_.FatalError()) break;
      if (Send(sent)) {
        ++sent;
      } else {
        Collect();
      }
    }
    while (open_ > 0 && std::chrono::steady_clock::now() < deadline) Collect();
    return std::move(report_);
  }

  /// Messages without a report: the producer has to go, or they would arrive behind later ones.
  [[nodiscard]] bool IsUnfinished() const { return open_ > 0; }

 private:
  /// False when the queue is full.
  bool Send(std::size_t index) {
    const auto message = ToMessage(signals_[index], first_ + index);
    if (!message) {
      Refuse(index, message.error().context);
      return true;
    }
    if (!producer_.Send(*message)) return false;
    ++open_;
    return true;
  }

  void Collect() {
    for (auto& report : producer_.Poll(kPollTime)) {
      // What an earlier batch left behind has its own verdict.
      if (report.number < first_ || report.number - first_ >= signals_.size()) continue;
      const std::size_t index = report.number - first_;
      --open_;
      if (report.fate == Fate::kDelivered) report_.verdicts[index] = Verdict::kTaken;
      if (report.fate == Fate::kRefused) Refuse(index, report.problem->context);
      if (report.fate == Fate::kFailed) report_.problem = std::move(report.problem);
    }
  }

  void Refuse(std::size_t index, std::string reason) {
    report_.verdicts[index] = Verdict::kRefused;
    report_.refusals.push_back({index, std::move(reason)});
  }

  Producer& producer_;
  const std::span<const Outbox::Outgoing> signals_;
  const std::uint64_t first_;
  std::size_t open_ = 0;
  PublishReport report_;
};

PublishReport KafkaPublisher::Publish(std::span<const Outbox::Outgoing> signals) {
  PublishReport report;
  report.verdicts.assign(signals.size(), Verdict::kTryAgain);
  if (!producer_) {
    auto made = Producer::Make(options_);
    if (!made) {
      report.problem = made.error();
      return report;
    }
    producer_ = *std::move(made);
  }
  Batch batch(*producer_, signals, next_number_);
  next_number_ += signals.size();
  report = batch.Run(std::chrono::steady_clock::now() + options_.deadline + kPatience);
  const auto fatal = producer_->FatalError();
  if (fatal) {
    log::Warn("kafka producer is replaced", {{"problem", fatal->ToString()}});
    report.problem = fatal;
  }
  if (fatal || batch.IsUnfinished()) producer_.reset();
  return report;
}

}  // namespace assayd::connectors::kafka
