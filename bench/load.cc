#include "bench/load.h"

#include <fmt/format.h>

#include <atomic>
#include <vector>

#include "base/time_text.h"
#include "bench/long_log.h"

namespace assayd::bench {
namespace {

/// The number behind the last `mark`.
std::uint64_t NumberBehind(const std::string& text, const std::string& mark) {
  const auto place = text.rfind(mark);
  if (place == std::string::npos) Stop({ErrorCode::kInternal, "unexpected answer: " + text});
  return std::stoull(text.substr(place + mark.size()));
}

/// Made once: making signals must cost little beside taking them.
const std::string& TenantText(std::uint32_t number) {
  constexpr std::uint32_t kTenantsMax = 10'000;
  static const std::vector<std::string> kTexts = [] {
    std::vector<std::string> texts;
    for (std::uint32_t i = 0; i < kTenantsMax; ++i) texts.push_back(TenantNumber(i).ToString());
    return texts;
  }();
  return kTexts.at(number);
}

}  // namespace

std::string Load::Exchange(const std::string& request) {
  if (!client_.Send(request)) Stop({ErrorCode::kUnavailable, "the daemon closed the connection"});
  const auto response = client_.ReadResponse();
  if (response.status != 200) {
    Stop({ErrorCode::kUnavailable, response.status_line + " " + response.body});
  }
  return response.body;
}

std::uint64_t Load::Post(std::uint32_t first, std::uint32_t count, const Read& read) {
  static const SystemClock kClock;
  static std::atomic<std::uint64_t> number{0};
  static const auto kRun = static_cast<std::uint32_t>(ToMillis(kClock.Now()));
  const std::string now = FormatTime(kClock.Now());
  body_ = "[";
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string& tenant = TenantText(first + i);
    body_ +=
        fmt::format(R"({}{{"specversion":"1.0","id":"{:08x}-{}","source":"/tenants/{}/sources/{}",)"
                    R"("type":"io.assayd.setting.observed.v1","subject":"{}","partitionkey":"{}",)"
                    R"("time":"{}","datacontenttype":"application/json",)"
                    R"("data":{{"value":{},"read_started":"{}","pages":1}}}})",
                    i == 0 ? "" : ",", kRun, ++number, tenant, read.source, read.setting, tenant,
                    now, read.value, now);
  }
  body_ += "]";
  const std::string answer = Exchange(fmt::format(
      "POST /api/v1/signals HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
      "Content-Type: application/cloudevents-batch+json\r\nContent-Length: {}\r\n\r\n{}",
      DaemonProcess::kIngestToken, body_.size(), body_));
  if (NumberBehind(answer, "\"accepted\":") != count) {
    Stop({ErrorCode::kInternal, "signals were not accepted: " + answer});
  }
  return NumberBehind(answer, "\"0\":");
}

std::uint64_t Load::ScorePosition(std::uint32_t tenant) {
  const std::string answer = Ask(Get("/api/v1/tenants/" + AliasNumber(tenant) + "/score"));
  return NumberBehind(answer, "\"position\":");
}

std::string Load::Get(const std::string& target) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
                     target, DaemonProcess::kReadToken);
}

std::string Load::Post(const std::string& target, const std::string& json) {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
      "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      target, DaemonProcess::kReadToken, json.size(), json);
}

}  // namespace assayd::bench
