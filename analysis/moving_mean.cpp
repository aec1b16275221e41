#include "analysis/moving_mean.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"

namespace infoplane {

std::vector<double> moving_mean(std::span<const double> values, int window) {
  if (window < 1 || window % 2 == 0) {
    throw UsageError("moving mean: a window of " + std::to_string(window) +
                     " samples; use an odd number of at least 1");
  }
  std::vector<double> means(values.begin(), values.end());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      continue;
    }
    const std::size_t half =
        std::min({static_cast<std::size_t>(window) / 2, i, values.size() - 1 - i});
    double sum = 0.0;
    int count = 0;
    for (std::size_t j = i - half; j <= i + half; ++j) {
      if (std::isfinite(values[j])) {
        sum += values[j];
        ++count;
      }
    }
    means[i] = sum / count;
  }
  return means;
}

}  // namespace infoplane
