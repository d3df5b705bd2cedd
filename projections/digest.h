#pragma once

#include <string>
#include <vector>

#include "base/crypto.h"
#include "projections/fleet.h"

namespace assayd::projections {

/// score_digest, format 1 (frozen, docs/event-format.md): SHA-256 over the deterministic CBOR of
/// every tenant's catalogue, units, control statuses and sums. Equal logs have equal digests, on
/// any build.
Digest ScoreDigest(const std::vector<ViewPtr>& views);

/// What one tenant adds to it.
std::string DigestInput(const TenantView& view);

}  // namespace assayd::projections
