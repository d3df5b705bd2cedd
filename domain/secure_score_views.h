#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "domain/points.h"
#include "domain/workflow.h"

/// Secure Score with what people recorded of it (domain-model b.8; vectors SS-01 to SS-16). The
/// points that Microsoft counted stay what they are; these are views on them.
namespace assayd::domain {

/// One control of Secure Score on one day.
struct ControlStanding {
  std::string control;
  MicroPoints points = 0;  ///< as Microsoft counted
  MicroPoints max_points = 0;
  WorkStatus status = WorkStatus::kToAddress;
  std::optional<bool> licensed{};  ///< nothing: not known
};

/// The controls of a snapshot whose maximum its profiles tell, with the points as they stand there:
/// `count` and `total` are never divided (SS-12, SS-13). Both documents in canonical form.
std::vector<ControlStanding> ReadStandings(const Json& snapshot, const Json& profiles);

/// What others have on average; nothing where the service says -1 (SS-15).
struct Comparison {
  std::string basis;
  std::optional<MicroPoints> points;
};
std::vector<Comparison> ReadComparisons(const Json& snapshot);

/// With a third party or another mitigation the whole, else what was counted: a risk that is
/// accepted keeps what it earned (D-11).
MicroPoints CreditedPoints(const ControlStanding& standing);

/// to_address … completed: the last where what was counted reaches the maximum.
std::string_view StatusTextOf(const ControlStanding& standing);

struct SecureScoreViews {
  MicroPoints max_points = 0;
  MicroPoints current = 0;
  MicroPoints planned = 0;     ///< if what is planned were done
  MicroPoints achievable = 0;  ///< if everything were done but what is not licensed or accepted
  /// Maximum of what is licensed; nothing while the licences are not known.
  std::optional<MicroPoints> current_licence;
};
SecureScoreViews ViewsOf(std::span<const ControlStanding> standings);

/// What of a change is the tenant's doing, and what Microsoft's list of controls did (SS-16).
struct ControlsChange {
  MicroPoints achieved = 0;
  MicroPoints regressed = 0;                  ///< as a positive number
  std::vector<std::string> new_controls;      ///< by name
  std::vector<std::string> removed_controls;  ///< by name
  MicroPoints points_before = 0;
  MicroPoints max_before = 0;
  MicroPoints points_between = 0;  ///< the list of today with the points of then
  MicroPoints max_between = 0;
  MicroPoints points_after = 0;
  MicroPoints max_after = 0;
};
ControlsChange ChangeOf(std::span<const ControlStanding> before,
                        std::span<const ControlStanding> after);

/// What is worth doing first: points that are left × cost × impact × own risk, each a weight in
/// hundredths. No formula of Microsoft's is published; this one is shown with its numbers.
struct Rank {
  MicroPoints points_left = 0;
  std::uint32_t cost = 75;    ///< low 100, moderate 75, high 50, not known 75
  std::uint32_t impact = 75;  ///< on users, the same
  std::uint32_t risk = 100;   ///< low 75, none or medium 100, high 150, critical 200
  [[nodiscard]] MicroPoints value() const;
};
/// `cost` and `impact` as profiles spell them, whatever the case.
Rank RankOf(MicroPoints points_left, std::string_view cost, std::string_view impact, OwnRisk risk);

}  // namespace assayd::domain
