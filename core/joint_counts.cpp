#include "core/joint_counts.h"

#include <string>

#include "core/error.h"

namespace infoplane {

std::uint64_t binomial_capped(std::uint64_t n, std::uint64_t k, std::uint64_t limit) {
  if (k > n) {
    return 0;
  }
  if (k > n - k) {
    k = n - k;
  }
  unsigned __int128 value = 1;
  for (std::uint64_t i = 1; i <= k; ++i) {
    value = value * (n - k + i) / i;  // exact: a product of i consecutive integers over i!
    if (value > limit) {
      return limit + 1;
    }
  }
  return static_cast<std::uint64_t>(value);
}

namespace {

bool fits(int classes, int bins) {
  const auto c = static_cast<std::uint64_t>(classes);
  const std::uint64_t limit = kDenseCells / c;
  return binomial_capped(static_cast<std::uint64_t>(bins) + c, c, limit) <= limit;
}

}  // namespace

bool dense_fits(int classes, int bins) {
  if (classes < 2) {
    throw UsageError("joint counts: " + std::to_string(classes) +
                     " classes, at least 2 are needed");
  }
  if (bins < 2 || bins > 256) {
    throw UsageError("joint counts: " + std::to_string(bins) + " bins, 2 to 256 can be counted");
  }
  return fits(classes, bins);
}

std::int64_t dense_symbols(int classes, int bins) {
  if (!dense_fits(classes, bins)) {
    int largest = bins;
    while (largest >= 2 && !fits(classes, largest)) {
      --largest;
    }
    throw UsageError("joint counts: " + std::to_string(bins) + " bins at " +
                     std::to_string(classes) + " classes need more than " +
                     std::to_string(kDenseCells) + " cells; " +
                     (largest >= 2 ? "use at most " + std::to_string(largest) + " bins"
                                   : "no number of bins fits a dense table"));
  }
  const auto c = static_cast<std::uint64_t>(classes);
  return static_cast<std::int64_t>(
      binomial_capped(static_cast<std::uint64_t>(bins) + c, c, kDenseCells));
}

}  // namespace infoplane
