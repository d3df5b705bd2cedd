#include "daemon/demo/past_import.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/time_text.h"
#include "base/uuid.h"
#include "domain/audit_logs.h"
#include "domain/signal.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kBatchBytes = 4 * 1024 * 1024;

Result<domain::Signal> SignalOf(const Json& item, std::string_view tenant, const Clock& clock,
                                Random& random) {
  domain::Signal signal;
  signal.id = MintUuid7(clock, random).ToString();
  signal.tenant = tenant;
  signal.source_name = item.at("source").get<std::string>();
  signal.source = domain::SignalSource(tenant, signal.source_name);
  ASSAYD_TRY(signal.time, ParseTime(item.at("time").get<std::string>()));
  signal.backfill = true;
  if (item.at("kind") == "audit") {
    signal.type = domain::SignalType::kAuditRecorded;
    signal.data = item.at("record");
  } else {
    signal.type = domain::SignalType::kSettingObserved;
    signal.subject = item.at("setting").get<std::string>();
    signal.data = {{"value", item.at("after")}, {"read_started", item.at("time")}, {"pages", 1}};
  }
  return signal;
}

bool IsReadable(const Json& item) {
  if (item.at("kind") != "audit") return true;
  for (const auto& log : domain::kAuditLogs) {
    if (log.source == item.at("source").get<std::string>()) return true;
  }
  return false;
}

/// What every setting was at the end, read once more then. Without it a setting that nobody has
/// touched for weeks would count as not seen for weeks when the first live read of another one
/// comes.
Json ReadsAtTheEnd(const Json& history) {
  std::map<std::string, const Json*> last;
  for (const auto& item : history) {
    if (item.at("kind") == "setting") last[item.at("setting").get<std::string>()] = &item;
  }
  Json reads = Json::array();
  for (const auto& [setting, item] : last) {
    reads.push_back(*item);
    reads.back()["time"] = history.back().at("time");
  }
  return reads;
}

Result<std::size_t> Post(const http::Client& daemon, const std::string& batch) {
  ASSAYD_TRY(const auto answer,
             daemon.Ask({.method = "POST",
                         .target = "/api/v1/signals",
                         .headers = {{"Content-Type", "application/cloudevents-batch+json"}},
                         .body = batch}));
  if (answer.status != 200) {
    return Fail(ErrorCode::kInternal,
                fmt::format("the daemon answered {}: {}", answer.status, answer.body));
  }
  ASSAYD_TRY(const Json told, ParseJson(answer.body));
  if (const Json& refused = told.at("quarantined"); !refused.empty()) {
    return Fail(ErrorCode::kInternal,
                fmt::format("{} signals of the past were refused, the first because of: {}",
                            refused.size(), refused.front().at("reason").get<std::string>()));
  }
  return told.at("accepted").get<std::size_t>();
}

}  // namespace

Result<std::size_t> ImportPast(const http::Client& daemon, const Json& history,
                               std::string_view tenant, const Clock& clock, Random& random) {
  std::size_t taken = 0;
  std::string batch;
  const auto send = [&]() -> Result<> {
    if (batch.empty()) return {};
    ASSAYD_TRY(const std::size_t accepted, Post(daemon, batch + "]"));
    taken += accepted;
    batch.clear();
    return {};
  };
  const auto add = [&](const Json& item) -> Result<> {
    if (!IsReadable(item)) return {};
    ASSAYD_TRY(const auto signal, SignalOf(item, tenant, clock, random));
    const std::string text = DumpJson(domain::ToStructured(signal));
    if (batch.size() + text.size() > kBatchBytes) ASSAYD_CHECK(send());
    batch += (batch.empty() ? "[" : ",") + text;
    return {};
  };
  for (const auto& item : history) ASSAYD_CHECK(add(item));
  if (!history.empty()) {
    for (const auto& item : ReadsAtTheEnd(history)) ASSAYD_CHECK(add(item));
  }
  ASSAYD_CHECK(send());
  return taken;
}

}  // namespace assayd::daemon
