#include "simulator/faults/distortion.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "simulator/graph/odata_query.h"

namespace assayd::simulator {
namespace {

constexpr const char* kNextLink = "@odata.nextLink";
constexpr const char* kOverflowMark = "simulated-overflow";

Json* FindList(Json& body) {
  if (body.is_array()) return &body;
  if (!body.is_object()) return nullptr;
  const auto list = body.find("value");
  return list != body.end() && list->is_array() ? &*list : nullptr;
}

/// The place of a pointer: into the body, else into its "value", so that /0/state means the first
/// item.
struct Place {
  Json* parent = nullptr;
  std::string last;

  [[nodiscard]] bool exists() const {
    if (parent == nullptr) return false;
    if (parent->is_object()) return parent->contains(last);
    return parent->is_array() && Index() < parent->size();
  }
  [[nodiscard]] Json& value() const {
    return parent->is_object() ? (*parent)[last] : (*parent)[Index()];
  }
  [[nodiscard]] std::size_t Index() const {
    const bool is_number = !last.empty() && last.size() < 7 &&
                           std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
    return is_number ? std::stoul(last) : static_cast<std::size_t>(-1);
  }
};

Place Locate(Json& root, const Json::json_pointer& pointer) {
  try {
    const auto parent = pointer.parent_pointer();
    if (!root.contains(parent)) return {};
    return {&root.at(parent), pointer.back()};
  } catch (const Json::exception&) {
    return {};
  }
}

Place LocateAnywhere(Json& body, const std::string& text) {
  const Json::json_pointer pointer(text);
  auto place = Locate(body, pointer);
  Json* const list = FindList(body);
  if (place.exists() || list == nullptr || list == &body) return place;
  auto inner = Locate(*list, pointer);
  return inner.parent != nullptr ? inner : place;
}

Json OfAnotherType(const Json& value) {
  if (value.is_string()) return 42;
  if (value.is_number()) return DumpJson(value);
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_array()) return Json{{"items", value}};
  if (value.is_object()) return Json::array({value});
  return false;
}

void Drift(const std::string& argument, Json& body) {
  const auto equals = argument.find('=');
  const auto place = LocateAnywhere(body, argument.substr(0, equals));
  if (equals == std::string::npos) {
    if (place.exists()) place.value() = OfAnotherType(place.value());
    return;
  }
  const bool can_be_set = place.exists() || (place.parent != nullptr && place.parent->is_object());
  if (can_be_set) place.value() = *ParseJson(argument.substr(equals + 1));
}

void Remove(const std::string& pointer, Json& body) {
  const auto place = LocateAnywhere(body, pointer);
  if (!place.exists()) return;
  if (place.parent->is_object()) {
    place.parent->erase(place.last);
  } else {
    place.parent->erase(place.Index());
  }
}

// No JSON tree can hold 1e400: a mark takes its place until the bytes are written.
void Overflow(const std::string& pointer, Answer& answer) {
  const auto place = LocateAnywhere(*answer.json, pointer);
  if (!place.exists()) return;
  place.value() = kOverflowMark;
  answer.bytes = BodyOf(answer);
  answer.json.reset();
  const auto mark = "\"" + std::string(kOverflowMark) + "\"";
  const auto at = answer.bytes.find(mark);
  if (at != std::string::npos) answer.bytes.replace(at, mark.size(), "1e400");
}

std::string OwnUrl(const Call& call) {
  auto link = NextLink(call.request, call.origin, "$skiptoken", "");
  // With the token that the request came with, or none.
  const auto* token = call.request.Query("$skiptoken");
  link.resize(link.find("$skiptoken=") - 1);
  return token == nullptr ? link : NextLink(call.request, call.origin, "$skiptoken", *token);
}

void DistortNextLink(const FaultSpec& fault, const Call& call, Json& body) {
  if (!body.is_object() || FindList(body) == nullptr) return;
  switch (fault.kind) {
    case FaultKind::kNextLinkLoop:
      body[kNextLink] = OwnUrl(call);
      return;
    case FaultKind::kNextLinkCycle: {
      // The last page leads back to the first.
      if (body.contains(kNextLink)) return;
      auto link = NextLink(call.request, call.origin, "$skiptoken", "");
      body[kNextLink] = link.substr(0, link.find("$skiptoken=") - 1);
      return;
    }
    case FaultKind::kNextLinkForeign:
      body[kNextLink] = fault.argument.empty() ? "https://graph.example.net" +
                                                     call.request.raw_path + "?$skiptoken=foreign"
                                               : fault.argument;
      return;
    default:
      body.erase(kNextLink);
  }
}

void DistortList(const FaultSpec& fault, Json& body) {
  Json* const list = FindList(body);
  if (list == nullptr) return;
  const auto keep = fault.kind == FaultKind::kEmptyList ? 0 : list->size() / 2;
  while (list->size() > keep) list->erase(list->size() - 1);
  if (body.is_object()) body.erase(kNextLink);
}

void GiveToAnotherTenant(Json& value) {
  constexpr const char* kOther = "99999999-9999-4999-8999-999999999999";
  if (value.is_array()) {
    for (auto& item : value) GiveToAnotherTenant(item);
    return;
  }
  if (!value.is_object()) return;
  if (value.contains("azureTenantId") && value["azureTenantId"].is_string()) {
    const auto own = value["azureTenantId"].get<std::string>();
    value["azureTenantId"] = kOther;
    const auto id = value.value("id", Json());
    if (id.is_string() && id.get<std::string>().starts_with(own)) {
      value["id"] = kOther + id.get<std::string>().substr(own.size());
    }
  }
  if (value.contains("OrganizationId")) value["OrganizationId"] = kOther;
  if (value.contains("value")) GiveToAnotherTenant(value["value"]);
}

}  // namespace

void Distort(const FaultSpec& fault, const Call& call, Answer& answer) {
  if (fault.kind == FaultKind::kContentType) {
    SetHeader(answer, "Content-Type", fault.argument);
    return;
  }
  if (!answer.json) return;
  switch (fault.kind) {
    case FaultKind::kNextLinkLoop:
    case FaultKind::kNextLinkCycle:
    case FaultKind::kNextLinkForeign:
    case FaultKind::kNextLinkMissing:
      return DistortNextLink(fault, call, *answer.json);
    case FaultKind::kDrift:
      return Drift(fault.argument, *answer.json);
    case FaultKind::kWithout:
      return Remove(fault.argument, *answer.json);
    case FaultKind::kOverflow:
      return Overflow(fault.argument, answer);
    case FaultKind::kEmptyList:
    case FaultKind::kHalfList:
      return DistortList(fault, *answer.json);
    case FaultKind::kOtherTenant:
      return GiveToAnotherTenant(*answer.json);
    default:
      return;
  }
}

}  // namespace assayd::simulator
