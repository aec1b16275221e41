#include "analysis/rank_correlation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "core/error.h"

namespace infoplane {
namespace {

void require_pairs(std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size()) {
    throw ShapeError("rank correlation: " + std::to_string(x.size()) + " values against " +
                     std::to_string(y.size()) + "; give pairs");
  }
}

int sign(double difference) { return (difference > 0.0) - (difference < 0.0); }

bool has_nan(std::span<const double> values) {
  return std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

constexpr double kNoRank = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::vector<double> average_ranks(std::span<const double> values) {
  std::vector<double> ranks;
  for (const double value : values) {
    const auto below =
        std::count_if(values.begin(), values.end(), [&](double other) { return other < value; });
    const auto equal = std::count(values.begin(), values.end(), value);
    ranks.push_back(static_cast<double>(below) + 0.5 * static_cast<double>(equal + 1));
  }
  return ranks;
}

double kendall_tau_b(std::span<const double> x, std::span<const double> y) {
  require_pairs(x, y);
  if (has_nan(x) || has_nan(y)) {
    return kNoRank;
  }
  std::int64_t difference = 0;
  std::int64_t untied_x = 0;
  std::int64_t untied_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const int in_x = sign(x[i] - x[j]);
      const int in_y = sign(y[i] - y[j]);
      difference += in_x * in_y;
      untied_x += in_x * in_x;
      untied_y += in_y * in_y;
    }
  }
  return static_cast<double>(difference) /
         std::sqrt(static_cast<double>(untied_x) * static_cast<double>(untied_y));
}

double spearman_rho(std::span<const double> x, std::span<const double> y) {
  require_pairs(x, y);
  if (has_nan(x) || has_nan(y)) {
    return kNoRank;
  }
  const std::vector<double> a = average_ranks(x);
  const std::vector<double> b = average_ranks(y);
  const double mean = 0.5 * (static_cast<double>(x.size()) + 1.0);
  double ab = 0.0;
  double aa = 0.0;
  double bb = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean) * (b[i] - mean);
    aa += (a[i] - mean) * (a[i] - mean);
    bb += (b[i] - mean) * (b[i] - mean);
  }
  return ab / std::sqrt(aa * bb);
}

}  // namespace infoplane
