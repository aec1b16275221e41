#pragma once

#include <cstdint>
#include <vector>

#include "analysis/information.h"
#include "core/tensor.h"
#include "nn/network.h"
#include "ops/joint_counts.h"
#include "train/settings.h"

namespace infoplane {

/// A hidden layer of a network: the output of an activation (tanh, ReLU, identity).
struct HiddenLayer {
  std::size_t layer = 0;  ///< its place in the network
  Shape shape;            ///< of one image's output, [1, ...]
  Activation activation = Activation::kIdentity;
};
std::vector<HiddenLayer> hidden_layers(const Network& network);

/// A hidden layer at one sample.
struct LayerSample {
  int layer = 0;  ///< from 1, counting hidden layers
  std::int64_t units = 0;
  ValueRange range;         ///< what was divided into intervals
  Information information;  ///< without accuracy and loss
};

/// Samples the hidden layers of a network, T the tuple of the intervals that a layer's units fall
/// into (ops/tuple_counts.h).
///
/// Like Sampler, which drives it, it enqueues and allocates nothing after its making. A sample
/// whose ranges are not known beforehand is two passes over the split: find_ranges() on all of it,
/// then add().
class LayerSampler {
 public:
  /// Room for `capacity` samples between two reads, of at most `most_rows` rows. Throws DeviceError
  /// where the tuples of so many rows find no memory.
  LayerSampler(Context& ctx, const Network& network, const SamplePlan& plan, std::int64_t capacity,
               std::int64_t most_rows);

  /// Forgets the sample before.
  void clear();

  /// Whether some range is to be found by a first pass.
  bool finds_ranges() const;
  /// For each batch of the first pass: runs the plan, whose input is there.
  void find_ranges(NetworkPlan& plan);
  /// After the first pass.
  void set_ranges();

  /// Counts the output `y` of the network's layer `layer`, if it is a hidden one.
  void add(std::size_t layer, View<const float> y, View<const std::int32_t> labels);

  /// Enqueues the entropies of the sample into row `row` of the trace.
  void finish(std::int64_t row);

  /// Waits for the first `count` samples of the trace; of each, every hidden layer in order.
  std::vector<std::vector<LayerSample>> read_sync(std::int64_t count);

 private:
  struct Hidden {
    std::size_t layer;  ///< its position in the network
    bool finds_range;
    ops::JointCounts counts;
    Tensor<float> range;  ///< [2]
  };

  Context& ctx_;
  std::vector<Hidden> hidden_;
  int classes_;
  Tensor<float> no_range_;  ///< [2], what widening starts from
  Tensor<double> trace_;    ///< [capacity, hidden layers, information_row_size(C)]
  Tensor<float> ranges_;    ///< [capacity, hidden layers, 2]
};

}  // namespace infoplane
