#include "analysis/joint_estimates.h"

#include <algorithm>
#include <numbers>

namespace infoplane {
namespace {

double distinct(const CountOfCounts& counts) {
  double sum = 0.0;
  for (const auto& entry : counts) {
    sum += static_cast<double>(entry.second);
  }
  return sum;
}

}  // namespace

std::int64_t JointHistograms::rows() const {
  std::uint64_t sum = 0;
  for (const auto& [count, symbols] : t) {
    sum += count * symbols;
  }
  return static_cast<std::int64_t>(sum);
}

JointHistograms joint_histograms(std::span<const JointCell> cells, double t_alphabet,
                                 double y_alphabet) {
  JointHistograms result{{}, {}, {}, t_alphabet, y_alphabet};
  std::map<std::int32_t, std::uint64_t> label_rows;
  std::uint64_t symbol_rows = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    ++result.ty[cells[i].count];
    label_rows[cells[i].label] += cells[i].count;
    symbol_rows += cells[i].count;
    if (i + 1 == cells.size() || cells[i + 1].symbol != cells[i].symbol) {
      ++result.t[symbol_rows];
      symbol_rows = 0;
    }
  }
  for (const auto& entry : label_rows) {
    ++result.y[entry.second];
  }
  return result;
}

JointEstimate estimate(Estimator estimator, const JointHistograms& histograms) {
  // Probabilities on the edges of bins give a few symbols more than the alphabet counts.
  const double t_alphabet = std::max(histograms.t_alphabet, distinct(histograms.t));
  const double ty_alphabet = t_alphabet * histograms.y_alphabet;
  const bool is_shrunk = estimator == Estimator::kJamesStein && !histograms.ty.empty();
  const double lambda = is_shrunk ? shrinkage(histograms.ty, ty_alphabet) : 0.0;
  const auto bits = [&](const CountOfCounts& counts, double alphabet) {
    const double nats = is_shrunk ? shrunk_entropy_nats(counts, alphabet, lambda)
                                  : entropy_nats(estimator, counts, alphabet);
    return nats / std::numbers::ln2;
  };
  return {bits(histograms.t, t_alphabet), bits(histograms.y, histograms.y_alphabet),
          bits(histograms.ty, ty_alphabet)};
}

Reliability reliability(const JointHistograms& histograms) {
  const double rows = static_cast<double>(histograms.rows());
  if (rows == 0.0) {
    return {};
  }
  const auto once = histograms.t.find(1);
  const double singletons = once == histograms.t.end() ? 0.0 : static_cast<double>(once->second);
  const double excess =
      distinct(histograms.ty) - distinct(histograms.t) - distinct(histograms.y) + 1.0;
  return {1.0 - singletons / rows, excess / (2.0 * rows * std::numbers::ln2)};
}

}  // namespace infoplane
