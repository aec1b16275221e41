#pragma once

#include <cstdint>

#include "analysis/measurement.h"
#include "core/tensor.h"
#include "ops/joint_counts.h"

namespace infoplane {

/// Measures one point of the information plane from the logits of a data set, or from a hidden
/// layer's activations, batch by batch.
///
/// Owns the joint table and the row of results on ctx's device; `ctx` must outlive it. No device
/// memory is allocated after the first sample, unless a later one has more rows in a hashed table.
class InformationMeter {
 public:
  /// Throws UsageError when C = `classes` and B = `bins` cannot be counted (ops/joint_counts.h).
  InformationMeter(Context& ctx, int classes, int bins);
  /// Of a hidden layer: there is no accuracy and no loss; they are not a number.
  InformationMeter(Context& ctx, int classes, const TupleBins& bins);

  /// Forgets all rows, for the next sample.
  void clear();

  /// Counts logits [N, C], or activations [N, K], with labels [N] (ops/joint_counts.h and
  /// ops/tuple_counts.h say which rows are rejected). Enqueues. Throws ShapeError when the shapes
  /// disagree.
  void add(View<const float> values, View<const std::int32_t> labels);

  /// Entropies of all rows since clear(). Waits for the device.
  Information read_sync();

  /// The same with the counts behind it. Copies the table to the host.
  Measurement measure_sync();

 private:
  Context& ctx_;
  ops::JointCounts counts_;
  Tensor<double> row_;
};

}  // namespace infoplane
