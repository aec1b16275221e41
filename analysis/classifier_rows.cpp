#include "analysis/classifier_rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/counting.h"

namespace infoplane {
namespace {

/// -ln p in the units, and with the cap, of row_loss_fixed.
std::uint64_t loss_fixed_of(float p) {
  constexpr double kCap = 16384.0;
  const double nats = p > 0.0f ? std::min(kCap, -std::log(static_cast<double>(p))) : kCap;
  return static_cast<std::uint64_t>(nats / loss_nats(1) + 0.5);
}

}  // namespace

bool are_probabilities(std::span<const float> values) {
  double sum = 0.0;
  for (const float p : values) {
    if (!(p >= 0.0f && p <= 1.0f)) {
      return false;
    }
    sum += static_cast<double>(p);
  }
  return std::abs(sum - 1.0) <= kProbabilitySumTolerance;
}

ClassifierRows::ClassifierRows(int classes, RowKind kind)
    : kind_(kind),
      probabilities_(static_cast<std::size_t>(classes)),
      rows_(static_cast<std::size_t>(classes)),
      correct_(static_cast<std::size_t>(classes)) {}

std::span<const float> ClassifierRows::take(const float* values, std::int32_t label) {
  const bool good = kind_ == RowKind::kProbabilities ? take_probabilities(values, label)
                                                     : take_logits(values, label);
  return good ? std::span<const float>(probabilities_) : std::span<const float>();
}

bool ClassifierRows::take_logits(const float* values, std::int32_t label) {
  const RowSoftmax row = row_softmax(classes(), [values](int c) { return values[c]; });
  bad_values_ += row.valid ? 0 : 1;
  bad_labels_ += row.valid && !is_class(label) ? 1 : 0;
  if (!row.valid || !is_class(label)) {
    return false;
  }
  std::transform(values, values + classes(), probabilities_.begin(),
                 [&row](float logit) { return row_probability(row, logit); });
  add_loss(loss_.data(), row_loss_fixed(row, values[label]));
  tally(label, row.argmax);
  return true;
}

bool ClassifierRows::take_probabilities(const float* values, std::int32_t label) {
  const bool valid = are_probabilities({values, probabilities_.size()});
  bad_values_ += valid ? 0 : 1;
  bad_labels_ += valid && !is_class(label) ? 1 : 0;
  if (!valid || !is_class(label)) {
    return false;
  }
  std::copy_n(values, classes(), probabilities_.begin());
  add_loss(loss_.data(), loss_fixed_of(values[label]));
  tally(label, static_cast<int>(std::max_element(values, values + classes()) - values));
  return true;
}

void ClassifierRows::tally(std::int32_t label, int predicted) {
  const auto y = static_cast<std::size_t>(label);
  ++rows_[y];
  correct_[y] += predicted == label ? 1 : 0;
}

void ClassifierRows::finish(Information& information) const {
  information.bad_logits = bad_values_;
  information.bad_labels = bad_labels_;
  information.rejected = bad_values_ + bad_labels_;
  const auto share = [](std::int64_t part, std::int64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);  // of nothing not a number
  };
  const std::int64_t rows = std::accumulate(rows_.begin(), rows_.end(), std::int64_t{0});
  const std::int64_t correct = std::accumulate(correct_.begin(), correct_.end(), std::int64_t{0});
  information.accuracy = share(correct, rows);
  information.loss_nats = tallied_loss_nats(loss_.data()) / static_cast<double>(rows);
  for (std::size_t c = 0; c < rows_.size(); ++c) {
    if (information.per_class[c].n > 0) {  // of a class that was not counted nothing is known
      information.per_class[c].accuracy = share(correct_[c], rows_[c]);
    }
  }
}

}  // namespace infoplane
