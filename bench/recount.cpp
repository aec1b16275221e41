#include "bench/recount.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/joint_counts.h"

namespace infoplane::bench {
namespace {

std::vector<double> softmax(const float* logits, int classes) {
  const double largest = *std::max_element(logits, logits + classes);
  std::vector<double> p;
  double sum = 0.0;
  for (int c = 0; c < classes; ++c) {
    p.push_back(std::exp(static_cast<double>(logits[c]) - largest));
    sum += p.back();
  }
  for (double& value : p) {
    value /= sum;
  }
  return p;
}

/// How many of the inner edges are at most p.
int bin_of(double p, int bins) {
  int bin = 0;
  while (bin + 1 < bins && p >= static_cast<double>(bin + 1) / bins) {
    ++bin;
  }
  return bin;
}

bool near_edge(double p, int bins) {
  const double k = std::round(p * bins);
  if (k < 1.0 || k > bins - 1.0) {
    return false;
  }
  const double edge = k / bins;
  return std::abs(p - edge) <= 4.0 * std::ldexp(1.0, std::ilogb(edge) - 23);
}

}  // namespace

Recount recount(const Logits& logits, std::int64_t rows, int classes, int bins) {
  constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max() - 1;
  Recount result;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::vector<double> p = softmax(logits.values.data() + i * classes, classes);
    std::uint64_t rank = 0;
    std::uint64_t prefix = 0;
    bool near = false;
    for (int c = 0; c < classes; ++c) {
      const double value = p[static_cast<std::size_t>(c)];
      prefix += static_cast<std::uint64_t>(bin_of(value, bins));
      const auto position = static_cast<std::uint64_t>(c);
      rank += binomial_capped(prefix + position, position + 1, kNoLimit);
      near = near || near_edge(value, bins);
    }
    const auto label = static_cast<std::uint64_t>(logits.labels[static_cast<std::size_t>(i)]);
    ++result.cells[rank * static_cast<std::uint64_t>(classes) + label];
    result.near_edges += near ? 1 : 0;
  }
  return result;
}

}  // namespace infoplane::bench
