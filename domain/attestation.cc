#include "domain/attestation.h"

namespace assayd::domain {

const RecordedAttestation* Provider::Find(std::string_view attestation) const {
  const auto found = attestations.find(attestation);
  return found == attestations.end() || !found->second.attestation ? nullptr : &found->second;
}

std::optional<std::pair<TimePoint, std::string>> Provider::NextExpiry() const {
  std::optional<std::pair<TimePoint, std::string>> next;
  for (const auto& [id, recorded] : attestations) {
    if (recorded.expired || !recorded.attestation || !recorded.attestation->expires_at) continue;
    const TimePoint at = *recorded.attestation->expires_at;
    if (!next || at < next->first) next.emplace(at, id);
  }
  return next;
}

}  // namespace assayd::domain
