#pragma once

#include <algorithm>
#include <cstdint>

#include "core/context.h"
#include "core/view.h"

namespace infoplane::cpu {

/// How sums over the rows of a matrix [rows, channels] are taken: in blocks of rows whose size
/// depends on the shape alone, summed by whichever thread, then combined in order in double. So a
/// sum has the same bits for any number of threads.
///
/// Few channels would leave vector lanes idle, so several rows are taken as one wide row, which is
/// the same memory: ten channels become 25 rows side by side, folded together at the end.
struct ChannelBlocks {
  std::int64_t rows, channels;
  std::int64_t width;       ///< of a wide row, in elements; a multiple of channels
  std::int64_t block_rows;  ///< rows of every block but the last
  std::int64_t count;       ///< blocks

  ChannelBlocks(std::int64_t rows_, std::int64_t channels_)
      : rows(rows_),
        channels(channels_),
        width(channels_ * std::max<std::int64_t>(1, kWidth / channels_)),
        block_rows(width / channels_ * std::max<std::int64_t>(1, kBlockElements / width)),
        count((rows_ + block_rows - 1) / block_rows) {}

  std::int64_t block_size() const { return block_rows * channels; }
  /// Where block b begins, and its rows and elements.
  std::int64_t first(std::int64_t b) const { return b * block_size(); }
  std::int64_t rows_of(std::int64_t b) const { return std::min(block_rows, rows - b * block_rows); }
  std::int64_t size_of(std::int64_t b) const { return rows_of(b) * channels; }

  static constexpr std::int64_t kWidth = 256;            // hides the latency of adding
  static constexpr std::int64_t kBlockElements = 16384;  // 64 KiB: a second pass finds it in L2
};

/// sums [width] = sums over the wide rows of x (n elements, the last row perhaps cut short).
void sum_wide_rows(const float* x, std::int64_t n, std::int64_t width, float* sums);

/// Folds a wide row into its first `channels` elements.
void fold_wide_row(float* sums, std::int64_t width, std::int64_t channels);

/// sums [channels] += the column sums of x, taken as [rows, channels]. Nothing, if sums is empty:
/// what a bias has for its gradient.
void add_channel_sums(Context& ctx, View<const float> x, View<float> sums);

}  // namespace infoplane::cpu
