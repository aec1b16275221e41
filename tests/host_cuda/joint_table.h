#pragma once

// A dense joint table in host memory, and what it must be: the rows counted one after the other by
// the scalar arithmetic of core/.

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/joint_counts.h"

namespace infoplane::host_cuda {

inline double binomial(int n, int k) {
  double value = 1.0;
  for (int i = 1; i <= k; ++i) {
    value = value * (n - k + i) / i;
  }
  return std::round(value);
}

/// A joint table with what an op needs beside it.
struct JointTable {
  JointTable(int classes, int bins)
      : counts(static_cast<std::size_t>(binomial(bins + classes, classes)) *
               static_cast<std::size_t>(classes)),
        tallies(static_cast<std::size_t>(kTallyCorrect + classes)) {
    for (int i = 0; i < classes; ++i) {
      for (int sum = 0; sum <= bins; ++sum) {
        ranks.push_back(static_cast<std::uint32_t>(binomial(sum + i, i + 1)));
      }
    }
    view = {classes,       bins,           static_cast<std::int64_t>(counts.size()) / classes,
            counts.data(), tallies.data(), ranks.data()};
  }
  JointTable(const JointTable&) = delete;

  std::vector<std::uint32_t> counts;
  std::vector<std::uint64_t> tallies;
  std::vector<std::uint32_t> ranks;
  JointCountsView view;
};

/// One row after the other.
template <class Label>
void count_one_by_one(JointTable& table, const std::vector<float>& logits,
                      const std::vector<Label>& labels) {
  const int classes = table.view.classes;
  for (std::size_t n = 0; n < labels.size(); ++n) {
    const float* z = logits.data() + n * static_cast<std::size_t>(classes);
    const RowSoftmax softmax = row_softmax(classes, [z](int c) { return z[c]; });
    const auto label = static_cast<int>(labels[n]);
    if (!softmax.valid || label < 0 || label >= classes) {
      ++table.tallies[softmax.valid ? kTallyBadLabels : kTallyBadLogits];
      continue;
    }
    SymbolRank symbol(table.ranks.data(), table.view.bins);
    for (int c = 0; c < classes; ++c) {
      symbol.push(bin_index(row_probability(softmax, z[c]), table.view.bins));
    }
    ++table.counts[std::size_t{symbol.rank()} * static_cast<std::size_t>(classes) +
                   static_cast<std::size_t>(label)];
    add_loss(table.tallies.data(), row_loss_fixed(softmax, z[label]));
    table.tallies[static_cast<std::size_t>(kTallyCorrect + label)] += softmax.argmax == label;
  }
}

}  // namespace infoplane::host_cuda
