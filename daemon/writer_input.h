#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "domain/action_decider.h"
#include "domain/assessment_decider.h"
#include "domain/attestation_decider.h"
#include "domain/catalogue.h"
#include "domain/decider.h"
#include "domain/organisation_decider.h"
#include "domain/payloads.h"
#include "domain/signal.h"

/// What may be asked of the single writer, and what it answers.
namespace assayd::daemon {

/// What became of one signal, or of another input.
struct Outcome {
  enum class Kind { kAccepted, kDuplicate, kQuarantined };
  Kind kind = Kind::kAccepted;
  /// Of the first event that it caused, or that it caused when it came first; nothing when it
  /// changed nothing and was not recorded.
  std::optional<std::uint64_t> position;
  std::string reason;  ///< why it was quarantined
};

/// Signals of one request, in order. Those that did not parse are errors, and are quarantined.
struct SignalsInput {
  struct Item {
    Result<domain::Signal> signal;
    std::string text;  ///< as it came, for the quarantine; empty for one that parsed
  };
  std::vector<Item> items;
};

/// Who asks, and under which key the request may be repeated.
struct Caller {
  std::string by;               ///< "token:ops", "local:0"
  std::string idempotency_key;  ///< empty: none was given
  std::string request{};        ///< with a key: what tells requests apart
};

/// Texts of a person, as they were written; the writer seals them. Empty ones take away what is
/// there.
struct ActionTexts {
  std::optional<std::string> notes{};
  std::optional<std::string> implementation_notes{};
  std::optional<std::string> test_notes{};
  std::optional<std::string> justification{};
  std::optional<std::string> risk_reason{};
};

/// A change of one action by a person. `expected_version` is what the person saw (VersionOf).
struct ActionChange {
  /// Where a change of the scope holds; kUnit: where the one state stands that is changed.
  enum class Where : std::uint8_t { kUnit, kGroup, kTenant };
  domain::ActionCommand command;
  Where where = Where::kUnit;
  ActionTexts texts;
  std::string expected_version;
};

/// Changes that are carried out together, or not at all.
struct ActionsInput {
  domain::TenantId tenant;
  std::vector<ActionChange> changes;
  Caller caller;
};

/// Which rules of a tenant decide.
struct TestingInput {
  domain::TenantId tenant;
  domain::AutomaticTesting mode = domain::AutomaticTesting::kPerAction;
  std::string expected_version;
  Caller caller;
};

/// Somebody on the list of people; texts as they were written, the writer seals them.
struct PersonEdit {
  std::string person;
  std::optional<std::string> name{};     ///< nothing: stays
  std::optional<std::string> address{};  ///< the same
  bool remove = false;
};

/// What an organisation says of itself and its provider. `expected_version` is empty for what is
/// made anew.
struct OrganisationInput {
  domain::TenantId tenant;
  std::variant<PersonEdit, domain::Targets, domain::AttestationCommand> command;
  std::string expected_version;
  Caller caller;
};

/// A change of an assessment or a group by a person. What is new has no version.
struct AssessmentInput {
  domain::TenantId tenant;
  domain::AssessmentCommand command;
  /// Of what ChangeAssessment excludes, one each in its order; the writer seals them.
  std::vector<std::string> justifications{};
  std::string expected_version;
  Caller caller;
};

/// Acknowledges a regression, or mutes it until a moment.
struct RegressionInput {
  domain::TenantId tenant;
  std::string regression;
  std::optional<TimePoint> mute_until;  ///< nothing: acknowledge
  std::string expected_version;
  Caller caller;
};

/// Something for `connect` to do.
struct RequestInput {
  domain::TenantId tenant;
  std::string kind;    ///< poll_now, resync
  std::string source;  ///< empty: every source of the tenant
  Caller caller;
};

struct ConfiguredTenant {
  domain::TenantId tenant;
  domain::TenantConfigured configuration;
  /// Templates that it is assessed by when it is new; empty: those of the catalogue.
  std::vector<std::string> default_templates{};
};

/// The tenants as configured: new ones are registered, changed ones recorded, missing ones retired.
struct ConfigureInput {
  std::vector<ConfiguredTenant> tenants;
  domain::ScoringRules scoring{};
};

/// A catalogue to run; nothing happens when it runs already. Its version must be higher than that
/// of the running one, else kCatalogueVersion.
struct AdoptInput {
  std::shared_ptr<const domain::Catalogue> catalogue;
  std::string canonical;
};

using Input =
    std::variant<SignalsInput, ActionsInput, TestingInput, OrganisationInput, AssessmentInput,
                 RegressionInput, RequestInput, ConfigureInput, AdoptInput>;

/// One outcome per signal; for other inputs exactly one.
using Answer = Result<std::vector<Outcome>>;
/// Called once, when everything that the input caused is durable and published, or when it failed.
/// From the writer's or a store's thread; must not block.
using Done = std::function<void(Answer answer)>;

}  // namespace assayd::daemon
