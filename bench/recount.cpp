#include "bench/recount.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>
#include <vector>

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
  Recount result;
  std::map<std::vector<int>, std::map<std::int32_t, std::uint64_t>> counts;
  for (std::int64_t i = 0; i < rows; ++i) {
    std::vector<int> tuple;
    bool near = false;
    for (const double p : softmax(logits.values.data() + i * classes, classes)) {
      tuple.push_back(bin_of(p, bins));
      near = near || near_edge(p, bins);
    }
    ++counts[tuple][logits.labels[static_cast<std::size_t>(i)]];
    result.near_edges += near ? 1 : 0;
  }
  std::uint64_t symbol = 0;
  for (const auto& [tuple, labels] : counts) {
    for (const auto& [label, count] : labels) {
      result.cells.push_back({symbol, label, count});
    }
    ++symbol;
  }
  return result;
}

std::uint64_t cell_distance(const std::vector<JointCell>& a, const std::vector<JointCell>& b) {
  std::map<std::int32_t, std::pair<std::vector<std::uint64_t>, std::vector<std::uint64_t>>> counts;
  for (const JointCell& cell : a) {
    counts[cell.label].first.push_back(cell.count);
  }
  for (const JointCell& cell : b) {
    counts[cell.label].second.push_back(cell.count);
  }
  std::uint64_t distance = 0;
  for (auto& [label, both] : counts) {
    auto& [mine, other] = both;
    const std::size_t size = std::max(mine.size(), other.size());
    mine.resize(size);
    other.resize(size);
    std::sort(mine.begin(), mine.end(), std::greater<>());
    std::sort(other.begin(), other.end(), std::greater<>());
    for (std::size_t i = 0; i < size; ++i) {
      distance += std::max(mine[i], other[i]) - std::min(mine[i], other[i]);
    }
  }
  return distance;
}

}  // namespace infoplane::bench
