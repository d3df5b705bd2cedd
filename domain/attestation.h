#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "domain/event.h"
#include "domain/status.h"

/// What a provider proves of its own actions. Without proof such an action counts as documented, or
/// not at all: as it is configured (architecture.md, Verdicts).
namespace assayd::domain {

/// A document in which an auditor confirms what the provider does.
struct Attestation {
  std::string title;
  std::string auditor;
  std::string document;  ///< where it is to be had; may be empty
  TimePoint from;        ///< the period that was audited
  TimePoint until;
  std::optional<TimePoint> expires_at;  ///< from then on it proves nothing
  std::vector<std::string> templates;   ///< ids, sorted: what it is about; empty for all
  bool operator==(const Attestation&) const = default;
};

struct AttestationRecorded {
  static constexpr EventType kType = EventType::kAttestationRecorded;
  std::string attestation;           ///< id
  std::optional<Attestation> after;  ///< nothing: taken back
};

/// Its time is over.
struct AttestationExpired {
  static constexpr EventType kType = EventType::kAttestationExpired;
  std::string attestation;
};

struct ProviderConfigured {
  static constexpr EventType kType = EventType::kProviderConfigured;
  ProviderMode mode = ProviderMode::kCounted;
};

struct RecordedAttestation {
  std::optional<Attestation> attestation;  ///< nothing: taken back
  TimePoint changed;
  bool expired = false;
};

/// What is recorded of a tenant's provider.
struct Provider {
  ProviderMode mode = ProviderMode::kCounted;
  TimePoint mode_changed;
  std::map<std::string, RecordedAttestation, std::less<>> attestations;  ///< by id

  /// Null for what is not there.
  [[nodiscard]] const RecordedAttestation* Find(std::string_view attestation) const;
  /// When the next one expires that has not; with its id.
  [[nodiscard]] std::optional<std::pair<TimePoint, std::string>> NextExpiry() const;
};

}  // namespace assayd::domain
