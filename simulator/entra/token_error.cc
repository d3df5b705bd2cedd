#include "simulator/entra/token_error.h"

#include "base/time_text.h"
#include "base/uuid.h"

namespace assayd::simulator {
namespace {

// "2026-11-22 17:21:04Z"
std::string EntraTime(TimePoint time) {
  auto text = SecondsText(time);
  text[10] = ' ';
  return text;
}

// Entra repeats the id that the client sent, if it is one.
std::string CorrelationId(const Call& call) {
  const auto* sent = call.request.Header("client-request-id");
  return sent != nullptr && Uuid::Parse(*sent) ? *sent : call.request_id;
}

}  // namespace

Answer ToAnswer(const TokenError& error, const Call& call) {
  const auto correlation = CorrelationId(call);
  const auto time = EntraTime(call.clients_now);
  const auto code = std::to_string(error.code);
  Answer answer{.status = error.status};
  answer.json = Json{{"error", error.error},
                     {"error_description",
                      "AADSTS" + code + ": " + error.message + " Trace ID: " + call.request_id +
                          " Correlation ID: " + correlation + " Timestamp: " + time},
                     {"error_codes", Json::array({error.code})},
                     {"timestamp", time},
                     {"trace_id", call.request_id},
                     {"correlation_id", correlation},
                     {"error_uri", "https://login.microsoftonline.com/error?code=" + code}};
  AddTokenHeaders(call, answer);
  return answer;
}

void AddTokenHeaders(const Call& call, Answer& answer) {
  SetHeader(answer, "Content-Type", "application/json; charset=utf-8");
  SetHeader(answer, "Cache-Control", "no-store, no-cache");
  SetHeader(answer, "Pragma", "no-cache");
  SetHeader(answer, "Expires", "-1");
  SetHeader(answer, "x-ms-request-id", call.request_id);
  SetHeader(answer, "client-request-id", CorrelationId(call));
}

TokenError MissingParameter(std::string_view name) {
  return {.code = 900144,
          .message = "The request body must contain the following parameter: '" +
                     std::string(name) + "'."};
}

TokenError InvalidClient(int code, std::string message) {
  return {.status = 401, .error = "invalid_client", .code = code, .message = std::move(message)};
}

}  // namespace assayd::simulator
