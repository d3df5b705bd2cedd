#include "daemon/api/health.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "daemon/api/openapi.h"
#include "daemon/api/pages.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "projections/digest.h"

namespace assayd::daemon {
namespace {

http::Response Plain(int status, std::string text) {
  return {status,
          {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
          std::move(text)};
}

Reply<> Live(Services&, const Call&) { return Plain(200, "ok\n"); }

std::string StepLines(const Readiness& readiness) {
  std::string lines;
  for (const auto& step : readiness.steps()) {
    lines += std::string(step.ok ? "[+]" : "[-]") + step.name +
             (step.detail.empty() ? "" : " " + step.detail) + "\n";
  }
  return lines;
}

/// Without what the disk or RocksDB said: that names files, and anybody may ask.
std::string WhatToDo(const Error& error) {
  return std::string(ErrorText(error.code)) + ": " + std::string(ErrorHint(error.code));
}

/// Not ready it is not: what was read before goes on.
std::string ReloadLine(const Readiness::Reload& reload) {
  if (reload.ok) return "[+]configuration\n";
  const std::string_view error = std::string_view(reload.error);
  return "[!]configuration could not be read again, the old one goes on: " +
         std::string(error.substr(0, error.find('\n'))) + "\n";
}

Reply<> Ready(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"verbose"}));
  const auto trouble = services.writer.trouble();
  const bool ready = services.readiness.ready() && !trouble;
  std::string text = ready ? "ready\n" : "not ready\n";
  if (query.Text("verbose")) {
    text = StepLines(services.readiness) +
           (trouble ? "[-]write " + WhatToDo(*trouble) + "\n" : "[+]write\n") +
           ReloadLine(services.readiness.reload()) + text;
  }
  return Plain(ready ? 200 : 503, std::move(text));
}

Reply<> Started(Services& services, const Call&) {
  const bool started = services.readiness.ready();
  return Plain(started ? 200 : 503, started ? "started\n" : "starting\n");
}

Reply<> MetricsText(Services& services, const Call& call) {
  const auto visible = [&](const projections::TenantView& view) {
    return call.identity.MaySee(view.state());
  };
  return http::Response{
      200,
      {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}, {"Cache-Control", "no-store"}},
      services.metrics.Text(visible)};
}

Reply<> Integrity(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  const auto head = services.log.head();
  const auto& reason = services.log.read_only_reason();
  return JsonResponse(
      200, {{"shards",
             {{{"shard", services.shard},
               {"position", head.tree_size},
               {"root", ToHex(head.root)},
               {"score_digest", ToHex(projections::ScoreDigest(services.fleet.All()))}}}},
            {"ok", !reason.has_value()},
            {"reason", reason ? Json(reason->text) : Json()}});
}

Reply<> OpenApi(Services&, const Call&) { return JsonResponse(200, OpenApiDocument()); }

}  // namespace

http::Response AnswerWhileStarting(const Readiness& readiness, const http::Request& request) {
  if (request.path == "/livez") return Plain(200, "ok\n");
  // The page says itself that the daemon is starting, and goes on when it is there.
  if (auto page = FindPage(request)) return *std::move(page);
  if (request.path == "/startupz" || request.path == "/readyz") {
    const bool verbose = request.Query("verbose") != nullptr;
    return Plain(503, (verbose ? StepLines(readiness) : "") + "starting\n");
  }
  return ToResponse(ProblemOf({ErrorCode::kUnavailable,
                               "the daemon is starting; /readyz?verbose tells how far it is"}),
                    request);
}

std::vector<Route> HealthRoutes() {
  return {{"GET", "/livez", Need::kNothing, &Live, {}},
          {"GET", "/readyz", Need::kNothing, &Ready, {}},
          {"GET", "/startupz", Need::kNothing, &Started, {}},
          {"GET", "/metrics", Need::kMetrics, &MetricsText, {}},
          {"GET", "/api/v1/integrity", Need::kRead, &Integrity, {}},
          {"GET", "/api/v1/openapi.json", Need::kNothing, &OpenApi, {}}};
}

}  // namespace assayd::daemon
