#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/log.h"
#include "base/time_text.h"
#include "connectors/graph/audit_window.h"
#include "connectors/graph/page_walk.h"
#include "connectors/graph/reading.h"
#include "connectors/url.h"

namespace assayd::connectors::graph {
namespace {

/// Records are kept as little as they are passed on; what bounds a read is their number.
constexpr WalkLimits kLimits{
    .items_max = 50'000, .values_max = 20'000'000, .bytes_max = 256U * 1024 * 1024};
constexpr std::size_t kPageBytesMax = 32U * 1024 * 1024;
constexpr Milliseconds kFutureMax = std::chrono::minutes(5);

std::string FirstUrl(const Source& source, const ReadContext& context, const AuditWindow& window) {
  std::string filter = fmt::format("activityDateTime ge {}", FormatTime(window.from));
  if (window.until) {
    filter += fmt::format(" and activityDateTime lt {}", FormatTime(*window.until));
  }
  return fmt::format("{}{}?$filter={}", context.root, source.path, PercentEncode(filter));
}

class AuditReading final : public Reading {
 public:
  AuditReading(const Source& source, ReadContext context, AuditProgress progress,
               Milliseconds slice)
      : source_(source),
        context_(std::move(context)),
        progress_(std::move(progress)),
        window_(PlanAudits(progress_, context_.started, slice)),
        walk_(context_.root, FirstUrl(source_, context_, window_), kLimits) {}

  [[nodiscard]] ApiClient::Request Next() const override {
    ApiClient::Request request;
    request.url = walk_.next();
    request.workload = source_.workload;
    request.permission = source_.permission;
    request.bytes_max = std::min(walk_.bytes_left(), kPageBytesMax);
    return request;
  }

  Outcome<bool> Take(ApiClient::Answer answer) override {
    const auto items = walk_.Take(std::move(answer.body), answer.bytes);
    if (!items) return std::unexpected(items.error());
    for (const auto& item : *items) {
      auto record = KeepOfRecord(item);
      if (!record) {
        ++unreadable_;
        continue;
      }
      ++readable_;
      if (record->time <= context_.started + kFutureMax) {
        newest_ = std::max(newest_.value_or(record->time), record->time);
      }
      std::string fingerprint = AuditFingerprint(record->id);
      if (!progress_.seen.contains(fingerprint)) {
        fresh_.try_emplace(std::move(fingerprint), *std::move(record));
      }
    }
    return walk_.done();
  }

  Outcome<ReadResult> Finish() override {
    if (unreadable_ > 0 && readable_ == 0) {
      return std::unexpected(Failure{.reason = FailureReason::kSchema,
                                     .status = 200,
                                     .detail = "no record has an id, a time and an activity"});
    }
    if (unreadable_ > 0) {
      log::Warn("audit records without id, time or activity are left out",
                {{"tenant", context_.tenant},
                 {"source", source_.name},
                 {"records", unreadable_},
                 {"read", readable_}});
    }
    ReadResult result{.changed = !fresh_.empty(), .is_behind = window_.until.has_value()};
    AuditRead change{.tenant = context_.tenant, .source = std::string(source_.name)};
    change.watermark = WatermarkAfter(progress_, window_, newest_);
    change.deep_read = window_.deep ? context_.started : progress_.deep_read;
    std::vector<AuditRecord> records;
    for (auto& [fingerprint, record] : fresh_) {
      change.seen.emplace_back(fingerprint, record.time);
      records.push_back(std::move(record));
    }
    std::ranges::sort(records, {}, [](const AuditRecord& record) {
      return std::pair<TimePoint, std::string_view>(record.time, record.id);
    });
    for (auto& record : records) {
      result.signals.push_back(Signal(domain::SignalType::kAuditRecorded));
      result.signals.back().data = std::move(record.data);
    }
    result.signals.push_back(Heartbeat(change, records.size()));
    result.changes.emplace_back(std::move(change));
    return result;
  }

 private:
  [[nodiscard]] domain::Signal Signal(domain::SignalType type) const {
    return MakeSignal(type, source_, context_.tenant, context_.started);
  }

  /// Also with new records: it is what says that there were no others.
  [[nodiscard]] domain::Signal Heartbeat(const AuditRead& change, std::size_t records) const {
    auto heartbeat = Signal(domain::SignalType::kSourceHeartbeat);
    heartbeat.data = {{"read_started", FormatTime(context_.started)},
                      {"records", records},
                      {"unreadable", unreadable_}};
    if (change.watermark) heartbeat.data["read_until"] = FormatTime(*change.watermark);
    return heartbeat;
  }

  const Source& source_;
  const ReadContext context_;
  const AuditProgress progress_;
  const AuditWindow window_;
  PageWalk walk_;
  std::map<std::string, AuditRecord> fresh_;  // by fingerprint
  std::optional<TimePoint> newest_;
  std::size_t readable_ = 0;
  std::size_t unreadable_ = 0;
};

}  // namespace

std::unique_ptr<Reading> ReadAudits(const Source& source, ReadContext context,
                                    AuditProgress progress, Milliseconds slice) {
  return std::make_unique<AuditReading>(source, std::move(context), std::move(progress), slice);
}

}  // namespace assayd::connectors::graph
