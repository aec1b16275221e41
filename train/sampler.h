#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/information.h"
#include "analysis/readings.h"
#include "nn/network.h"
#include "ops/joint_counts.h"
#include "train/device_data.h"
#include "train/evaluation.h"
#include "train/layer_sampler.h"

namespace infoplane {

/// One point of a run's path on the information plane.
struct Sample {
  std::int64_t step = 0;
  double epoch = 0.0;  ///< step over steps an epoch
  std::string split;   ///< "validation" or "train"
  Information information;
  std::vector<LayerSample> layers;  ///< the hidden ones, when they are sampled
  std::vector<Reading> readings;    ///< when they are taken
};

/// Samples the information plane of a network's output over whole splits.
///
/// A sample is enqueued like a training step: forward passes in evaluation mode, the fused count
/// after each, the entropies into a row of a trace on the device. `read_sync` brings the rows to
/// the host, once an epoch. Readings are taken by the host: with them, each sample waits.
class Sampler {
 public:
  /// Room for `capacity` samples between two reads; splits of at most `most_rows` rows.
  Sampler(Context& ctx, Network& network, int bins, const SamplePlan& plan, std::int64_t capacity,
          std::int64_t most_rows);

  /// Plans the batches of the first `rows` rows of a split. Before the first sample of it.
  void plan_for(std::int64_t rows) { passes_.plan_for(rows); }

  /// Enqueues one sample of the first `rows` rows of `split`; the name and position come back with
  /// it. Throws Error when there is no room left.
  void sample(const DeviceSplit& split, std::int64_t rows, const std::string& name,
              std::int64_t step, double epoch);

  /// Waits for the samples enqueued since the last read and returns them in order.
  std::vector<Sample> read_sync();

 private:
  Context& ctx_;
  Evaluation passes_;
  ops::JointCounts counts_;
  Tensor<double> trace_;  ///< [capacity, information_row_size(C)]
  std::optional<LayerSampler> layers_;
  std::optional<ReadingTaker> readings_;
  std::vector<Sample> pending_;
  std::vector<std::int64_t> given_;  ///< rows of each of them
};

}  // namespace infoplane
