#include "report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace infoplane::draw {
namespace {

double multiple_at_or_below(double value, double step) { return std::floor(value / step + 1e-9); }

/// How many multiples of `step` lie in [low, high].
double count(double low, double high, double step) {
  return multiple_at_or_below(high, step) + multiple_at_or_below(-low, step) + 1.0;
}

/// The finest of 1, 2, 5 times a power of ten with at most `most` multiples in [low, high], or that
/// before it, if it has fewer than two.
double finest_step(double low, double high, int most) {
  double power = std::pow(10.0, std::floor(std::log10((high - low) / most)));
  for (double finer = power;; power *= 10.0) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double step = factor * power;
      const double multiples = count(low, high, step);
      if (multiples <= most) {
        return multiples < 2.0 ? finer : step;
      }
      finer = step;
    }
  }
}

}  // namespace

std::string short_number(double value) {
  for (const auto& [unit, letter] : {std::pair(1e12, 'T'), {1e9, 'G'}, {1e6, 'M'}, {1e3, 'k'}}) {
    if (std::abs(value) >= unit && std::abs(value) < 1e15) {
      return fmt::format("{:g}{}", value / unit, letter);
    }
  }
  return fmt::format("{:g}", value);
}

std::vector<Tick> nice_ticks(double low, double high, int most) {
  const double step = finest_step(low, high, most);
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  const auto first = static_cast<std::int64_t>(-multiple_at_or_below(-low, step));
  const auto last = static_cast<std::int64_t>(multiple_at_or_below(high, step));
  const bool is_wide = decimals > 4 || std::max(std::abs(low), std::abs(high)) >= 1e5;
  std::vector<Tick> ticks;
  for (std::int64_t i = first; i <= last; ++i) {
    const double value = static_cast<double>(i) * step;
    ticks.push_back(
        {value, is_wide ? short_number(value) : fmt::format("{:.{}f}", value, decimals)});
  }
  return ticks;
}

}  // namespace infoplane::draw
