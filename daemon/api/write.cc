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

/// "'appoint-a-representative': tags must be …": an item, and a member of what is set.
Problem WithPointers(const Error& error, const Pointers& pointers) {
  Problem problem = ProblemOf(error);
  std::string_view text = error.context;
  const auto add = [&](std::string_view name) {
    const auto found = pointers.find(name);
    if (found != pointers.end()) problem.errors.push_back({found->second, std::string(text)});
  };
  if (const auto end = text.find("': "); text.starts_with('\'') && end != std::string_view::npos) {
    const std::string_view item = text.substr(0, end + 1);
    text.remove_prefix(end + 3);
    add(item);
  }
  add(text.substr(0, text.find_first_of(" :")));
  return problem;
}

}  // namespace

std::unexpected<Problem> RefuseBody(std::string pointer, std::string detail) {
  Problem problem;
  problem.status = 400;
  problem.title = "The body cannot be understood";
  problem.detail = pointer.empty() ? detail : pointer + " " + detail;
  problem.errors.push_back({std::move(pointer), std::move(detail)});
  return Refuse(std::move(problem));
}

/// JSON in any of its names; what says nothing is taken for it.
Reply<bool> CheckMediaType(const Call& call) {
  const std::string* const header = call.request.Header("Content-Type");
  if (header == nullptr) return true;
  const std::string type =
      ToLowerAscii(Trim(std::string_view(*header).substr(0, header->find(';'))));
  if (type == "application/json" || (type.starts_with("application/") && type.ends_with("+json")))
    return true;
  return Refuse(MediaTypeNotTaken("send application/json"));
}

Reply<Json> ReadBody(const Call& call, const std::vector<std::string>& known) {
  ASSAYD_REPLY_TRY(const bool is_json, CheckMediaType(call));
  (void)is_json;
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

Pointers PointersOf(const Json& object, const std::string& at) {
  Pointers pointers;
  for (const auto& [name, value] : object.items()) {
    pointers[name] = at + "/" + name;
    if (!value.is_object()) continue;
    for (const auto& [inner, ignored] : value.items())
      pointers[name + "." + inner] = at + "/" + name + "/" + inner;
  }
  return pointers;
}

Reply<Outcome> Write(Services& services, Input input, const Pointers& pointers) {
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
  if (!answer) return Refuse(WithPointers(answer.error(), pointers));
  return answer->front();
}

}  // namespace assayd::daemon
