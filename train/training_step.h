#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/step_clock.h"
#include "core/tensor.h"
#include "nn/network.h"
#include "nn/optimizer.h"
#include "train/batch_plans.h"
#include "train/device_data.h"
#include "train/step_recorder.h"

namespace infoplane {

struct StepOptions {
  std::int64_t batch = 128;  ///< rows of a step, at most
  std::int64_t chunk = 128;  ///< rows of a pass; a larger step accumulates several
  std::uint64_t seed = 0;    ///< of dropout's masks
  bool cuda_graphs = true;   ///< record a step that has been seen, and replay it
};

/// The optimizer step of one network on one split: gather, forward, loss, backward for each of its
/// passes, then the update, all enqueued on the context's device. Rows, masks and learning rate are
/// found there, by the order and the clock, so that steps of as many rows are one and the same
/// work, which can be recorded.
class TrainingStep {
 public:
  /// All three outlive the step. The order is that of the split, the clock's zero.
  TrainingStep(Context& ctx, Network& network, Optimizer& optimizer, const DeviceSplit& split,
               const StepOptions& options);
  TrainingStep(const TrainingStep&) = delete;  // its recordings know where it is
  TrainingStep& operator=(const TrainingStep&) = delete;

  /// Plans the passes that a step over `rows` rows takes; run() then allocates nothing.
  void plan_for(std::int64_t rows);

  /// Which row of the split comes when: all their numbers, in any order.
  void set_order(const std::vector<std::int32_t>& order);
  /// Where in that order, and in training, the next step is.
  void set_clock(const StepClock& clock);

  /// Enqueues so many steps, each over the next `rows` rows of the order, and moves the clock on.
  void run(std::int64_t rows, std::int64_t count);

  /// Forward and backward passes of a step over `rows` rows.
  std::int64_t passes(std::int64_t rows) const { return (rows + chunk_ - 1) / chunk_; }
  /// StepRecorder's two.
  std::int64_t most_at_once() const { return recorder_.most_at_once(); }
  const std::string& not_recorded() const { return recorder_.failure(); }

  /// The rows' losses in nats, added up since it was set last, 0 at first.
  double loss_sum_sync() const { return loss_sum_.to_host_sync()[0]; }
  void set_loss_sum(double sum) { loss_sum_.copy_from_host({sum}); }

 private:
  void enqueue(std::int64_t rows);

  Context& ctx_;
  Network& network_;
  Optimizer& optimizer_;
  const DeviceSplit& split_;
  std::int64_t chunk_;
  std::uint64_t seed_;
  BatchPlans plans_;
  Tensor<std::int32_t> order_;
  Tensor<std::int32_t> labels_;  ///< of a pass
  Tensor<double> loss_sum_;
  Tensor<StepClock> clock_;
  StepRecorder recorder_;  ///< goes first: it uses the memory of all others
};

}  // namespace infoplane
