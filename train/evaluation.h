#pragma once

#include <algorithm>
#include <cstdint>

#include "core/tensor.h"
#include "nn/network.h"
#include "train/batch_plans.h"
#include "train/device_data.h"

namespace infoplane {

/// Passes of a network in evaluation mode over the first rows of a split, batch by batch, in the
/// order of the split. Batches are of as many images as the device wants, and at least a few, but
/// no more than two of the largest activations of fit a gigabyte.
class Evaluation {
 public:
  /// Splits of at most `most_rows` rows.
  Evaluation(Context& ctx, Network& network, std::int64_t most_rows);

  /// Plans the batches of `rows` rows; going through them then allocates nothing.
  void plan_for(std::int64_t rows);

  /// Images of every batch but the last.
  std::int64_t batch() const { return batch_; }

  /// Calls `run(plan, labels)` for each batch of the first `rows` rows; its images are in
  /// plan.input(), its labels [batch] on the device. `run` enqueues plan.forward().
  template <class Run>
  void for_each_batch(const DeviceSplit& split, std::int64_t rows, const Run& run) {
    for (std::int64_t first = 0; first < rows; first += batch_) {
      const std::int64_t batch = std::min(batch_, rows - first);
      NetworkPlan& plan = plans_.of(batch);
      const View<std::int32_t> labels = labels_.view().rows(0, batch);
      split.gather(ctx_, every_index_.view().rows(first, batch), plan.input(), labels);
      run(plan, View<const std::int32_t>(labels));
    }
  }

 private:
  Context& ctx_;
  BatchPlans plans_;
  std::int64_t batch_;
  Tensor<std::int32_t> every_index_;  ///< 0, 1, 2, ...
  Tensor<std::int32_t> labels_;       ///< of one batch
};

}  // namespace infoplane
