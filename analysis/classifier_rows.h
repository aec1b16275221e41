#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/conventions.h"
#include "core/joint_counts.h"

namespace infoplane {

/// Whether every value lies in [0, 1], which a NaN does not, and their sum is about one.
bool are_probabilities(std::span<const float> values);

/// The rows of a classifier's output, one by one: their probabilities, and the tallies that do not
/// depend on bins.
class ClassifierRows {
 public:
  /// `kind` is kLogits or kProbabilities.
  ClassifierRows(int classes, RowKind kind);

  int classes() const { return static_cast<int>(probabilities_.size()); }

  /// The probabilities [C] of a row with its label, until the next call; empty when the row is
  /// rejected. Tallies it either way.
  std::span<const float> take(const float* values, std::int32_t label);

  /// Writes what was tallied into `information`: rejected rows, accuracy, loss.
  void finish(Information& information) const;

 private:
  bool take_logits(const float* values, std::int32_t label);
  bool take_probabilities(const float* values, std::int32_t label);
  bool is_class(std::int32_t label) const { return label >= 0 && label < classes(); }
  void tally(std::int32_t label, int predicted);

  RowKind kind_;
  std::vector<float> probabilities_;
  std::vector<std::int64_t> rows_;     // [C]
  std::vector<std::int64_t> correct_;  // [C]
  std::int64_t bad_values_ = 0;
  std::int64_t bad_labels_ = 0;
  std::array<std::uint64_t, kTallyLossHigh + 1> loss_{};  // for add_loss
};

}  // namespace infoplane
