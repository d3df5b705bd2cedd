#include "simulator/office/activity_feed.h"

#include <algorithm>
#include <array>
#include <expected>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "base/time_text.h"
#include "base/uuid.h"
#include "simulator/graph/odata_query.h"

namespace assayd::simulator {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr std::size_t kBlobsPerPage = 100;
constexpr auto kContentLife = days(7);
constexpr std::array kContentTypes = {"Audit.AzureActiveDirectory", "Audit.Exchange",
                                      "Audit.SharePoint", "Audit.General", "DLP.All"};

struct Window {
  TimePoint start;
  TimePoint end;
};

Answer Granted(Json body) {
  Answer answer{.json = std::move(body)};
  SetHeader(answer, "Content-Type", "application/json; charset=utf-8");
  return answer;
}

std::string ContentType(const Call& call) {
  const auto* type = call.request.Query("contentType");
  return type == nullptr ? "" : *type;
}

bool IsContentType(const std::string& type) {
  return std::ranges::any_of(kContentTypes, [&](const char* known) { return type == known; });
}

Json Subscription(const std::string& type) {
  return {{"contentType", type}, {"status", "enabled"}, {"webhook", nullptr}};
}

Answer Start(Tenant& tenant, const std::string& type) {
  if (!tenant.subscriptions.insert(type).second) {
    return ActivityError(400, "AF20024",
                         "The subscription is already enabled. No property change.");
  }
  return Granted(Subscription(type));
}

Answer Stop(Tenant& tenant, const std::string& type) {
  if (tenant.subscriptions.erase(type) == 0) {
    return ActivityError(400, "AF20022", "No subscription found for the specified content type.");
  }
  return Answer{};
}

Answer List(const Tenant& tenant) {
  Json list = Json::array();
  for (const auto& type : tenant.subscriptions) list.push_back(Subscription(type));
  return Granted(std::move(list));
}

// The documented form has no zone; UTC is meant.
std::optional<TimePoint> ParseFeedTime(std::string text) {
  if (text.size() == 10) text += "T00:00:00";
  if (text.size() == 16) text += ":00";
  if (text.find_first_of("Z+", 10) == std::string::npos) text += 'Z';
  const auto time = ParseTime(text);
  return time ? std::optional(*time) : std::nullopt;
}

std::expected<Window, Answer> ReadWindow(const Call& call) {
  const auto* start = call.request.Query("startTime");
  const auto* end = call.request.Query("endTime");
  const auto refuse = [](const char* code) {
    return std::unexpected(ActivityError(
        400, code,
        "Start time and end time must both be specified (or both omitted) and must be less than "
        "or equal to 24 hours apart, with the start time no more than 7 days in the past."));
  };
  if (start == nullptr && end == nullptr) return Window{call.now - hours(24), call.now};
  if (start == nullptr || end == nullptr) return refuse("AF20030");
  const auto from = ParseFeedTime(*start);
  const auto to = ParseFeedTime(*end);
  if (!from || !to || *to < *from) return refuse("AF20030");
  if (*to - *from > hours(24) || *from < call.now - days(7) - hours(1)) return refuse("AF20055");
  return Window{*from, *to};
}

// Ends with the id of the record that the blob holds, so that it can be found again.
std::string ContentId(const AuditEntry& entry) {
  return "20151104000000000000000$audit_exchange$" + entry.record.at("Id").get<std::string>();
}

Json ContentEntry(const Call& call, const Tenant& tenant, const AuditEntry& entry) {
  const auto id = ContentId(entry);
  return {{"contentUri",
           call.origin + "/api/v1.0/" + tenant.identity().id + "/activity/feed/audit/" + id},
          {"contentId", id},
          {"contentType", "Audit.Exchange"},
          {"contentCreated", FormatTime(entry.visible)},
          {"contentExpiration", FormatTime(entry.visible + kContentLife)}};
}

std::optional<std::size_t> PageBegin(const Call& call) {
  const auto* page = call.request.Query("nextPage");
  if (page == nullptr) return 0;
  for (std::size_t begin = 0; begin <= 10'000; begin += kBlobsPerPage) {
    if (MakeSkipToken("activity", begin) == *page) return begin;
  }
  return std::nullopt;
}

std::vector<const AuditEntry*> BlobsWithin(const Window& window, const Call& call,
                                           const Tenant& tenant) {
  std::vector<const AuditEntry*> blobs;
  for (const auto& entry : tenant.exchange_audit()) {
    const bool is_there = entry.visible <= call.now;
    if (is_there && entry.visible >= window.start && entry.visible < window.end) {
      blobs.push_back(&entry);
    }
  }
  return blobs;
}

Answer ListContent(const Cloud& cloud, const Call& call, const Tenant& tenant,
                   const std::string& type) {
  if (!tenant.subscriptions.contains(type)) {
    return ActivityError(400, "AF20022", "No subscription found for the specified content type.");
  }
  const auto window = ReadWindow(call);
  if (!window) return window.error();
  const auto begin = PageBegin(call);
  if (!begin) return ActivityError(400, "AF20031", "Invalid nextPage Input.");
  std::vector<const AuditEntry*> blobs;
  // Captured answers are of a tenant whose people did none of this.
  if (type == "Audit.Exchange" && !cloud.captures) blobs = BlobsWithin(*window, call, tenant);
  Json list = Json::array();
  const auto end = std::min(*begin + kBlobsPerPage, blobs.size());
  for (auto i = *begin; i < end; ++i) list.push_back(ContentEntry(call, tenant, *blobs[i]));
  auto answer = Granted(std::move(list));
  if (end < blobs.size()) {
    SetHeader(answer, "NextPageUri",
              NextLink(call.request, call.origin, "nextPage", MakeSkipToken("activity", end)));
  }
  return answer;
}

Answer ReadBlob(const Call& call, const Tenant& tenant, const std::string& id) {
  for (const auto& entry : tenant.exchange_audit()) {
    if (ContentId(entry) != id || entry.visible > call.now) continue;
    if (entry.visible + kContentLife < call.now) {
      return ActivityError(400, "AF20051",
                           "Content requested with the key " + id +
                               " has already expired. Content older than 7 days cannot be "
                               "retrieved.");
    }
    return Granted(Json::array({entry.record}));
  }
  return ActivityError(
      404, "AF20050",
      "The specified content (" + EscapeForLine(id.substr(0, 100)) + ") does not exist.");
}

Answer AnswerSubscriptions(const Cloud& cloud, const Call& call, Tenant& tenant,
                           const std::string& verb) {
  const bool is_post = call.request.method == "POST";
  if (verb == "list" && !is_post) return List(tenant);
  const auto type = ContentType(call);
  if (!IsContentType(type)) {
    return ActivityError(400, "AF20020", "The specified content type is not valid.");
  }
  if (verb == "start" && is_post) return Start(tenant, type);
  if (verb == "stop" && is_post) return Stop(tenant, type);
  if (verb == "content" && !is_post) return ListContent(cloud, call, tenant, type);
  return ActivityError(404, "AF20001", "The requested resource does not exist.");
}

std::optional<Answer> Refusal(const Cloud& cloud, const Call& call, const std::string& tenant,
                              const Tenant* asked) {
  const auto claims = cloud.bearers.Check(call.request.Header("Authorization"),
                                          Audience::kManagement, call.clients_now);
  if (!claims) {
    Answer answer{.status = 401};
    answer.json = Json{{"Message", "Authorization has been denied for this request."}};
    return answer;
  }
  const auto shown = EscapeForLine(tenant.substr(0, 100));
  if (!Uuid::Parse(tenant)) {
    return ActivityError(400, "AF20013",
                         "The tenant ID passed in the URL (" + shown + ") is not a valid GUID.");
  }
  if (!EqualsIgnoreCaseAscii(claims->tenant, tenant) || asked == nullptr) {
    return ActivityError(401, "AF20010",
                         "The tenant ID passed in the URL (" + shown +
                             ") does not match the tenant ID passed in the access token (" +
                             claims->tenant + ").");
  }
  if (std::ranges::find(claims->roles, "ActivityFeed.Read") == claims->roles.end()) {
    return ActivityError(401, "AF10001",
                         "The permission set () sent in the request did not include the expected "
                         "permission ActivityFeed.Read.");
  }
  return std::nullopt;
}

}  // namespace

Answer ActivityError(int status, const std::string& code, const std::string& message) {
  Answer answer{.status = status};
  answer.json = Json{{"error", {{"code", code}, {"message", message}}}};
  return answer;
}

Answer AnswerActivityFeed(Cloud& cloud, const Call& call, const std::string& tenant,
                          const std::string& rest) {
  constexpr std::string_view kSubscriptions = "subscriptions/";
  constexpr std::string_view kBlobs = "audit/";
  auto* asked = cloud.Find(tenant);
  if (auto refusal = Refusal(cloud, call, tenant, asked)) return *std::move(refusal);
  if (rest.starts_with(kSubscriptions)) {
    return AnswerSubscriptions(cloud, call, *asked, rest.substr(kSubscriptions.size()));
  }
  if (rest.starts_with(kBlobs) && call.request.method == "GET") {
    return ReadBlob(call, *asked, rest.substr(kBlobs.size()));
  }
  return ActivityError(404, "AF20001", "The requested resource does not exist.");
}

}  // namespace assayd::simulator
