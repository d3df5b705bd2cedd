#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/attestation.h"
#include "domain/decider.h"
#include "domain/draft.h"

/// How attestations, and what is configured of them, move a provider's actions. Pure, like the rest
/// of the decider.
namespace assayd::domain {

struct AttestationCommand {
  std::string attestation;
  std::optional<Attestation> after;  ///< nothing: take back
  TimePoint at;
};

/// With the changes of actions that it leads to; none when nothing differs. kInvalidArgument for
/// what is no id, texts too long and dates out of order; kNotFound for a template that is not there
/// and for taking back what is not.
Result<NewEvents> DecideAttestation(const TenantState& current, const AttestationCommand& command,
                                    const TenantState::Content& content);

/// That the next attestation to expire has expired, at that moment; none where none will.
Result<NewEvents> DecideExpiry(const TenantState& current, const TenantState::Content& content);

Result<NewEvents> DecideProvider(const TenantState& current, ProviderMode mode, TimePoint at,
                                 const TenantState::Content& content);

/// Emits changes of a provider's actions that do not stand as attestations have it. What people
/// tested themselves stays.
Result<> JudgeProvider(Draft& draft, const Moment& moment, Cause cause);

/// The attestations that speak of a unit, by id.
std::vector<std::string> AttestationsOf(const TenantState& state, std::uint32_t unit);

}  // namespace assayd::domain
