#include "daemon/commands/daemon_client.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/file_system.h"
#include "base/random.h"
#include "base/text.h"
#include "base/uuid.h"

namespace assayd::daemon {
namespace {

constexpr JsonLimits kAnswerLimits{
    .bytes_max = 256 * 1024 * 1024, .depth_max = 64, .values_max = 50'000'000};
constexpr std::size_t kPageSize = 1'000;

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string WithQuery(const std::string& path, const DaemonClient::Parameters& parameters) {
  std::string target = "/api/v1" + path;
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    target += separator + name + "=" + http::PercentEncode(value);
    separator = '&';
  }
  return target;
}

ErrorCode CodeOf(int status) {
  switch (status) {
    case 400:
      return ErrorCode::kInvalidArgument;
    case 401:
      return ErrorCode::kNotAuthenticated;
    case 403:
      return ErrorCode::kNotAuthorised;
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return ErrorCode::kTransitionNotAllowed;
    case 412:
      return ErrorCode::kRevisionConflict;
    case 503:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kUpstream;
  }
}

std::unexpected<Error> Refused(const http::ClientAnswer& answer) {
  std::string text = "status " + std::to_string(answer.status);
  if (const auto problem = ParseJson(answer.body, kAnswerLimits); problem && problem->is_object()) {
    text = EscapeForLine(problem->value("title", text) + ": " + problem->value("detail", ""));
    for (const auto& place : problem->value("errors", Json::array())) {
      text += "\n  " + EscapeForLine(place.value("pointer", "") + ": " + place.value("detail", ""));
    }
  }
  return Fail(CodeOf(answer.status), text);
}

Result<Json> BodyOf(const Result<http::ClientAnswer>& answer) {
  if (!answer) return std::unexpected(answer.error());
  if (answer->status >= 300) return Refused(*answer);
  return ParseJson(answer->body, kAnswerLimits);
}

Result<std::string> TokenOf(const Context& context) {
  std::string file =
      context.token_file.empty() ? Variable("ASSAYD_TOKEN_FILE") : context.token_file;
  if (!file.empty()) return ReadSecretFile(file);
  return Variable("ASSAYD_TOKEN");
}

}  // namespace

Result<DaemonClient> DaemonClient::Open(const Context& context) {
  http::ClientOptions options;
  options.url = context.url.empty() ? Variable("ASSAYD_URL") : context.url;
  ASSAYD_TRY(options.bearer, TokenOf(context));
  if (options.url.empty()) {
    const std::string runtime = Variable("RUNTIME_DIRECTORY");
    ASSAYD_TRY(const auto settings, LoadSettingsFor(context));
    options.local_socket =
        (runtime.empty() ? settings.store.path : std::filesystem::path(runtime)) / "api.sock";
    std::error_code ignored;
    const std::filesystem::path usual = "/run/assayd/api.sock";
    if (context.data_folder.empty() && !std::filesystem::exists(options.local_socket, ignored) &&
        std::filesystem::exists(usual, ignored)) {
      options.local_socket = usual;
    }
    if (!std::filesystem::exists(options.local_socket, ignored)) {
      return Fail(ErrorCode::kRefused,
                  "no daemon has its socket at " + options.local_socket.string() +
                      "; start `assayd run`, or name another with --data, or give --url");
    }
  }
  return DaemonClient(http::Client(std::move(options)), context.tenant);
}

Result<Json> DaemonClient::Get(const std::string& path, const Parameters& parameters) const {
  return BodyOf(client_.Ask({.method = "GET", .target = WithQuery(path, parameters)}));
}

Result<Json> DaemonClient::GetAll(const std::string& path, Parameters parameters,
                                  std::size_t items_max) const {
  Json all;
  while (true) {
    const std::size_t have = all.is_null() ? 0 : all["items"].size();
    parameters["limit"] = std::to_string(std::min(kPageSize, items_max - have));
    ASSAYD_TRY(Json page, Get(path, parameters));
    if (all.is_null()) {
      all = page;
    } else {
      for (auto& item : page["items"]) all["items"].push_back(std::move(item));
    }
    all["next"] = page.value("next", Json());
    if (!all["next"].is_string() || all["items"].size() >= items_max) return all;
    parameters["after"] = all["next"].get<std::string>();
  }
}

Result<Json> DaemonClient::Send(const std::string& method, const std::string& path,
                                const Json& body, const std::string& version) const {
  SystemClock clock;
  SystemRandom random;
  http::Client::Question question{.method = method, .target = "/api/v1" + path};
  question.headers.push_back({"Content-Type", "application/json"});
  question.headers.push_back({"Idempotency-Key", MintUuid7(clock, random).ToString()});
  if (!version.empty()) question.headers.push_back({"If-Match", "\"" + version + "\""});
  question.body = DumpJson(body);
  return BodyOf(client_.Ask(question));
}

Result<> DaemonClient::Follow(const std::string& path, const Parameters& parameters,
                              const std::function<bool(const Json& event)>& take) const {
  std::string pending;
  const auto frames = [&](std::string_view chunk) {
    pending += chunk;
    for (auto end = pending.find("\n\n"); end != std::string::npos; end = pending.find("\n\n")) {
      const std::string frame = pending.substr(0, end);
      pending.erase(0, end + 2);
      const auto data = frame.find("data: ");
      if (data == std::string::npos) continue;
      const auto event = ParseJson(std::string_view(frame).substr(data + 6), kAnswerLimits);
      if (event && !take(*event)) return false;
    }
    return true;
  };
  ASSAYD_TRY(const auto answer,
             client_.Stream({.method = "GET", .target = WithQuery(path, parameters)}, frames));
  if (answer.status != 200) return Refused(answer);
  return {};
}

Result<std::string> DaemonClient::TenantPath() const {
  if (!tenant_.empty()) return "/tenants/" + http::PercentEncode(tenant_);
  ASSAYD_TRY(const Json tenants, GetAll("/tenants", {}, 10'000));
  std::vector<std::string> names;
  std::string only;
  for (const auto& tenant : tenants["items"]) {
    if (tenant.value("retired", false)) continue;
    only = tenant.value("tenant", "");
    names.push_back(tenant.value("alias", only));
  }
  if (names.size() == 1) return "/tenants/" + only;
  if (names.empty())
    return Fail(ErrorCode::kNotFound,
                "the daemon has no tenant that may be seen; tenants stand in its configuration");
  std::string text = "there are several tenants; name one with --tenant:";
  for (const auto& name : names) text += " " + name;
  return Fail(ErrorCode::kInvalidArgument, text);
}

}  // namespace assayd::daemon
