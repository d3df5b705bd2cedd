#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/answer.h"
#include "simulator/cloud.h"

namespace assayd::simulator {

/// A request of the control endpoint.
struct ControlCall {
  Cloud& cloud;
  const Call& call;
  std::string rest;  ///< of the path, behind the resource's name; empty for the resource itself

  [[nodiscard]] const std::string& method() const { return call.request.method; }
};

/// A 200, or another status, with a JSON body.
Answer Done(Json body, int status = 200);
/// A 204.
Answer NothingToSay();
/// The problem that an error is: 400, 404, 413.
Answer Refused(const Error& error);
/// 405 with what is allowed: "GET, DELETE".
Answer NotAllowed(const std::string& allowed);
/// 404 for a path that leads nowhere.
Answer NoSuchPath(const ControlCall& control);

/// The body, an object with no other members than `known`; an empty body is an empty object.
/// kMalformed, kTooLarge, kInvalidArgument with the member named.
Result<Json> ReadBody(const ControlCall& control, const std::vector<std::string_view>& known);
/// `{"items": […]}`.
Json ItemList(Json items);

/// The tenant of `?tenant=`, an id or a domain; the first where there is none. kNotFound.
Result<Tenant*> FindTenant(const ControlCall& control);
/// The member `actor` of a body, or the tenant's administrator.
Result<Actor> ReadActor(const Json& body, const Tenant& tenant);

/// Changes a setting as `actor`; true when it differs from what it was. Errors as Tenant::Change.
Result<bool> ChangeSetting(const ControlCall& control, Tenant& tenant, std::string_view setting,
                           Json value, const Actor& actor);

/// A whole number of seconds, at most a year.
Result<Milliseconds> ReadSeconds(const Json& value, std::string_view member);

}  // namespace assayd::simulator
