#include "projections/back_test.h"

#include <algorithm>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/body.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/document_cache.h"
#include "domain/judge.h"
#include "projections/uptime.h"
#include "projections/what_if.h"

namespace assayd::daemon {
namespace {

constexpr Milliseconds kDefaultPast = std::chrono::hours(24 * 365);

double Seconds(Milliseconds duration) { return static_cast<double>(duration.count()) / 1000.0; }

/// Events that matter to a rule, with the bytes that they view into.
struct Gathered {
  std::deque<std::string> bytes;
  std::vector<domain::Event> events;
};

Result<Gathered> Gather(Services& services, const Call& call, const TenantAt& tenant,
                        const domain::Rule& rule) {
  Gathered gathered;
  Result<> ended;
  std::size_t seen = 0;
  ASSAYD_CHECK(services.log.ReadTenant(
      tenant.view->state().id.uuid, 0, [&](const eventstore::StoredEvent& stored) {
        constexpr std::size_t kAskEvery = 4'096;
        if (++seen % kAskEvery == 0 && call.go_on) ended = call.go_on();
        const auto event = domain::DecodeEnvelope(stored.bytes);
        if (!event || !ended || event->position > tenant.position) return false;
        if (event->effective > tenant.as_of || !projections::MattersTo(rule, *event)) return true;
        gathered.bytes.emplace_back(stored.bytes);
        if (auto kept = domain::DecodeEnvelope(gathered.bytes.back()))
          gathered.events.push_back(*std::move(kept));
        return true;
      }));
  ASSAYD_CHECK(ended);
  return gathered;
}

/// Documents as they were read, each parsed once.
class Documents {
 public:
  Documents(const eventstore::EventLog& log, domain::TenantId tenant)
      : log_(log), tenant_(tenant) {}

  const Json* Of(const domain::SettingChanged& change) {
    const auto known = parsed_.find(change.hash);
    if (known != parsed_.end()) return known->second ? &*known->second : nullptr;
    std::optional<Json> document;
    if (change.document) {
      if (auto json = ParseJson(*change.document)) document = *std::move(json);
    } else if (auto json = ParseDocument(log_, tenant_, change.hash); json && *json) {
      document = **std::move(json);
    }
    const auto kept = parsed_.emplace(change.hash, std::move(document)).first;
    return kept->second ? &*kept->second : nullptr;
  }

 private:
  const eventstore::EventLog& log_;
  domain::TenantId tenant_;
  std::map<Digest, std::optional<Json>> parsed_;
};

Reply<domain::Rule> ReadRule(const Json& body, const domain::Catalogue& catalogue) {
  const auto text = body.find("passes_when");
  if (text == body.end())
    return RefuseBody("/passes_when", "is needed: the rule, as in a catalogue");
  std::vector<domain::Problem> problems;
  auto rule = domain::Rule::Parse(*text, "/passes_when", catalogue.settings, problems);
  if (!problems.empty()) return RefuseBody(problems[0].pointer, problems[0].message);
  return rule;
}

/// The parameters of an action that the rule would replace, else none.
Reply<domain::RuleParams> ReadParams(const Json& body, const domain::TenantState& state) {
  ASSAYD_REPLY_TRY(const auto id, Body(body, "").Text("action"));
  if (!id) return domain::RuleParams();
  const auto action = state.layout->catalogue().FindAction(*id);
  if (!action || state.layout->UnitsOf(*action).empty())
    return RefuseBody("/action", "is no action that is scored here");
  return domain::ParamsOf(state, state.layout->catalogue().actions[*action]);
}

/// What an action would be with a verdict; nothing while it is unknown.
std::optional<domain::ActionState> StateOf(const domain::Verdict& verdict) {
  using Kind = domain::Verdict::Kind;
  if (verdict.kind == Kind::kUnknown) return std::nullopt;
  domain::ActionState state{.implementation = domain::ImplementationStatus::kImplemented,
                            .test = domain::TestStatus::kPassed};
  if (verdict.kind == Kind::kPartial) {
    state.test = domain::TestStatus::kPartiallyTested;
    state.covered = static_cast<std::uint32_t>(verdict.covered);
    state.total = static_cast<std::uint32_t>(verdict.total);
  }
  if (verdict.kind == Kind::kNoCredit) {
    state.implementation = domain::ImplementationStatus::kNotImplemented;
    state.test = domain::TestStatus::kFailedHighRisk;
  }
  return state;
}

/// The score as it is recorded, and as it would be with the rule's last verdict.
Result<Json> ScoreJson(Services& services, const TenantAt& tenant, const std::string& action,
                       const std::vector<projections::BackTestVerdict>& verdicts) {
  const domain::TenantState& state = tenant.view->state();
  const auto supposed = verdicts.empty() ? std::nullopt : StateOf(verdicts.back().verdict);
  Json json{{"recorded", SumsJson(tenant.view->scoreboard().overall(), state.ready())},
            {"with_rule", nullptr}};
  if (!supposed) return json;
  projections::Supposition supposition;
  for (const auto unit : state.layout->UnitsOf(*state.layout->catalogue().FindAction(action)))
    supposition.actions.push_back({action, state.layout->GroupOf(unit), *supposed});
  ASSAYD_TRY(const auto view, projections::Suppose(*tenant.view, supposition, tenant.as_of,
                                                   services.catalogues.content()));
  json["with_rule"] = SumsJson(view.scoreboard().overall(), state.ready());
  return json;
}

Json VerdictJson(const projections::BackTestVerdict& each) {
  Json json{{"time", FormatTime(each.time)},
            {"position", each.position},
            {"verdict", ToText(each.verdict.kind)}};
  if (each.verdict.kind == domain::Verdict::Kind::kPartial)
    json["covered"] = each.verdict.covered, json["total"] = each.verdict.total;
  return json;
}

/// How long each verdict would have stood.
Json StandingJson(const std::vector<projections::BackTestVerdict>& verdicts, TimePoint from,
                  TimePoint to) {
  std::map<std::string_view, Milliseconds> sums;
  for (const auto kind : {domain::Verdict::Kind::kUnknown, domain::Verdict::Kind::kNoCredit,
                          domain::Verdict::Kind::kPartial, domain::Verdict::Kind::kCredit})
    sums[ToText(kind)] = Milliseconds(0);
  TimePoint at = from;
  domain::Verdict::Kind kind = domain::Verdict::Kind::kUnknown;
  for (const auto& each : verdicts) {
    const TimePoint until = std::clamp(each.time, at, to);
    sums[ToText(kind)] += until - at;
    at = until;
    kind = each.verdict.kind;
  }
  sums[ToText(kind)] += to - at;
  Json json = Json::object();
  for (const auto& [name, duration] : sums) json[name] = Seconds(duration);
  return json;
}

/// What was recorded of the action in the same time, beside it.
Result<Json> RecordedJson(Services& services, const Call& call, const projections::ViewPtr& current,
                          const TenantAt& tenant, const std::string& action, TimePoint from) {
  const auto& layout = *tenant.view->state().layout;
  const auto units = layout.UnitsOf(*layout.catalogue().FindAction(action));
  ASSAYD_TRY(const auto history, services.past.HistoryOf(current, call.go_on));
  ASSAYD_TRY(const auto report, projections::TellUptime(
                                    *history, services.catalogues.content(),
                                    projections::StandingOfAction(action, layout.GroupOf(units[0])),
                                    from, tenant.as_of, tenant.position, call.go_on));
  return Json{{"passed", Seconds(report.passed)},
              {"failed", Seconds(report.failed)},
              {"unknown", Seconds(report.unknown)},
              {"open", Seconds(report.open)},
              {"out_of_scope", Seconds(report.out_of_scope)},
              {"absent", Seconds(report.absent)}};
}

Reply<> RunBackTest(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"as_of", "position", "from"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  ASSAYD_REPLY_TRY(const auto since, query.Time("from"));
  const TimePoint from = since.value_or(tenant.as_of - kDefaultPast);
  if (from >= tenant.as_of) return RefuseQuery("from", "must lie before 'as_of'");
  const domain::TenantState& state = tenant.view->state();
  if (!state.layout) return RefuseUnknown("score of this tenant yet");
  ASSAYD_REPLY_TRY(const Json body, ReadBody(call, {"passes_when", "action"}));
  ASSAYD_REPLY_TRY(const domain::Rule rule, ReadRule(body, state.layout->catalogue()));
  ASSAYD_REPLY_TRY(const domain::RuleParams params, ReadParams(body, state));
  auto gathered = Gather(services, call, tenant, rule);
  if (!gathered) return Refuse(gathered.error());
  Documents documents(services.log, state.id);
  const std::size_t count = gathered->events.size();
  const auto verdicts = projections::BackTest(
      rule, params, std::move(gathered->events),
      [&](const domain::SettingChanged& change) { return documents.Of(change); });
  if (!verdicts) return Refuse(verdicts.error());
  Json answer = Envelope(tenant, services.shard);
  answer["from"] = FormatTime(from);
  answer["events"] = count;
  answer["seconds"] = StandingJson(*verdicts, from, tenant.as_of);
  answer["verdicts"] = Json::array();
  for (std::size_t i = 0; i < verdicts->size(); ++i) {
    // The one that stands when the time begins, too.
    const bool over = i + 1 < verdicts->size() && (*verdicts)[i + 1].time <= from;
    if (!over) answer["verdicts"].push_back(VerdictJson((*verdicts)[i]));
  }
  answer["recorded_seconds"] = nullptr;
  answer["score"] = nullptr;
  if (body.contains("action")) {
    auto score = ScoreJson(services, tenant, body["action"], *verdicts);
    if (!score) return Refuse(score.error());
    answer["score"] = *std::move(score);
    auto recorded = RecordedJson(services, call, current, tenant, body["action"], from);
    if (!recorded) return Refuse(recorded.error());
    answer["recorded_seconds"] = *std::move(recorded);
  }
  return JsonResponse(200, answer);
}

}  // namespace

std::vector<Route> BackTestRoutes() {
  return {{"POST", "/api/v1/tenants/{tenant}/back-test", Need::kRead, &RunBackTest, {}}};
}

}  // namespace assayd::daemon
