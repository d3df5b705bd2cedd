#include "daemon/api/action_change.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "daemon/api/body.h"
#include "daemon/api/write.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kNotesMax = 65'536;
constexpr std::size_t kUrlMax = 2'000;
constexpr const char* kImplementationWords =
    "not_implemented, implemented, alternative_implementation, planned, out_of_scope";
constexpr const char* kTestWords =
    "none, not_assessed, passed, failed_low_risk, failed_medium_risk, failed_high_risk, "
    "out_of_scope, to_be_detected, could_not_be_detected, partially_tested";

std::optional<domain::TestingSource> ParseSource(std::string_view text) {
  if (text == "automatic") return domain::TestingSource::kUsual;
  if (text == "manual") return domain::TestingSource::kManual;
  if (text == "parent") return domain::TestingSource::kParent;
  return std::nullopt;
}

/// Only who may test records a test, or says where tests come from (domain-model d.1).
Reply<bool> CheckTester(const Call& call, const Body& body) {
  for (const char* const member :
       {"test_status", "tested_at", "test_notes", "covered", "total", "testing_source", "parent"}) {
    if (!body.Has(member)) continue;
    ASSAYD_REPLY_TRY(const bool may, CheckMayTest(call, body.PointerTo(member)));
    (void)may;
  }
  return true;
}

Reply<bool> ReadStatuses(const Body& body, domain::ActionCommand& command) {
  ASSAYD_REPLY_TRY(
      command.implementation,
      body.Word("implementation_status", &domain::ParseImplementationStatus, kImplementationWords));
  ASSAYD_REPLY_TRY(command.test, body.Word("test_status", &domain::ParseTestStatus, kTestWords));
  ASSAYD_REPLY_TRY(const auto covered, body.Number("covered"));
  ASSAYD_REPLY_TRY(const auto total, body.Number("total"));
  if (covered.has_value() != total.has_value())
    return RefuseBody(body.PointerTo(covered ? "total" : "covered"), "is needed with the other");
  if (covered && !command.test)
    return RefuseBody(body.PointerTo("test_status"), "is needed with covered and total");
  if (covered) command.share = {*covered, *total};
  return true;
}

/// {in, where, justification}: out of scope for the tenant or the group, which is where its one
/// state stands, and back.
Reply<bool> ReadScope(const Body& body, ActionChange& change) {
  ASSAYD_REPLY_TRY(const Json* const found, body.Object("scope", {"in", "where", "justification"}));
  if (found == nullptr) return true;
  const Body scope(*found, body.PointerTo("scope"));
  ASSAYD_REPLY_TRY(const auto in, scope.Flag("in"));
  if (!in) return RefuseBody(scope.PointerTo("in"), "is needed: true or false");
  if (change.command.implementation || change.command.test)
    return RefuseBody(scope.PointerTo("in"),
                      "changes the statuses: leave implementation_status and test_status out");
  ASSAYD_REPLY_TRY(const auto where, scope.Text("where"));
  if (where && *where == "assessment")
    return RefuseBody(scope.PointerTo("where"),
                      "of one assessment is said there: PATCH …/assessments/{id} with 'excluded'");
  if (where && *where != "tenant" && *where != "group")
    return RefuseBody(scope.PointerTo("where"), "must be tenant or group");
  ASSAYD_REPLY_TRY(change.texts.justification, scope.TextOrNull("justification"));
  if (where && *where == "tenant") change.where = ActionChange::Where::kTenant;
  if (where && *where == "group") change.where = ActionChange::Where::kGroup;
  if (!*in && Trim(change.texts.justification.value_or("")).empty())
    return RefuseBody(scope.PointerTo("justification"), "is needed for what is out of scope");
  if (*in) change.texts.justification = "";
  change.command.in_scope = *in;
  return true;
}

Reply<bool> ReadTickets(const Body& body, const Json& object, domain::WorkflowEdit& edit) {
  if (!body.Has("tickets")) return true;
  const std::string at = body.PointerTo("tickets");
  const Json& list = object.at("tickets");
  if (!list.is_array()) return RefuseBody(at, "must be a list");
  edit.tickets.emplace();
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string here = at + "/" + std::to_string(i);
    ASSAYD_REPLY_TRY(const bool fits, CheckMembers(list[i], {"system", "id", "url"}, here));
    (void)fits;
    const Body each(list[i], here);
    ASSAYD_REPLY_TRY(const auto system, each.Text("system"));
    ASSAYD_REPLY_TRY(const auto id, each.Text("id"));
    ASSAYD_REPLY_TRY(const auto url, each.TextOrNull("url"));
    if (!id || id->empty() || id->size() > 200)
      return RefuseBody(here + "/id", "is needed, of at most 200 bytes");
    const std::string link = url.value_or("");
    if (link.size() > kUrlMax || (!link.empty() && !link.starts_with("https://")))
      return RefuseBody(here + "/url", "must begin with https:// and have at most 2000 bytes");
    edit.tickets->push_back({system.value_or(""), *id, link});
  }
  return true;
}

Reply<bool> ReadRisk(const Call& call, const Body& body, const Json& object, ActionChange& change) {
  if (!body.Has("risk")) return true;
  if (object.at("risk").is_null()) {
    change.command.workflow.risk.emplace(std::nullopt);
    return true;
  }
  ASSAYD_REPLY_TRY(const Json* const found,
                   body.Object("risk", {"reason", "accepted_by", "approved_by", "expires_at"}));
  const Body risk(*found, body.PointerTo("risk"));
  domain::AcceptedRisk accepted;
  ASSAYD_REPLY_TRY(change.texts.risk_reason, risk.Text("reason"));
  ASSAYD_REPLY_TRY(const auto accepted_by, risk.TextOrNull("accepted_by"));
  accepted.accepted_by = accepted_by.value_or(call.identity.name);
  ASSAYD_REPLY_TRY(const auto approved_by, risk.TextOrNull("approved_by"));
  accepted.approved_by = approved_by.value_or("");
  ASSAYD_REPLY_TRY(const auto expires, risk.TimeOrNull("expires_at"));
  accepted.expires_at = expires.value_or(std::nullopt);
  change.command.workflow.risk.emplace(std::move(accepted));
  return true;
}

Reply<bool> ReadPlan(const Body& body, domain::WorkflowEdit& edit) {
  ASSAYD_REPLY_TRY(edit.status,
                   body.Word("secure_score_status", &domain::ParseWorkStatus,
                             "to_address, planned, risk_accepted, third_party, "
                             "alternate_mitigation (completed comes from what is read)"));
  ASSAYD_REPLY_TRY(edit.testing_source,
                   body.Word("testing_source", &ParseSource, "automatic, manual, parent"));
  ASSAYD_REPLY_TRY(edit.parent, body.TextOrNull("parent"));
  ASSAYD_REPLY_TRY(const auto own_risk, body.TextOrNull("own_risk"));
  if (own_risk) {
    edit.own_risk = own_risk->empty() ? domain::OwnRisk::kNone : domain::ParseOwnRisk(*own_risk);
    if (!edit.own_risk)
      return RefuseBody(body.PointerTo("own_risk"), "must be low, medium, high, critical or null");
  }
  ASSAYD_REPLY_TRY(edit.implemented_at, body.TimeOrNull("implemented_at"));
  ASSAYD_REPLY_TRY(edit.tested_at, body.TimeOrNull("tested_at"));
  ASSAYD_REPLY_TRY(edit.due_at, body.TimeOrNull("due_at"));
  ASSAYD_REPLY_TRY(edit.owner, body.TextOrNull("owner"));
  ASSAYD_REPLY_TRY(edit.implementer, body.TextOrNull("implementer"));
  ASSAYD_REPLY_TRY(edit.assessor, body.TextOrNull("assessor"));
  ASSAYD_REPLY_TRY(edit.tags, body.Texts("tags"));
  return true;
}

Reply<bool> ReadNotes(const Body& body, ActionTexts& texts) {
  ASSAYD_REPLY_TRY(texts.notes, body.TextOrNull("notes"));
  ASSAYD_REPLY_TRY(texts.implementation_notes, body.TextOrNull("implementation_notes"));
  ASSAYD_REPLY_TRY(texts.test_notes, body.TextOrNull("test_notes"));
  return true;
}

bool HasControls(std::string_view text) {
  constexpr unsigned char kSpace = 0x20;
  constexpr unsigned char kDelete = 0x7F;
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < kSpace && c != '\n' && c != '\r' && c != '\t') || byte == kDelete;
  });
}

Reply<bool> CheckLengths(const ActionTexts& texts, const std::string& at) {
  for (const auto* const text : {&texts.notes, &texts.implementation_notes, &texts.test_notes,
                                 &texts.justification, &texts.risk_reason}) {
    if (!*text) continue;
    if ((*text)->size() > kNotesMax) return RefuseBody(at, "has a text of more than 65536 bytes");
    if (HasControls(**text))
      return RefuseBody(at, "has a text with control characters other than line ends and tabs");
  }
  return true;
}

}  // namespace

Reply<bool> CheckMayTest(const Call& call, const std::string& pointer) {
  if (Allows(call.identity.role, Need::kTest)) return true;
  Problem problem;
  problem.status = 403;
  problem.title = "Not allowed";
  problem.detail = "a test is recorded by the role assessor or a higher one";
  problem.errors.push_back({pointer, "needs the role assessor"});
  return Refuse(std::move(problem));
}

const std::vector<std::string>& ActionChangeMembers() {
  static const std::vector<std::string> kMembers{"implementation_status",
                                                 "test_status",
                                                 "covered",
                                                 "total",
                                                 "implemented_at",
                                                 "tested_at",
                                                 "notes",
                                                 "implementation_notes",
                                                 "test_notes",
                                                 "owner",
                                                 "implementer",
                                                 "assessor",
                                                 "due_at",
                                                 "tags",
                                                 "scope",
                                                 "testing_source",
                                                 "parent",
                                                 "secure_score_status",
                                                 "risk",
                                                 "own_risk",
                                                 "tickets"};
  return kMembers;
}

Reply<ActionChange> ReadActionChange(const Call& call, const Json& object, const std::string& at) {
  const Body body(object, at);
  ActionChange change;
  domain::WorkflowEdit& edit = change.command.workflow;
  for (const auto& read : {CheckTester(call, body), ReadStatuses(body, change.command),
                           ReadPlan(body, edit), ReadNotes(body, change.texts),
                           ReadTickets(body, object, edit), ReadRisk(call, body, object, change),
                           ReadScope(body, change), CheckLengths(change.texts, at)}) {
    if (!read) return Refuse(read.error());
  }
  return change;
}

}  // namespace assayd::daemon
