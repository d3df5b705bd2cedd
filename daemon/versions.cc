#include "daemon/versions.h"

#include "base/cbor.h"
#include "base/text.h"

namespace assayd::daemon {
namespace {

std::string ShortHash(std::string_view bytes) {
  constexpr std::size_t kBytes = 8;
  const Digest digest = HashOf(bytes);
  return ToHex(std::span(digest).first(kBytes));
}

}  // namespace

std::string VersionOf(const domain::TenantState& tenant, std::uint32_t unit) {
  const domain::ActionState state = tenant.units.Get(unit);
  const TimePoint effective = tenant.units.EffectiveOf(unit);
  std::string bytes;
  CborWriter out(bytes);
  out.UInt(static_cast<std::uint64_t>(state.implementation)),
      out.UInt(static_cast<std::uint64_t>(state.test));
  out.UInt(state.covered), out.UInt(state.total), out.Int(ToMillis(effective));
  if (state.unknown_since) out.Int(ToMillis(*state.unknown_since));
  if (const auto* const record = tenant.RecordOf(unit)) {
    out.Int(ToMillis(record->changed));
    out.Text(Encode(domain::WorkflowChanged{"", "", record->workflow}));
  }
  return ShortHash(bytes);
}

std::string VersionOfTesting(domain::AutomaticTesting mode) { return ShortHash(ToText(mode)); }

std::string VersionOfPerson(const domain::TenantState& state, std::string_view person) {
  const auto* const known = state.organisation ? state.organisation->Find(person) : nullptr;
  if (known == nullptr) return {};
  return ShortHash(Encode(domain::PersonRecorded{std::string(person), *known}));
}

std::string VersionOfTargets(const domain::TenantState& state) {
  return ShortHash(Encode(domain::TargetsConfigured{state.organisation ? state.organisation->targets
                                                                       : domain::Targets()}));
}

std::string VersionOfAttestation(const domain::TenantState& state, std::string_view attestation) {
  const auto* const known = state.provider ? state.provider->Find(attestation) : nullptr;
  if (known == nullptr) return {};
  return ShortHash(
      Encode(domain::AttestationRecorded{std::string(attestation), known->attestation}) +
      (known->expired ? "expired" : ""));
}

std::string VersionOf(const projections::Loss& loss) {
  std::string bytes;
  CborWriter out(bytes);
  out.UInt(loss.position), out.Int(loss.lost), out.Bool(loss.acknowledged),
      out.Int(ToMillis(loss.muted_until));
  out.UInt(loss.flaps);
  if (loss.recovered) out.Int(ToMillis(*loss.recovered));
  return ShortHash(bytes);
}

std::string VersionOf(const domain::Assessment& assessment, TimePoint changed) {
  std::string bytes;
  CborWriter out(bytes);
  out.Text(assessment.id), out.Int(ToMillis(changed)), out.Bool(assessment.archived);
  out.Text(assessment.title), out.Text(assessment.template_id);
  if (assessment.structure) out.Bytes(AsText(assessment.structure->sha256));
  if (assessment.deferred) out.Bytes(AsText(*assessment.deferred));
  for (const auto& service : assessment.services) out.Text(service);
  for (const auto& exclusion : assessment.excluded)
    out.Text(exclusion.action), out.Bytes(exclusion.justification.box.box);
  return ShortHash(bytes);
}

std::string VersionOfGroup(const std::string& name) { return ShortHash(name); }

}  // namespace assayd::daemon
