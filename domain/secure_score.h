#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "domain/payloads.h"

namespace assayd::domain {

inline constexpr std::string_view kSnapshotSetting = "securescore/snapshot";

/// What a snapshot of Secure Score, in canonical form and read then, says of itself. kSchema, with
/// the pointer, for what cannot be: figures above what there is or out of all bounds, no control, a
/// date before all dates or after the read.
Result<SecureScoreRecorded> FiguresOf(const Json& snapshot, TimePoint read);

/// Whether a canonical document may be true as a whole, which is more than each of its members
/// having the type that its schema says. kSchema, as above: such a read is malformed.
Result<> CheckPlausible(std::string_view setting, const Json& document, TimePoint read);

/// Snapshots and profiles of Secure Score name the tenant that they are of, alone or each in a
/// list.
bool NamesAnotherTenant(const Json& document, std::string_view tenant);

/// The service answered with a snapshot of an earlier day than the known one, both in canonical
/// form: from a replica that lags. It says nothing about today.
bool IsOlderSnapshot(const Json& snapshot, const Json& known);

}  // namespace assayd::domain
