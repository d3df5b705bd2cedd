#include "http/request_rules.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "http/target.h"

namespace assayd::http {
namespace {

using Verdict = std::optional<Rejection>;

Verdict CheckMethod(const Head& head, const std::vector<std::string>& methods) {
  if (std::ranges::find(methods, head.method) != methods.end()) return std::nullopt;
  std::string allowed;
  for (const auto& method : methods) {
    if (!allowed.empty()) allowed += ", ";
    allowed += method;
  }
  return Rejection{405, "The method is not allowed here.", {{"Allow", std::move(allowed)}}};
}

Verdict CheckAuthority(std::string_view text, const RequestRules& rules, const Ends& ends) {
  const auto authority = ParseAuthority(text);
  if (!authority) return Rejection{400, authority.error().context, {}};
  if (ends.peer.transport == Transport::kLocal) return std::nullopt;
  if (rules.hosts.Allows(*authority, ends.local_address)) return std::nullopt;
  return Rejection{421, "This host is not served here; see allowed_hosts.", {}};
}

Verdict CheckHost(const Head& head, const RequestRules& rules, const Ends& ends) {
  const Field* host = nullptr;
  for (const auto& field : head.fields) {
    if (!EqualsIgnoreCaseAscii(field.name, "Host")) continue;
    if (host != nullptr) return Rejection{400, "There is more than one Host.", {}};
    host = &field;
  }
  if (host == nullptr) return Rejection{400, "There is no Host.", {}};
  return CheckAuthority(host->value, rules, ends);
}

Verdict CheckTargetForm(const Target& target, const Head& head, const RequestRules& rules,
                        const Ends& ends) {
  switch (target.form) {
    case Target::Form::kOrigin:
      return std::nullopt;
    case Target::Form::kAbsolute:
      return CheckAuthority(target.authority, rules, ends);
    case Target::Form::kAsterisk:
      if (head.method == "OPTIONS") return std::nullopt;
      return Rejection{400, "Only OPTIONS has the target *.", {}};
  }
  return std::nullopt;
}

// RFC 9110 section 10.1.1: an HTTP/1.0 client cannot mean it.
std::expected<bool, Rejection> ReadExpectation(const Head& head) {
  bool expects_continue = false;
  for (const auto& field : head.fields) {
    if (!EqualsIgnoreCaseAscii(field.name, "Expect")) continue;
    if (!EqualsIgnoreCaseAscii(field.value, "100-continue")) {
      return std::unexpected(Rejection{417, "The only expectation is 100-continue.", {}});
    }
    expects_continue = head.is_http_11;
  }
  return expects_continue;
}

}  // namespace

std::expected<CheckedHead, Rejection> CheckHead(Head head, const RequestRules& rules,
                                                const Ends& ends) {
  if (auto verdict = CheckMethod(head, rules.methods)) return std::unexpected(*verdict);
  if (auto verdict = CheckHost(head, rules, ends)) return std::unexpected(*verdict);
  auto target = ParseTarget(head.target);
  if (!target) return std::unexpected(Rejection{400, std::move(target.error().context), {}});
  if (auto verdict = CheckTargetForm(*target, head, rules, ends)) return std::unexpected(*verdict);
  const auto expectation = ReadExpectation(head);
  if (!expectation) return std::unexpected(expectation.error());

  CheckedHead checked;
  checked.is_head = head.method == "HEAD";
  checked.expects_continue = *expectation;
  Request& request = checked.request;
  request.method = checked.is_head ? "GET" : std::move(head.method);
  request.raw_path = std::move(target->raw_path);
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  request.headers = std::move(head.fields);
  request.peer = ends.peer;
  if (request.peer.transport != Transport::kLocal) {
    request.peer.address = rules.proxies.ClientOf(ends.peer.address, request.headers);
  }
  return checked;
}

}  // namespace assayd::http
