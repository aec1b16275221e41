#pragma once

#include <cstdint>
#include <vector>

#include "core/context.h"
#include "core/joint_counts.h"
#include "core/tensor.h"

namespace infoplane::ops {

/// The dense joint table n(t, y) on a device: counts, tallies and the table of ranks.
///
/// Memory   4 binom(B + C, C) C bytes: 7.4 MB for ten classes and ten bins. On the host again as
///          much for every thread but the first, up to 256 MiB, and a mark for each cache line.
/// Errors   UsageError when C and B do not fit a dense table (core/joint_counts.h).
class JointCounts {
 public:
  JointCounts(Context& ctx, int classes, int bins);

  /// Forgets all counts.
  void clear();

  int classes() const { return view_.classes; }
  int bins() const { return view_.bins; }
  const JointCountsView& view() const { return view_; }

  /// n(t, y), [symbols, C], for tests and for what leaves the device on purpose. Waits.
  std::vector<std::uint32_t> counts_to_host_sync() const { return counts_.to_host_sync(); }

 private:
  Tensor<std::uint32_t> counts_;
  Tensor<std::uint64_t> tallies_;
  Tensor<std::uint32_t> ranks_;
  Tensor<std::uint8_t> touched_;  // these two on the host only
  Tensor<std::uint32_t> copies_;
  JointCountsView view_;
};

/// Softmax, bin, symbol, n(t, y) += 1 in one pass over logits [N, C] with labels [N]; in the same
/// pass the correct rows a class and the summed loss. Adds to the table: batches, in any order and
/// any split, give the same table. A row with a NaN or infinite logit (-inf beside a finite
/// maximum is a zero probability, and counted) or a label outside [0, C) is counted as rejected
/// and nowhere else; a row with both faults once, for its logits.
void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 const JointCountsView& counts);

/// Entropies of the table and all C one-vs-rest planes into `row` [information_row_size(C)], laid
/// out by InformationField. Sums in double, in an order that does not depend on threads or grid.
void information(Context& ctx, const JointCountsView& counts, View<double> row);

}  // namespace infoplane::ops
