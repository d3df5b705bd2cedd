#include "connectors/token_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/crypto.h"
#include "base/json.h"
#include "connectors/retry_after.h"
#include "connectors/url.h"

namespace assayd::connectors {
namespace {

constexpr std::size_t kAnswerBytesMax = 262'144;
constexpr std::size_t kTokenBytesMax = 65'536;
constexpr Milliseconds kRefreshBefore = std::chrono::minutes(5);
constexpr Milliseconds kLifeMax = std::chrono::hours(24);
constexpr Milliseconds kRefusalFirst = std::chrono::minutes(1);

struct KnownCode {
  std::int64_t code;
  std::string_view detail;
};
// The directory's own text holds ids and times and changes; these are the ones that operators meet.
constexpr std::array<KnownCode, 10> kKnownCodes{{
    {7000215, "the client secret is wrong: is it the secret's value and not its id?"},
    {7000222, "the client secret has expired"},
    {700016, "the application is not known in this directory: was it consented to there?"},
    {7000112, "the application is disabled"},
    {700027, "the certificate is not one of the application's"},
    {90002, "the directory does not exist"},
    {900023, "the tenant id is no directory id"},
    {700211, "no federated credential fits the issuer"},
    {700213, "no federated credential fits the subject"},
    {53003, "conditional access blocks the application's sign-in"},
}};

Failure Refusal(const HttpResponse& response, TimePoint now) {
  Failure failure{.reason = FailureReason::kUnauthorized, .status = response.status};
  if (const auto* const wait = response.Find("Retry-After")) {
    failure.retry_after = ParseRetryAfter(*wait, now);
  }
  if (response.status == 429 || response.status >= 500) {
    failure.reason = ReasonOf(response.status);
    failure.detail = "the token endpoint cannot answer";
    return failure;
  }
  failure.detail = "the token endpoint refuses";
  const auto body = ParseJson(response.body, {.bytes_max = kAnswerBytesMax});
  if (!body || !body->is_object()) return failure;
  const auto codes = body->find("error_codes");
  const bool has_code = codes != body->end() && codes->is_array() && !codes->empty() &&
                        codes->front().is_number_integer();
  if (!has_code) return failure;
  const auto code = codes->front().get<std::int64_t>();
  failure.code = fmt::format("AADSTS{}", code);
  const auto* const known = std::ranges::find(kKnownCodes, code, &KnownCode::code);
  if (known != kKnownCodes.end()) failure.detail = known->detail;
  return failure;
}

}  // namespace

std::string TokenSource::Form() const {
  std::string form =
      fmt::format("grant_type=client_credentials&client_id={}&scope={}",
                  PercentEncode(options_.credential.client_id), PercentEncode(options_.scope));
  const auto& secret = std::get<ClientSecret>(options_.credential.proof);
  form += fmt::format("&client_secret={}", PercentEncode(secret.secret.Reveal()));
  return form;
}

Outcome<TokenSource::Token> TokenSource::Get() {
  const std::lock_guard lock(mutex_);
  const Milliseconds now = seams_.clock.Monotonic();
  if (token_ && now < token_until_) return *token_;
  if (refusal_ && now < refusal_until_) {
    Failure kept = *refusal_;
    if (kept.retry_after) kept.retry_after = refusal_until_ - now;
    return std::unexpected(std::move(kept));
  }
  auto answer = Ask();
  if (answer) {
    token_ = *answer;
    refusal_.reset();
    retry_.AfterSuccess();
  } else if (!answer.error().cancelled) {
    token_.reset();
    refusal_ = answer.error();
    refusal_until_ = now + retry_.AfterFailure(answer.error(), kRefusalFirst, seams_.random);
  }
  return answer;
}

Outcome<TokenSource::Token> TokenSource::Ask() {
  HttpRequest request;
  request.method = "POST";
  request.url = options_.token_url;
  request.headers = {{"Accept", "application/json"}};
  request.content_type = "application/x-www-form-urlencoded";
  request.body = Form();
  request.deadline = options_.deadline;
  request.body_bytes_max = kAnswerBytesMax;
  request.ca_file = options_.ca_file;
  request.repeatable = true;
  const auto response = seams_.transport.Send(request);
  Cleanse({reinterpret_cast<std::uint8_t*>(request.body.data()), request.body.size()});
  if (!response) return std::unexpected(FailureFrom(response.error()));
  if (response->status != 200) return std::unexpected(Refusal(*response, seams_.clock.Now()));
  const auto malformed = [&](std::string_view what) {
    return std::unexpected(Failure{.reason = FailureReason::kMalformed,
                                   .status = response->status,
                                   .detail = fmt::format("the token endpoint's answer {}", what)});
  };
  if (!response->DeclaresJson()) return malformed("does not say that it is JSON");
  const auto body = ParseJson(response->body, {.bytes_max = kAnswerBytesMax});
  if (!body || !body->is_object()) return malformed("is no JSON object");
  const auto value = body->find("access_token");
  const auto life = body->find("expires_in");
  if (value == body->end() || !value->is_string() || value->get_ref<const std::string&>().empty() ||
      value->get_ref<const std::string&>().size() > kTokenBytesMax) {
    return malformed("has no access_token");
  }
  if (life == body->end() || !life->is_number_integer() || *life <= 0) {
    return malformed("has no expires_in");
  }
  const auto seconds =
      std::chrono::seconds(std::min<std::int64_t>(life->get<std::int64_t>(), 86'400));
  const Milliseconds usable = std::min<Milliseconds>(seconds, kLifeMax);
  // A life shorter than the margin is used for half of it.
  token_until_ = seams_.clock.Monotonic() + std::max(usable - kRefreshBefore, usable / 2);
  return Token{Secret(value->get<std::string>()), ++tokens_};
}

void TokenSource::Invalidate(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (token_ && token_->number == number) token_.reset();
}

void TokenSource::Forgive() {
  const std::lock_guard lock(mutex_);
  refusal_.reset();
}

}  // namespace assayd::connectors
