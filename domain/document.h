#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/json.h"

/// Documents in canonical form: no nulls, no empty arrays or objects below the root but those that
/// the schema requires, keys in bytewise order, arrays without order sorted (setting_schema.h
/// brings documents into this form). The same configuration has the same bytes whichever way the
/// service wrote it.
namespace assayd::domain {

/// True for null, [], {}, and whatever consists of them alone.
bool IsEmptyValue(const Json& value);

/// True for the mark of a member that an open object does not list (setting_schema.h).
bool IsUnlisted(const Json& value);

/// SHA-256 of salt and canonical text: equal documents of two tenants are not recognisable.
Digest HashDocument(std::string_view salt, std::string_view canonical);

/// The pointers at which two canonical documents differ, sorted, at most `pointers_max` (then the
/// last one is "/…"). Elements of arrays of objects are matched by `identity` ("id") where they
/// have it, and named by it, as in "/3f1c…/state"; without it by their place.
std::vector<std::string> ChangedPointers(const Json& before, const Json& after,
                                         std::string_view identity, std::size_t pointers_max = 100);

}  // namespace assayd::domain
