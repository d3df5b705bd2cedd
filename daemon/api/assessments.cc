#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "base/time_text.h"
#include "daemon/api/archived.h"
#include "daemon/api/body.h"
#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/workflow_json.h"
#include "daemon/api/write.h"
#include "daemon/versions.h"
#include "domain/assessment_decider.h"
#include "projections/preview.h"

namespace assayd::daemon {
namespace {

constexpr const char* kDefaultGroup = "default";
constexpr std::size_t kServicesMax = 50;

Json ControlCountsJson(const domain::AssessmentCounts& counts) {
  return {{"total", counts.total},
          {"passed", counts.passed},
          {"failed", counts.failed},
          {"none", counts.none},
          {"out_of_scope", counts.out_of_scope},
          {"in_progress",
           counts.total - counts.passed - counts.failed - counts.none - counts.out_of_scope}};
}

const domain::Template* ContentOf(const domain::TenantState& state,
                                  const domain::Assessment& assessment) {
  const auto& structure = assessment.structure ? assessment.structure : state.catalogue();
  return structure->FindTemplate(assessment.template_id);
}

std::optional<std::uint32_t> IndexOf(const domain::TenantState& state, std::string_view id) {
  const auto* const found = state.FindAssessment(id);
  if (found == nullptr) return std::nullopt;
  return static_cast<std::uint32_t>(found - state.assessments->data());
}

/// Score, status and progress; of an archived assessment there are none now.
void AddScore(const TenantAt& tenant, std::uint32_t index, Json& json) {
  const auto counts = tenant.view->scoreboard().CountsOfAssessment(index);
  json.update(
      SumsJson(tenant.view->scoreboard().OfAssessment(index), tenant.view->state().ready()));
  json["status"] = ToText(domain::StatusOf(counts));
  json["controls"] = ControlCountsJson(counts);
  const std::uint32_t in_scope = counts.total - counts.out_of_scope;
  json["progress_ratio"] =
      RatioJson(domain::WholePoints(counts.passed), domain::WholePoints(in_scope));
}

Json AssessmentJson(const TenantAt& tenant, std::uint32_t index) {
  const domain::TenantState& state = tenant.view->state();
  const domain::Assessment& assessment = (*state.assessments)[index];
  const auto* const content = ContentOf(state, assessment);
  const TimePoint changed = state.ChangedAt(assessment.id);
  Json json;
  AddScore(tenant, index, json);
  json["id"] = assessment.id;
  json["title"] = assessment.title;
  json["template"] = assessment.template_id;
  json["edition"] = content == nullptr ? Json() : Json(content->edition);
  json["regulation"] = content == nullptr ? Json() : Json(content->regulation);
  json["group"] = assessment.group;
  json["group_name"] = state.NameOf(assessment.group);
  json["standing"] =
      ToText(assessment.archived ? domain::Standing::kArchived : domain::Standing::kActive);
  json["in_scope_services"] = assessment.services;
  json["excluded"] = Json::array();
  for (const auto& exclusion : assessment.excluded)
    json["excluded"].push_back({{"action", exclusion.action}});
  json["update_available"] = domain::HasUpdate(state, assessment);
  json["changed_at"] = changed == kBeginningOfTime ? Json() : Json(FormatTime(changed));
  json["version"] = VersionOf(assessment, changed);
  return json;
}

/// An archived assessment with the score that it had when it was archived.
Reply<Json> FinalJson(Services& services, const Call& call, const TenantAt& tenant,
                      std::uint32_t index) {
  Json json = AssessmentJson(tenant, index);
  const domain::TenantState& state = tenant.view->state();
  const domain::Assessment& assessment = (*state.assessments)[index];
  if (!assessment.archived) return json;
  ASSAYD_REPLY_TRY(const auto then, JustBeforeArchiving(services, call, tenant, assessment));
  if (const auto at = IndexOf(then.view->state(), assessment.id)) AddScore(then, *at, json);
  return json;
}

Reply<> ListAssessments(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"as_of", "position", "standing", "group", "template",
                                              "limit", "after"}));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  const std::string standing = query.Text("standing").value_or("active");
  if (standing != "active" && standing != "archived" && standing != "all")
    return RefuseQuery("standing", "must be active, archived or all");
  Json body = Envelope(tenant, services.shard);
  body["disclaimer"] = kDisclaimer;
  const domain::TenantState& state = tenant.view->state();
  const auto group = query.Text("group");
  const auto of_template = query.Text("template");
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; state.layout && i < state.assessments->size(); ++i) {
    const auto& each = (*state.assessments)[i];
    const bool wanted = standing == "all" || each.archived == (standing == "archived");
    const bool lets = (!group || *group == each.group || *group == state.NameOf(each.group)) &&
                      (!of_template || *of_template == each.template_id);
    if (wanted && lets) found.push_back(i);
  }
  const auto item = [&](std::size_t i) {
    auto json = FinalJson(services, call, tenant, found[i]);
    return json ? *std::move(json) : AssessmentJson(tenant, found[i]);
  };
  FillPage(page, {found.size(), item, [&](std::size_t i) { return found[i]; }}, body);
  return TenantResponse(call, std::move(body));
}

/// One assessment with the version that a change of it asks for.
Reply<> OneAssessment(Services& services, const Call& call, const TenantAt& tenant,
                      const std::string& id, int status) {
  const auto index = IndexOf(tenant.view->state(), id);
  if (!index || !tenant.view->state().layout) return RefuseUnknown("assessment");
  Json body = Envelope(tenant, services.shard);
  body["disclaimer"] = kDisclaimer;
  ASSAYD_REPLY_TRY(body["assessment"], FinalJson(services, call, tenant, *index));
  for (auto& each : body["assessment"]["excluded"]) {
    const auto& excluded = (*tenant.view->state().assessments)[*index].excluded;
    const auto place =
        std::ranges::find(excluded, each["action"].get<std::string>(), &domain::Exclusion::action);
    each["justification"] =
        OpenedJson(place->justification, "justification", tenant.view->state().id, services.keys);
  }
  http::Response response = JsonResponse(status, body);
  response.headers.push_back(
      {"ETag", "\"" + body["assessment"]["version"].get<std::string>() + "\""});
  return response;
}

Reply<> GetAssessment(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"as_of", "position"}));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  return OneAssessment(services, call, tenant, call.Path("assessment"), 200);
}

Reply<std::vector<std::string>> TextsOf(const Json& body, const char* member) {
  const Json& list = body.at(member);
  const std::string pointer = std::string("/") + member;
  if (!list.is_array() || list.size() > kServicesMax)
    return RefuseBody(pointer, "must be a list of at most 50 texts");
  std::vector<std::string> texts;
  for (const auto& item : list) {
    if (!item.is_string() || Trim(item.get_ref<const std::string&>()).empty() ||
        item.get_ref<const std::string&>().size() > 200)
      return RefuseBody(pointer, "must be a list of texts of 1 to 200 bytes");
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

Reply<std::optional<std::string>> TextOf(const Json& body, const char* member) {
  const auto value = body.find(member);
  if (value == body.end()) return std::optional<std::string>();
  if (!value->is_string()) return RefuseBody(std::string("/") + member, "must be a text");
  return std::optional(value->get<std::string>());
}

/// [{action, justification}]: what does not count in the assessment.
Reply<bool> ReadExcluded(const Json& body, domain::ChangeAssessment& command,
                         std::vector<std::string>& justifications) {
  constexpr std::size_t kExcludedMax = 2'000;
  constexpr std::size_t kTextMax = 65'536;
  const auto list = body.find("excluded");
  if (list == body.end()) return true;
  if (!list->is_array() || list->size() > kExcludedMax)
    return RefuseBody("/excluded", "must be a list of at most 2000 {action, justification}");
  command.excluded.emplace();
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string at = "/excluded/" + std::to_string(i);
    ASSAYD_REPLY_TRY(const bool fits, CheckMembers((*list)[i], {"action", "justification"}, at));
    (void)fits;
    const Body item((*list)[i], at);
    ASSAYD_REPLY_TRY(const auto action, item.Text("action"));
    ASSAYD_REPLY_TRY(const auto text, item.Text("justification"));
    if (!action) return RefuseBody(at + "/action", "is needed");
    if (text && !text->empty() && Trim(*text).empty())
      return RefuseBody(at + "/justification", "is empty");
    if (text && text->size() > kTextMax)
      return RefuseBody(at + "/justification", "has more than 65536 bytes");
    command.excluded->push_back({*action, {}});
    justifications.push_back(text.value_or(""));
  }
  return true;
}

/// An id that is not taken: the template's, and its group's where that is another than the default.
std::string FreeId(const domain::TenantState& state, const std::string& template_id,
                   const std::string& group) {
  std::string base = template_id;
  if (group != kDefaultGroup) {
    base += '-';
    for (const char c : group)
      base += std::isalnum(static_cast<unsigned char>(c)) != 0 ? static_cast<char>(std::tolower(c))
                                                               : '-';
  }
  constexpr std::size_t kBaseMax = 180;
  base.resize(std::min(base.size(), kBaseMax));
  std::string id = base;
  for (int number = 2; state.FindAssessment(id) != nullptr; ++number)
    id = base + "-" + std::to_string(number);
  return id;
}

/// The answer after a change that is durable.
Reply<> Changed(Services& services, const Call& call, const domain::TenantId& tenant,
                const std::string& id, const Outcome& outcome, int status) {
  const auto after = services.fleet.Find(tenant);
  const TenantAt now{after, call.now, after->state().position, false};
  if (!IndexOf(after->state(), id)) {
    Json body = Envelope(now, services.shard);
    if (outcome.position) body["position"] = *outcome.position;
    return JsonResponse(200, body);
  }
  return OneAssessment(services, call, now, id, status);
}

Reply<> CreateAssessment(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Json body, ReadBody(call, {"template", "group", "title", "id",
                                                    "in_scope_services", "copy_from"}));
  domain::CreateAssessment command;
  ASSAYD_REPLY_TRY(const auto of_template, TextOf(body, "template"));
  if (!of_template) return RefuseBody("/template", "is needed: GET …/templates lists them");
  command.template_id = *of_template;
  const domain::TenantState& state = current->state();
  const auto* const content =
      state.layout ? state.catalogue()->FindTemplate(*of_template) : nullptr;
  if (content == nullptr)
    return RefuseBody("/template", "is no template: GET …/templates lists them");
  ASSAYD_REPLY_TRY(const auto group, TextOf(body, "group"));
  command.group = group.value_or(kDefaultGroup);
  ASSAYD_REPLY_TRY(const auto title, TextOf(body, "title"));
  command.title = title.value_or(content->title);
  ASSAYD_REPLY_TRY(const auto id, TextOf(body, "id"));
  command.id = id ? *id : FreeId(state, *of_template, command.group);
  ASSAYD_REPLY_TRY(command.copy_from, TextOf(body, "copy_from"));
  command.services = content->in_scope_services;
  if (body.contains("in_scope_services")) {
    ASSAYD_REPLY_TRY(command.services, TextsOf(body, "in_scope_services"));
  }
  AssessmentInput input{state.id, command, {}, "", {}};
  ASSAYD_REPLY_TRY(input.caller, CallerOf(call));
  ASSAYD_REPLY_TRY(const Outcome outcome, Write(services, std::move(input)));
  ASSAYD_REPLY_TRY(auto response, Changed(services, call, state.id, command.id, outcome, 201));
  response.headers.push_back({"Location", call.request.raw_path + "/" + command.id});
  return response;
}

/// Hands a change of one assessment to the writer.
Reply<> Change(Services& services, const Call& call, const projections::ViewPtr& current,
               domain::ChangeAssessment command, std::vector<std::string> justifications = {}) {
  command.id = call.Path("assessment");
  if (current->state().FindAssessment(command.id) == nullptr) return RefuseUnknown("assessment");
  const std::string id = command.id;
  AssessmentInput input{
      current->state().id, std::move(command), std::move(justifications), IfMatch(call), {}};
  ASSAYD_REPLY_TRY(input.caller, CallerOf(call));
  ASSAYD_REPLY_TRY(const Outcome outcome, Write(services, std::move(input)));
  return Changed(services, call, current->state().id, id, outcome, 200);
}

Reply<> PatchAssessment(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Json body,
                   ReadBody(call, {"title", "in_scope_services", "template", "excluded"}));
  if (body.empty()) return RefuseBody("", "changes nothing");
  domain::ChangeAssessment command;
  std::vector<std::string> justifications;
  ASSAYD_REPLY_TRY(const bool excludes, ReadExcluded(body, command, justifications));
  (void)excludes;
  ASSAYD_REPLY_TRY(command.title, TextOf(body, "title"));
  ASSAYD_REPLY_TRY(command.template_id, TextOf(body, "template"));
  if (body.contains("in_scope_services")) {
    ASSAYD_REPLY_TRY(command.services, TextsOf(body, "in_scope_services"));
  }
  return Change(services, call, current, std::move(command), std::move(justifications));
}

Reply<> DeleteAssessment(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  domain::ChangeAssessment command;
  command.standing = domain::Standing::kDeleted;
  return Change(services, call, current, std::move(command));
}

/// What a POST to a sub-path of an assessment asks for.
Reply<> Act(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  const std::string& act = call.Path("act");
  domain::ChangeAssessment command;
  using Update = domain::ChangeAssessment::Update;
  if (act == "archive") {
    command.standing = domain::Standing::kArchived;
  } else if (act == "activate") {
    command.standing = domain::Standing::kActive;
  } else if (act == "accept-update") {
    command.update = Update::kAccept;
  } else if (act == "defer-update") {
    command.update = Update::kDefer;
  } else {
    return RefuseUnknown("operation: archive, activate, accept-update, defer-update");
  }
  return Change(services, call, current, std::move(command));
}

/// Which controls and actions an update would add and take away.
Json DifferenceJson(const domain::TenantState& state, const domain::Assessment& assessment) {
  const auto* const before = ContentOf(state, assessment);
  const auto* const after = state.catalogue()->FindTemplate(assessment.template_id);
  const domain::Catalogue& old = assessment.structure ? *assessment.structure : *state.catalogue();
  const auto ids_of = [](const domain::Template* content, const domain::Catalogue& catalogue) {
    std::map<std::string, std::set<std::string>> ids;
    for (std::size_t i = 0; content != nullptr && i < content->controls.size(); ++i) {
      auto& actions = ids[content->controls[i].id];
      for (const auto& ref : content->controls[i].actions)
        actions.insert(catalogue.actions[ref.action].id);
    }
    return ids;
  };
  const auto was = ids_of(before, old);
  const auto becomes = ids_of(after, *state.catalogue());
  Json json{{"added", Json::array()}, {"removed", Json::array()}, {"changed", Json::array()}};
  for (const auto& [id, actions] : becomes) {
    const auto known = was.find(id);
    if (known == was.end()) {
      json["added"].push_back(id);
    } else if (known->second != actions) {
      json["changed"].push_back(id);
    }
  }
  for (const auto& [id, actions] : was) {
    if (!becomes.contains(id)) json["removed"].push_back(id);
  }
  return json;
}

/// What accepting the update would do, without doing it.
Reply<> PreviewUpdate(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  const domain::TenantState& state = current->state();
  const auto index = IndexOf(state, call.Path("assessment"));
  if (!index) return RefuseUnknown("assessment");
  domain::ChangeAssessment command;
  command.id = call.Path("assessment");
  command.update = domain::ChangeAssessment::Update::kAccept;
  command.at = call.now;
  const auto content = services.catalogues.content();
  auto events = domain::DecideAssessment(state, command, content);
  if (!events) return Refuse(events.error());
  const auto after = projections::Preview(*current, *events, content);
  if (!after) return Refuse(after.error());
  const TenantAt now{current, call.now, state.position, false};
  Json body = Envelope(now, services.shard);
  body["disclaimer"] = kDisclaimer;
  body["update_available"] = domain::HasUpdate(state, (*state.assessments)[*index]);
  body["controls"] = DifferenceJson(state, (*state.assessments)[*index]);
  const auto both = [&](const projections::Sums& before, const projections::Sums& sums) {
    return Json{{"before", SumsJson(before, state.ready())},
                {"after", SumsJson(sums, state.ready())}};
  };
  body["assessment"] =
      both(current->scoreboard().OfAssessment(*index), after->scoreboard().OfAssessment(*index));
  body["overall"] = both(current->scoreboard().overall(), after->scoreboard().overall());
  return TenantResponse(call, std::move(body));
}

}  // namespace

std::vector<Route> AssessmentRoutes() {
  const std::string all = "/api/v1/tenants/{tenant}/assessments";
  const std::string one = all + "/{assessment}";
  return {{"GET", all, Need::kRead, &ListAssessments, {}},
          {"POST", all, Need::kAdminister, &CreateAssessment, {}},
          {"GET", one, Need::kRead, &GetAssessment, {}},
          {"PATCH", one, Need::kAdminister, &PatchAssessment, {}},
          {"DELETE", one, Need::kAdminister, &DeleteAssessment, {}},
          {"GET", one + "/update", Need::kRead, &PreviewUpdate, {}},
          {"POST", one + "/{act}", Need::kAdminister, &Act, {}}};
}

}  // namespace assayd::daemon
