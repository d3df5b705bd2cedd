#include "connectors/graph/error_body.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"

namespace assayd::connectors::graph {
namespace {

constexpr std::size_t kBodyBytesMax = 262'144;
constexpr std::size_t kCodeBytesMax = 100;

std::string TextAt(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

Json ObjectAt(const Json& object, std::initializer_list<const char*> names) {
  for (const char* const name : names) {
    const auto member = object.is_object() ? object.find(name) : object.end();
    if (object.is_object() && member != object.end() && member->is_object()) return *member;
  }
  return Json::object();
}

/// A code is a word; what is none would be text of the service in a place where nobody expects it.
std::string CodeOnly(std::string code) {
  const bool word = code.size() <= kCodeBytesMax && std::ranges::all_of(code, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
                    });
  return word ? std::move(code) : std::string();
}

}  // namespace

ErrorBody ReadErrorBody(std::string_view body) {
  ErrorBody result;
  const auto json = ParseJson(body, {.bytes_max = kBodyBytesMax});
  if (!json || !json->is_object()) return result;
  result.is_json = true;
  const Json error = ObjectAt(*json, {"error"});
  result.code = TextAt(error, "code");
  if (result.code.empty()) result.code = TextAt(*json, "errorCode");
  result.code = CodeOnly(std::move(result.code));
  const Json inner = ObjectAt(error, {"innererror", "innerError"});
  result.message = TextAt(ObjectAt(inner, {"internalexception"}), "message");
  if (result.message.empty()) result.message = TextAt(error, "message");
  if (result.message.empty()) result.message = TextAt(*json, "message");
  return result;
}

}  // namespace assayd::connectors::graph
