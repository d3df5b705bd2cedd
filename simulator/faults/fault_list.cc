#include "simulator/faults/fault_list.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace assayd::simulator {
namespace {

constexpr std::size_t kFaultsMax = 1'000;
constexpr std::size_t kTextBytesMax = 4'096;

std::unexpected<Error> Bad(std::string what) {
  return Fail(ErrorCode::kInvalidArgument, std::move(what));
}

Result<std::string> ReadText(const Json& json, const char* member) {
  const auto found = json.find(member);
  if (found == json.end()) return std::string();
  if (!found->is_string() || found->get_ref<const std::string&>().size() > kTextBytesMax) {
    return Bad(std::string(member) + ": not a text of at most 4096 bytes");
  }
  return found->get<std::string>();
}

Result<std::uint64_t> ReadCount(const Json& json, const char* member) {
  const auto found = json.find(member);
  if (found == json.end()) return std::uint64_t{0};
  if (!found->is_number_unsigned()) return Bad(std::string(member) + ": not a whole number from 0");
  return found->get<std::uint64_t>();
}

Result<> CheckMembers(const Json& json) {
  constexpr std::array kKnown = {"path", "fault", "times", "skip", "tenant"};
  if (!json.is_object()) return Bad("the body is not an object");
  for (const auto& [name, value] : json.items()) {
    if (std::ranges::none_of(kKnown, [&](const char* known) { return name == known; })) {
      return Bad("unknown member '" + EscapeForLine(name.substr(0, 60)) + "'");
    }
  }
  return {};
}

}  // namespace

Result<Fault> FaultList::Add(const Json& json) {
  ASSAYD_CHECK(CheckMembers(json));
  Fault fault;
  ASSAYD_TRY(fault.path, ReadText(json, "path"));
  ASSAYD_TRY(fault.text, ReadText(json, "fault"));
  ASSAYD_TRY(fault.tenant, ReadText(json, "tenant"));
  ASSAYD_TRY(fault.times, ReadCount(json, "times"));
  ASSAYD_TRY(fault.skip, ReadCount(json, "skip"));
  if (!fault.path.starts_with('/')) return Bad("path: does not begin with '/'");
  if (fault.path.starts_with("/_simulator")) return Bad("path: the control endpoint has no faults");
  ASSAYD_TRY(fault.spec, ParseFault(fault.text));
  if (faults_.size() == kFaultsMax) {
    return Fail(ErrorCode::kTooLarge, "1000 faults are in force already");
  }
  fault.id = ++last_id_;
  faults_.push_back(fault);
  return fault;
}

bool FaultList::Remove(std::uint64_t id) {
  return std::erase_if(faults_, [&](const Fault& fault) { return fault.id == id; }) > 0;
}

std::optional<Fault> FaultList::Strike(std::string_view path, std::string_view tenant) {
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    const bool is_meant = fault->tenant.empty() || EqualsIgnoreCaseAscii(fault->tenant, tenant);
    if (!is_meant || !path.starts_with(fault->path)) continue;
    if (fault->seen++ < fault->skip) continue;
    ++fault->struck;
    Fault struck = *fault;
    if (fault->times != 0 && fault->struck == fault->times) faults_.erase(fault);
    return struck;
  }
  return std::nullopt;
}

Json ToJson(const Fault& fault) {
  return {{"id", std::to_string(fault.id)},
          {"path", fault.path},
          {"fault", fault.text},
          {"times", fault.times},
          {"skip", fault.skip},
          {"tenant", fault.tenant},
          {"seen", fault.seen},
          {"struck", fault.struck}};
}

}  // namespace assayd::simulator
