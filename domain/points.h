#pragma once

#include <cstdint>
#include <string>

namespace assayd::domain {

/// Points in millionths: the only form in which points are added, compared and stored.
using MicroPoints = std::int64_t;

inline constexpr MicroPoints kMicrosPerPoint = 1'000'000;

inline constexpr MicroPoints WholePoints(std::int64_t points) { return points * kMicrosPerPoint; }

/// Partial credit: max × covered / total as an exact rational, rounded half up to one millionth,
/// once (D-3; vectors CM-15, SS-01, SS-02). `total` 0 earns nothing; covered over total counts as
/// total.
MicroPoints PartialPoints(MicroPoints max, std::uint64_t covered, std::uint64_t total);

/// "22.5": at most six decimals, none that are zero. For JSON numbers.
std::string FormatPoints(MicroPoints points);

/// The double nearest to points / max as a decimal rounded half up to `decimals` (0 to 9); `max`
/// must be positive. Percent for people is Ratio(100 × points, max, 1).
double Ratio(MicroPoints points, MicroPoints max, int decimals);

}  // namespace assayd::domain
