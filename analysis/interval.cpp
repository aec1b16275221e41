#include "analysis/interval.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/error.h"

namespace infoplane {

double student_t_975(int degrees) {
  if (degrees < 1) {
    throw UsageError("student_t_975: no degree of freedom; give at least two values");
  }
  // The published table for few degrees; the expansion around the normal quantile for many.
  constexpr std::array<double, 15> kFew = {12.7062, 4.3027, 3.1824, 2.7764, 2.5706,
                                           2.4469,  2.3646, 2.3060, 2.2622, 2.2281,
                                           2.2010,  2.1788, 2.1604, 2.1448, 2.1314};
  if (degrees <= static_cast<int>(kFew.size())) {
    return kFew[static_cast<std::size_t>(degrees) - 1];
  }
  constexpr double z = 1.9599639845400545;
  const double n = degrees;
  const double z2 = z * z;
  return z + z * (z2 + 1.0) / (4.0 * n) + z * (5.0 * z2 * z2 + 16.0 * z2 + 3.0) / (96.0 * n * n) +
         z * (3.0 * z2 * z2 * z2 + 19.0 * z2 * z2 + 17.0 * z2 - 15.0) / (384.0 * n * n * n);
}

MeanInterval mean_interval(std::span<const double> values) {
  if (values.empty()) {
    throw UsageError("mean_interval: there are no values");
  }
  MeanInterval result;
  result.repeats = static_cast<int>(values.size());
  for (const double value : values) {
    result.mean += value / result.repeats;
  }
  if (result.repeats == 1) {
    result.half_width = std::numeric_limits<double>::quiet_NaN();
    return result;
  }
  double squares = 0.0;
  for (const double value : values) {
    squares += (value - result.mean) * (value - result.mean);
  }
  const double deviation = std::sqrt(squares / (result.repeats - 1));
  result.half_width = student_t_975(result.repeats - 1) * deviation / std::sqrt(result.repeats);
  return result;
}

double quantile(std::span<const double> sorted, double part) {
  const double place = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

}  // namespace infoplane
