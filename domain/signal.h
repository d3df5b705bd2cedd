#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"

/// What a connector saw: a CloudEvent 1.0 (interface.md, "Settings, sources, signals"), in its
/// three forms: structured (one JSON object), batched (a JSON array of them), binary (attributes in
/// headers).
namespace assayd::domain {

inline constexpr std::size_t kSignalBytesMax = 1'000'000;
/// `code` of an observation.failed: an answer led to another host than the service's own, where
/// the tenant's token must never go. Not followed, and counted as a security event.
inline constexpr std::string_view kForeignLink = "foreign_link";

enum class SignalType : std::uint8_t {
  kSettingObserved,    ///< data {value, value_sha256, read_started, read_took_ms, pages}
  kObservationFailed,  ///< data {reason, status, code, detail, missing_permission}
  kAuditRecorded,      ///< data: one audit record, allow-listed
  kSourceHeartbeat,    ///< data {value_sha256, read_started, read_took_ms}
  kCommandCompleted,   ///< data {command, outcome, detail}
  kPreflightReported,
};
std::string_view ToText(SignalType type);
std::optional<SignalType> ParseSignalType(std::string_view text);

struct Signal {
  std::string id;           ///< minted once, on entering the outbox; retries carry it
  std::string source;       ///< "/tenants/TENANT/sources/SOURCE"
  std::string tenant;       ///< TENANT: a directory id or an alias
  std::string source_name;  ///< SOURCE
  SignalType type = SignalType::kSettingObserved;
  std::string subject;  ///< the setting; empty for audit records and commands
  TimePoint time;       ///< when it was read
  bool backfill = false;
  Json data;
};

/// "/tenants/TENANT/sources/SOURCE".
std::string SignalSource(std::string_view tenant, std::string_view source_name);

/// One JSON object in structured form.
Json ToStructured(const Signal& signal);
/// kMalformed with what is wrong: not a CloudEvent 1.0, an unknown type, a source, subject, time or
/// partition key of another form, data that is no object; `json` is then as it was. Otherwise its
/// data has moved to the signal.
Result<Signal> FromStructured(Json&& json);

/// Attributes of binary mode without prefix: {"id", …}, {"type", …}. The body is the data.
std::vector<std::pair<std::string, std::string>> BinaryAttributes(const Signal& signal);
/// `attribute` gives the value of an attribute by name, or nothing.
Result<Signal> FromBinary(
    const std::function<std::optional<std::string>(std::string_view)>& attribute,
    std::string_view body);

}  // namespace assayd::domain
