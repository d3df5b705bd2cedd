#include "daemon/api/write.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace assayd::daemon {
namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr std::size_t kKeyLengthMax = 200;

}  // namespace

std::unexpected<Problem> RefuseBody(std::string pointer, std::string detail) {
  Problem problem;
  problem.status = 400;
  problem.title = "The body cannot be understood";
  problem.detail = pointer.empty() ? detail : pointer + " " + detail;
  problem.errors.push_back({std::move(pointer), std::move(detail)});
  return Refuse(std::move(problem));
}

Reply<Json> ReadBody(const Call& call, const std::vector<std::string>& known) {
  auto body = ParseJson(call.request.body);
  if (!body) return RefuseBody("", body.error().context);
  if (!body->is_object()) return RefuseBody("", "must be an object");
  for (const auto& [name, value] : body->items()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const auto near = Closest(name, known);
    return RefuseBody("/" + name, near ? "is not known here; did you mean '" + *near + "'?"
                                       : "is not known here");
  }
  return *std::move(body);
}

std::string IfMatch(const Call& call) {
  const std::string* const header = call.request.Header("If-Match");
  if (header == nullptr) return {};
  std::string_view version = Trim(*header);
  if (version.starts_with("W/")) version.remove_prefix(2);
  if (version.size() >= 2 && version.front() == '"' && version.back() == '"')
    version = version.substr(1, version.size() - 2);
  return std::string(version);
}

Reply<Caller> CallerOf(const Call& call) {
  const std::string* const key = call.request.Header("Idempotency-Key");
  if (key == nullptr) return Caller{call.identity.name, ""};
  if (key->size() > kKeyLengthMax)
    return RefuseHeader("Idempotency-Key", "is longer than 200 bytes");
  const Digest request =
      HashOf(call.request.method + " " + call.request.raw_path + "\n" + call.request.body);
  return Caller{call.identity.name, *key, ToHex(std::span(request).first(8))};
}

Reply<Outcome> Write(Services& services, Input input) {
  const auto promise = std::make_shared<std::promise<Answer>>();
  auto future = promise->get_future();
  services.writer.Submit(std::move(input),
                         [promise](Answer answer) { promise->set_value(std::move(answer)); });
  if (future.wait_for(kPatience) != std::future_status::ready) {
    return Refuse(
        Error{ErrorCode::kTimeout,
              "the change was not stored in time; ask again with the same Idempotency-Key"});
  }
  auto answer = future.get();
  if (!answer) return Refuse(answer.error());
  return answer->front();
}

}  // namespace assayd::daemon
