#include "simulator/request_router.h"

#include <string>
#include <utility>

#include "simulator/control/control_api.h"
#include "simulator/entra/token_endpoint.h"
#include "simulator/faults/distortion.h"
#include "simulator/faults/false_answers.h"
#include "simulator/graph/graph_api.h"
#include "simulator/office/activity_feed.h"
#include "simulator/office/exchange_admin.h"
#include "simulator/target.h"

namespace assayd::simulator {
namespace {

Answer MethodNotAllowed(const char* allowed) {
  Answer answer{.status = 405};
  SetHeader(answer, "Allow", allowed);
  return answer;
}

Answer AnswerTrue(Cloud& cloud, const Call& call, const Target& target) {
  switch (target.service) {
    case Service::kToken:
      if (call.request.method != "POST") return MethodNotAllowed("POST");
      return AnswerTokenRequest(cloud, call, target.tenant);
    case Service::kExchange:
      return AnswerInvokeCommand(cloud, call, target.tenant);
    case Service::kActivity:
      return AnswerActivityFeed(cloud, call, target.tenant, target.rest);
    case Service::kControl:
      return AnswerControl(cloud, call, target.rest);
    case Service::kGraph:
      break;
  }
  return AnswerGraph(cloud, call);
}

// By the path, else by a token that is good for anything.
std::string TenantOf(Cloud& cloud, const Call& call, const Target& target) {
  if (!target.tenant.empty()) {
    const auto* tenant = cloud.Find(target.tenant);
    return tenant == nullptr ? std::string() : tenant->identity().id;
  }
  const auto claims =
      cloud.bearers.Check(call.request.Header("Authorization"), Audience::kGraph, call.clients_now);
  return claims ? claims->tenant : std::string();
}

Reply AnswerUnder(const Fault& fault, Cloud& cloud, Call& call, const Target& target, int& status) {
  if (fault.spec.kind == FaultKind::kStale) {
    call.now -= std::chrono::seconds(fault.spec.number);
    call.is_stale = true;
  }
  auto instead = AnswerInstead(fault.spec, target.service, call);
  auto answer = instead ? *std::move(instead) : AnswerTrue(cloud, call, target);
  Distort(fault.spec, call, answer);
  status = answer.status;
  return WriteReply(fault.spec, answer);
}

}  // namespace

Reply RequestRouter::ReplyTo(const http::Request& request) {
  const std::lock_guard lock(mutex_);
  const auto* host = request.Header("Host");
  Call call{.request = request,
            .now = cloud_->clock.Now(),
            .clients_now = cloud_->clock.ClientsNow(),
            .origin = "http://" + (host == nullptr ? std::string("localhost") : *host),
            .request_id = cloud_->NewUuid()};
  const auto target = FindTarget(request.path);
  if (target.service == Service::kControl) return ToResponse(AnswerTrue(*cloud_, call, target));
  LoggedRequest logged{.time = call.clients_now,
                       .method = request.method,
                       .path = LoggedPath(request),
                       .headers = WithoutSecrets(request.headers),
                       .tenant = TenantOf(*cloud_, call, target)};
  const auto fault = cloud_->faults.Strike(request.path, logged.tenant);
  Reply reply;
  if (fault) {
    logged.fault = fault->text;
    reply = AnswerUnder(*fault, *cloud_, call, target, logged.status);
  } else {
    const auto answer = AnswerTrue(*cloud_, call, target);
    logged.status = answer.status;
    reply = ToResponse(answer);
  }
  cloud_->requests.Add(std::move(logged));
  return reply;
}

}  // namespace assayd::simulator
