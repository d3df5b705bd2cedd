#include "domain/points.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace assayd::domain {
namespace {

__extension__ using Wide = __int128;

/// numerator / denominator rounded half away from zero; denominator positive.
Wide DivideHalfUp(Wide numerator, Wide denominator) {
  const Wide half = denominator / 2;
  return numerator >= 0 ? (numerator + half) / denominator : -((-numerator + half) / denominator);
}

std::string TrimZeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

MicroPoints PartialPoints(MicroPoints max, std::uint64_t covered, std::uint64_t total) {
  if (total == 0) return 0;
  if (covered >= total) return max;
  return static_cast<MicroPoints>(
      DivideHalfUp(static_cast<Wide>(max) * static_cast<Wide>(covered), static_cast<Wide>(total)));
}

std::string FormatPoints(MicroPoints points) {
  const bool negative = points < 0;
  const auto magnitude =
      negative ? 0 - static_cast<std::uint64_t>(points) : static_cast<std::uint64_t>(points);
  return TrimZeros(fmt::format("{}{}.{:06}", negative ? "-" : "", magnitude / kMicrosPerPoint,
                               magnitude % kMicrosPerPoint));
}

double Ratio(MicroPoints points, MicroPoints max, int decimals) {
  ASSAYD_ASSERT(max > 0 && decimals >= 0 && decimals <= 9);
  std::int64_t scale = 1;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  // Both are exact below 2^53, so that the quotient is the nearest double of the decimal.
  return static_cast<double>(DivideHalfUp(static_cast<Wide>(points) * scale, max)) /
         static_cast<double>(scale);
}

}  // namespace assayd::domain
