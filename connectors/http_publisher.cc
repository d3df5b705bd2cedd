#include "connectors/http_publisher.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "connectors/failure.h"
#include "connectors/retry_after.h"

namespace assayd::connectors {
namespace {

constexpr std::size_t kAnswerBytesMax = 4U * 1024 * 1024;

Error ProblemOf(int status) {
  ErrorCode code = ErrorCode::kUpstream;
  if (status == 401) code = ErrorCode::kUnauthorized;
  if (status == 403) code = ErrorCode::kForbidden;
  if (status == 429 || status == 503) code = ErrorCode::kThrottled;
  return {code, fmt::format("the daemon answers {}", status)};
}

/// Marks what was quarantined. False when the answer is not that of the daemon, or its figures do
/// not add up: then nothing is known to be taken.
bool ReadAnswer(const std::string& body, std::size_t count, std::size_t first,
                PublishReport& report) {
  const auto answer = ParseJson(body, {.bytes_max = kAnswerBytesMax});
  if (!answer || !answer->is_object()) return false;
  const auto number = [&](const char* name) -> std::optional<std::size_t> {
    const auto member = answer->find(name);
    if (member == answer->end() || !member->is_number_unsigned()) return std::nullopt;
    return member->get<std::size_t>();
  };
  const auto accepted = number("accepted");
  const auto duplicates = number("duplicates");
  const auto quarantined = answer->find("quarantined");
  if (!accepted || !duplicates || quarantined == answer->end() || !quarantined->is_array()) {
    return false;
  }
  if (*accepted + *duplicates + quarantined->size() != count) return false;
  std::vector<PublishReport::Refusal> refusals;
  for (const Json& entry : *quarantined) {
    if (!entry.is_object() || !entry.contains("index") || !entry["index"].is_number_unsigned()) {
      return false;
    }
    const auto index = entry["index"].get<std::size_t>();
    if (index >= count) return false;
    const auto reason = entry.find("reason");
    const bool has_reason = reason != entry.end() && reason->is_string();
    refusals.push_back({first + index, Excerpt(has_reason ? reason->get<std::string>() : "")});
  }
  for (std::size_t i = 0; i < count; ++i) report.verdicts[first + i] = Verdict::kTaken;
  for (auto& refusal : refusals) {
    report.verdicts[refusal.index] = Verdict::kRefused;
    report.refusals.push_back(std::move(refusal));
  }
  return true;
}

}  // namespace

PublishReport HttpPublisher::Publish(Signals signals) {
  PublishReport report;
  report.verdicts.assign(signals.size(), Verdict::kTryAgain);
  std::size_t first = 0;
  while (first < signals.size()) {
    std::size_t count = 0;
    std::size_t bytes = 2;
    while (first + count < signals.size()) {
      bytes += signals[first + count].text.size() + 1;
      if (count > 0 && bytes > options_.batch_bytes_max) break;
      ++count;
    }
    if (!PublishPart(signals.subspan(first, count), first, report)) break;
    first += count;
  }
  return report;
}

bool HttpPublisher::PublishPart(Signals signals, std::size_t first, PublishReport& report) {
  const auto response = Post(signals);
  if (!response) {
    report.problem = response.error();
    return false;
  }
  const int status = response->status;
  if (status == 400 || status == 413 || status == 422) return Halve(signals, first, status, report);
  if (status < 200 || status >= 300) {
    report.problem = ProblemOf(status);
    if (const auto* const wait = response->Find("Retry-After")) {
      report.retry_after = ParseRetryAfter(*wait, clock_.Now());
    }
    return false;
  }
  if (ReadAnswer(response->body, signals.size(), first, report)) return true;
  report.problem = Error{ErrorCode::kMalformed, "the answer is not that of an assayd daemon"};
  return false;
}

bool HttpPublisher::Halve(Signals signals, std::size_t first, int status, PublishReport& report) {
  if (signals.size() == 1) {
    report.verdicts[first] = Verdict::kRefused;
    report.refusals.push_back({first, fmt::format("the daemon answers {}", status)});
    return true;
  }
  const std::size_t half = signals.size() / 2;
  return PublishPart(signals.first(half), first, report) &&
         PublishPart(signals.subspan(half), first + half, report);
}

Result<HttpResponse> HttpPublisher::Post(Signals signals) {
  HttpRequest request;
  request.method = "POST";
  request.url = options_.url + "/api/v1/signals";
  request.headers = {{"Accept", "application/json"}};
  ASSAYD_TRY(request.bearer, options_.bearer.Read());
  request.content_type = "application/cloudevents-batch+json";
  request.body = "[";
  for (const auto& signal : signals) {
    if (request.body.size() > 1) request.body += ',';
    request.body += signal.text;
  }
  request.body += ']';
  request.deadline = options_.deadline;
  request.body_bytes_max = kAnswerBytesMax;
  request.ca_file = options_.ca_file;
  request.repeatable = true;
  return transport_.Send(request);
}

}  // namespace assayd::connectors
