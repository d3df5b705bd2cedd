#include "domain/attestation_decider.h"

#include <algorithm>

#include "base/text.h"

namespace assayd::domain {
namespace {

constexpr std::size_t kTextMax = 500;
constexpr std::size_t kAttestationsMax = 1'000;

std::unexpected<Error> Invalid(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, std::move(why));
}

Result<> CheckLine(const std::string& text, const char* what) {
  if (text.size() > kTextMax || EscapeForLine(text) != text)
    return Invalid(std::string(what) + " must be one line of at most 500 bytes");
  return {};
}

Result<> Check(const TenantState& state, const Attestation& attestation) {
  if (Trim(attestation.title).empty()) return Invalid("title is needed");
  if (Trim(attestation.auditor).empty()) return Invalid("auditor is needed");
  ASSAYD_CHECK(CheckLine(attestation.title, "title"));
  ASSAYD_CHECK(CheckLine(attestation.auditor, "auditor"));
  ASSAYD_CHECK(CheckLine(attestation.document, "document"));
  if (attestation.from < kBeginningOfTime || attestation.until < attestation.from)
    return Invalid("from must lie before until, and not before 1970");
  if (attestation.expires_at && *attestation.expires_at < attestation.until)
    return Invalid("expires_at must not lie before until");
  for (const auto& id : attestation.templates) {
    if (state.catalogue()->FindTemplate(id) == nullptr)
      return Fail(ErrorCode::kNotFound, "there is no template '" + id + "'");
  }
  return {};
}

/// What a provider does and nobody confirms.
ActionState Unconfirmed() {
  ActionState state;
  state.implementation = ImplementationStatus::kImplemented;
  state.test = TestStatus::kNotAssessed;
  return state;
}

bool SpeaksOf(const Attestation& attestation, const ScoreLayout& layout, std::uint32_t unit) {
  return attestation.templates.empty() ||
         std::ranges::any_of(layout.AssessmentsOf(unit), [&](std::uint32_t assessment) {
           return std::ranges::binary_search(attestation.templates,
                                             layout.assessments()[assessment].template_id);
         });
}

}  // namespace

std::vector<std::string> AttestationsOf(const TenantState& state, std::uint32_t unit) {
  std::vector<std::string> ids;
  if (!state.provider || state.layout->ActionOf(unit).managed_by != ManagedBy::kMicrosoft)
    return ids;
  for (const auto& [id, recorded] : state.provider->attestations) {
    const bool holds = recorded.attestation && !recorded.expired &&
                       SpeaksOf(*recorded.attestation, *state.layout, unit);
    if (holds) ids.push_back(id);
  }
  return ids;
}

Result<> JudgeProvider(Draft& draft, const Moment& moment, Cause cause) {
  const auto provider = draft.state().provider;
  if (!provider || !draft.state().layout) return {};
  for (std::uint32_t unit = 0; unit < draft.state().layout->units().size(); ++unit) {
    const Action& action = draft.state().layout->ActionOf(unit);
    if (action.managed_by != ManagedBy::kMicrosoft) continue;
    const ActionState confirmed = ScoreLayout::InitialState(action);
    const bool counts =
        provider->mode == ProviderMode::kCounted || !AttestationsOf(draft.state(), unit).empty();
    const ActionState wanted = counts ? confirmed : Unconfirmed();
    const ActionState other = counts ? Unconfirmed() : confirmed;
    if (draft.state().units.Get(unit) != other) continue;
    ASSAYD_CHECK(draft.EmitChange(unit, other, wanted, moment, "", cause));
  }
  return {};
}

Result<NewEvents> DecideAttestation(const TenantState& current, const AttestationCommand& command,
                                    const TenantState::Content& content) {
  if (!current.layout) return Fail(ErrorCode::kUnavailable, "the tenant has no catalogue yet");
  if (!IsName(command.attestation) || command.attestation.find('/') != std::string::npos)
    return Invalid("'" + command.attestation + "' is no id: letters, digits and . _ : - only");
  const auto* const known =
      current.provider ? current.provider->Find(command.attestation) : nullptr;
  if (!command.after && known == nullptr)
    return Fail(ErrorCode::kNotFound, "there is no attestation '" + command.attestation + "'");
  AttestationRecorded recorded{command.attestation, command.after};
  if (recorded.after) {
    ASSAYD_CHECK(Check(current, *recorded.after));
    auto& templates = recorded.after->templates;
    std::ranges::sort(templates);
    templates.erase(std::ranges::unique(templates).begin(), templates.end());
    if (recorded.after->expires_at && *recorded.after->expires_at <= command.at)
      return Invalid("expires_at lies in the past: it would prove nothing");
    if (known != nullptr && *known->attestation == *recorded.after) return NewEvents();
    if (known == nullptr && current.provider &&
        current.provider->attestations.size() >= kAttestationsMax)
      return Invalid("there are 1000 attestations already");
  }
  Draft draft(current, content);
  ASSAYD_CHECK(draft.Emit(recorded, Origin::kManual, command.at));
  ASSAYD_CHECK(
      JudgeProvider(draft, {command.at, JudgedFrom::kLive, Origin::kManual}, Cause::kManual));
  return std::move(draft).Take();
}

Result<NewEvents> DecideExpiry(const TenantState& current, const TenantState::Content& content) {
  const auto next = current.provider ? current.provider->NextExpiry() : std::nullopt;
  if (!next) return NewEvents();
  Draft draft(current, content);
  ASSAYD_CHECK(draft.Emit(AttestationExpired{next->second}, Origin::kLive, next->first));
  ASSAYD_CHECK(
      JudgeProvider(draft, {next->first, JudgedFrom::kLive, Origin::kLive}, Cause::kExpiry));
  return std::move(draft).Take();
}

Result<NewEvents> DecideProvider(const TenantState& current, ProviderMode mode, TimePoint at,
                                 const TenantState::Content& content) {
  if (mode == (current.provider ? current.provider->mode : ProviderMode::kCounted))
    return NewEvents();
  Draft draft(current, content);
  ASSAYD_CHECK(draft.Emit(ProviderConfigured{mode}, Origin::kCatalogue, at));
  ASSAYD_CHECK(
      JudgeProvider(draft, {at, JudgedFrom::kLive, Origin::kCatalogue}, Cause::kCatalogue));
  return std::move(draft).Take();
}

}  // namespace assayd::domain
