#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.h"

namespace assayd::domain {

/// The directory id of a Microsoft 365 organisation, which is what the log and Kafka keys hold; an
/// alias is only a label. The nil id is the stream of events that belong to no tenant ("_system").
struct TenantId {
  Uuid uuid;

  static TenantId System() { return {}; }
  /// A directory id, or "_system".
  static std::optional<TenantId> Parse(std::string_view text);

  [[nodiscard]] bool IsSystem() const { return uuid.IsNil(); }
  [[nodiscard]] std::string ToString() const;
  auto operator<=>(const TenantId&) const = default;
};

/// Names of actions, assessments, templates, controls, settings: 1–200 characters of
/// [A-Za-z0-9._:/-]. Everything that becomes a metric label or a path is checked with this.
bool IsName(std::string_view text);

}  // namespace assayd::domain

template <>
struct std::hash<assayd::domain::TenantId> {
  std::size_t operator()(const assayd::domain::TenantId& id) const noexcept {
    return std::hash<assayd::Uuid>{}(id.uuid);
  }
};
