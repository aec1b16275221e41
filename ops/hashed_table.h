#pragma once

#include <cstdint>
#include <vector>

#include "core/context.h"
#include "core/hashed_counts.h"
#include "core/joint_counts.h"
#include "core/tensor.h"

namespace infoplane::ops {

/// Owns a hashed joint table (core/hashed_counts.h) on a device, and makes it larger before it can
/// fill up: every row adds one cell at most, so the host knows without asking the device.
///
/// Memory   32 bytes an entry, two to four entries a row; while it grows, half as much again.
class HashedTable {
 public:
  /// `steps` are rank_steps(C, B) where symbols are ranks, and none where they are numbers that
  /// somebody else finds.
  HashedTable(Context& ctx, int classes, int bins, const std::vector<WideRank>& steps);

  /// Forgets all counts; keeps the memory.
  void clear();

  /// Makes room for `rows` rows more. Throws DeviceError when there is no memory for them; the
  /// counts so far are still there.
  void reserve(Context& ctx, std::int64_t rows);

  /// Notes that `rows` rows, for which there is room, go to view().
  void take(std::int64_t rows) { rows_ += rows; }

  /// Rows taken since the table was empty, rejected ones included.
  std::int64_t rows() const { return rows_; }
  const HashedCountsView& view() const { return view_; }

  /// Cells ordered by symbol, then label; symbols numbered in the order of their ranks. Waits.
  std::vector<JointCell> cells_to_host_sync() const;

 private:
  Tensor<HashedEntry> entries_;
  Tensor<std::uint64_t> tallies_;
  Tensor<WideRank> steps_;
  HashedCountsView view_;
  std::int64_t rows_ = 0;
};

}  // namespace infoplane::ops
