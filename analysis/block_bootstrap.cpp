#include "analysis/block_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "analysis/interval.h"
#include "core/error.h"
#include "core/permute.h"

namespace infoplane {

std::vector<std::size_t> resample_blocks(std::size_t rows, std::size_t block, std::uint64_t seed,
                                         std::uint32_t repeat) {
  if (block < 1 || block > rows) {
    throw UsageError("block bootstrap: blocks of " + std::to_string(block) + " of " +
                     std::to_string(rows) + " rows");
  }
  const RandomStream random{seed, kNullStream, repeat};
  std::vector<std::size_t> sample;
  sample.reserve(rows);
  for (std::uint64_t draw = 0; sample.size() < rows; ++draw) {
    const std::size_t start = draw_place(random, draw, rows);
    for (std::size_t i = 0; i < block && sample.size() < rows; ++i) {
      sample.push_back((start + i) % rows);
    }
  }
  return sample;
}

std::size_t block_size(std::size_t rows) { return std::max<std::size_t>(1, rows / 20); }

ResampledInterval interval_of(std::span<const double> values) {
  std::vector<double> sorted;
  std::copy_if(values.begin(), values.end(), std::back_inserter(sorted),
               [](double value) { return std::isfinite(value); });
  if (sorted.empty()) {
    constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
    return {kUnknown, kUnknown};
  }
  std::sort(sorted.begin(), sorted.end());
  return {quantile(sorted, 0.025), quantile(sorted, 0.975)};
}

}  // namespace infoplane
