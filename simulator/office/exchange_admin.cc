#include "simulator/office/exchange_admin.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "simulator/tenant/setting_shape.h"

namespace assayd::simulator {
namespace {

void AddHeaders(const Call& call, Answer& answer) {
  SetHeader(answer, "request-id", call.request_id);
  SetHeader(answer, "X-CalculatedBETarget", "am0pr01mb0001.eurprd01.prod.exchangelabs.com");
  SetHeader(answer, "Cache-Control", "no-cache");
}

std::string ReasonOf(int status) {
  if (status == 401) return "Unauthorized";
  if (status == 403) return "Forbidden";
  if (status == 404) return "NotFound";
  return status >= 500 ? "InternalServerError" : "BadRequest";
}

// Exchange says why in a header and leaves the body empty.
Answer Unauthorized(const Call& call) {
  Answer answer{.status = 401};
  SetHeader(answer, "WWW-Authenticate",
            "Bearer client_id=\"00000002-0000-0ff1-ce00-000000000000\", error=\"invalid_token\"");
  AddHeaders(call, answer);
  return answer;
}

Result<std::string> ReadCmdlet(const Call& call) {
  ASSAYD_TRY(const auto body, ParseJson(call.request.body));
  const auto bad = [] {
    return Fail(ErrorCode::kInvalidArgument, "The property 'CmdletInput' is missing or malformed.");
  };
  if (!body.is_object()) return bad();
  const auto input = body.find("CmdletInput");
  if (input == body.end() || !input->is_object()) return bad();
  const auto name = input->find("CmdletName");
  if (name == input->end() || !name->is_string()) return bad();
  const auto parameters = input->find("Parameters");
  if (parameters != input->end() && !parameters->is_object()) return bad();
  return name->get<std::string>();
}

Answer Rows(const Call& call, const std::string& tenant, Json rows) {
  Answer answer;
  answer.json = Json{{"@odata.context", "https://outlook.office365.com/adminapi/beta/" + tenant +
                                            "/$metadata#Collection(Exchange.GenericHashTable)"},
                     {"adminapi.warnings@odata.type", "#Collection(String)"},
                     {"@adminapi.warnings", Json::array()},
                     {"value", std::move(rows)}};
  SetHeader(answer, "Content-Type", "application/json; odata.metadata=minimal");
  AddHeaders(call, answer);
  return answer;
}

Answer AnswerCaptured(const Captures& captures, const Call& call, const std::string& tenant) {
  auto body = captures.Read(kCapturedIrmConfiguration);
  if (!body) {
    return ExchangeError(call, 500, "System.IO.InvalidDataException", body.error().context);
  }
  if (!body->has_value()) {
    return ExchangeError(call, 404, "System.IO.FileNotFoundException",
                         "No answer was captured on " + captures.date() + ".");
  }
  if ((*body)->is_object() && (*body)->contains("value")) {
    Answer answer{.json = *std::move(*body)};
    AddHeaders(call, answer);
    return answer;
  }
  return Rows(call, tenant, Json::array({*std::move(*body)}));
}

}  // namespace

Answer ExchangeError(const Call& call, int status, const std::string& exception,
                     const std::string& message) {
  Answer answer{.status = status};
  Json details = {
      {"code", "Context"}, {"target", ""}, {"message", "|" + exception + "|" + message}};
  Json inner = {
      {"message", "Error executing cmdlet"},
      {"type", "Microsoft.Exchange.Admin.OData.Core.ODataServiceException"},
      {"internalexception", {{"message", message}, {"type", exception}, {"stacktrace", ""}}}};
  answer.json = Json{{"error",
                      {{"code", ReasonOf(status)},
                       {"message", "|" + exception + "|" + message},
                       {"details", Json::array({std::move(details)})},
                       {"innererror", std::move(inner)}}}};
  AddHeaders(call, answer);
  return answer;
}

Answer AnswerInvokeCommand(Cloud& cloud, const Call& call, const std::string& tenant) {
  const auto claims = cloud.bearers.Check(call.request.Header("Authorization"), Audience::kExchange,
                                          call.clients_now);
  auto* asked = cloud.Find(tenant);
  if (!claims || asked == nullptr || cloud.Find(claims->tenant) != asked) return Unauthorized(call);
  if (std::ranges::find(claims->roles, "Exchange.ManageAsApp") == claims->roles.end()) {
    return Unauthorized(call);
  }
  if (claims->directory_roles.empty()) {
    return ExchangeError(
        call, 403, "Microsoft.Exchange.Configuration.Authorization.CmdletAccessDeniedException",
        "The role assigned to application " + claims->client_id +
            " isn't supported in this scenario. Please check online documentation for assigning "
            "correct Directory Roles to Azure AD Application for EXO App-Only Authentication.");
  }
  if (call.request.method != "POST") {
    return ExchangeError(
        call, 405, "System.NotSupportedException",
        "The requested resource does not support http method '" + call.request.method + "'.");
  }
  const auto cmdlet = ReadCmdlet(call);
  if (!cmdlet) {
    return ExchangeError(call, 400, "Microsoft.OData.ODataException", cmdlet.error().context);
  }
  if (!EqualsIgnoreCaseAscii(*cmdlet, "Get-IRMConfiguration")) {
    return ExchangeError(call, 400, "System.Management.Automation.CommandNotFoundException",
                         "The term '" + EscapeForLine(cmdlet->substr(0, 100)) +
                             "' is not recognized as the name of a cmdlet, function, script file, "
                             "or operable program.");
  }
  if (cloud.captures) return AnswerCaptured(*cloud.captures, call, asked->identity().id);
  return Rows(call, asked->identity().id, Json::array({asked->Served(kIrmConfiguration, call)}));
}

}  // namespace assayd::simulator
