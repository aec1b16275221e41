#include "core/hashed_counts.h"

#include <string>

#include "core/error.h"

namespace infoplane {

int most_hashed_bins(int classes) {
  // binom(C + b, b) = binom(C + b - 1, b - 1) (C + b) / b, divided first: a remainder stays small.
  constexpr int kMostBins = 256;
  WideRank symbols = 1;
  for (int b = 1; b <= kMostBins; ++b) {
    const auto factor = static_cast<WideRank>(classes) + static_cast<WideRank>(b);
    const auto divisor = static_cast<WideRank>(b);
    WideRank next = 0;
    if (__builtin_mul_overflow(symbols / divisor, factor, &next) ||
        __builtin_add_overflow(next, symbols % divisor * factor / divisor, &next)) {
      return b - 1;
    }
    symbols = next;
  }
  return kMostBins;
}

std::vector<WideRank> rank_steps(int classes, int bins) {
  const int most = most_hashed_bins(classes);
  if (bins > most) {
    throw UsageError("joint counts: the symbols of " + std::to_string(bins) + " bins at " +
                     std::to_string(classes) + " classes need more than 128 bits; use at most " +
                     std::to_string(most) + " bins");
  }
  // Pascal's rule: binom(s + i, i) = binom(s + i - 1, i - 1) + binom(s - 1 + i, i).
  const auto width = static_cast<std::size_t>(bins) + 1;
  std::vector<WideRank> steps((static_cast<std::size_t>(classes) + 1) * width, 1);
  for (std::size_t i = 1; i <= static_cast<std::size_t>(classes); ++i) {
    for (std::size_t s = 1; s < width; ++s) {
      steps[i * width + s] = steps[(i - 1) * width + s] + steps[i * width + s - 1];
    }
  }
  return steps;
}

}  // namespace infoplane
