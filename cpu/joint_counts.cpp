#include "cpu/joint_counts.h"

#include <omp.h>

#include <algorithm>

#include "cpu/onednn.h"
#include "cpu/row_cells.h"

namespace infoplane::cpu {
namespace {

constexpr std::int64_t kRunRows = 1024;  // the cells of a run stay in the first-level cache
constexpr std::int64_t kRowsWorthAThread = 2048;
constexpr std::int64_t kRoundRows = std::int64_t{1} << 19;  // of all threads, between two waits

/// Scratch memory of all threads: one array a purpose, a padded row of it a thread.
class Workspace {
 public:
  Workspace(Context& ctx, int classes, std::int64_t rows, int threads)
      : tile_rows_(padded((std::min(rows, kRoundRows) + threads - 1) / threads, kRunRows)),
        threads_(threads),
        tally_stride_(padded(kTallyCorrect + classes, 8)),
        block_stride_(padded(find_cells_scratch(classes), 16)),
        length_stride_(padded(threads, 8)) {
    const std::int64_t lists = threads > 1 ? tile_rows_ * threads * threads : 0;
    const std::int64_t bytes =
        threads * (8 * (tally_stride_ + length_stride_) + 4 * block_stride_) + 4 * lists;
    tallies_ = static_cast<std::uint64_t*>(ctx.scratch(static_cast<std::size_t>(bytes)));
    lengths_ = reinterpret_cast<std::int64_t*>(tallies_ + tally_stride_ * threads);
    blocks_ = reinterpret_cast<float*>(lengths_ + length_stride_ * threads);
    lists_ = reinterpret_cast<std::uint32_t*>(blocks_ + block_stride_ * threads);
    std::fill_n(tallies_, tally_stride_ * threads, 0);
  }

  /// Rows that a thread turns into cells before all threads count them.
  std::int64_t tile_rows() const { return tile_rows_; }

  std::uint64_t* tallies(int thread) const { return tallies_ + thread * tally_stride_; }
  float* block(int thread) const { return blocks_ + thread * block_stride_; }
  /// Lengths [threads] of the lists that `thread` fills, one for each owner.
  std::int64_t* lengths(int thread) const { return lengths_ + thread * length_stride_; }
  std::uint32_t* list(int thread, int owner) const {
    return lists_ + (static_cast<std::int64_t>(thread) * threads_ + owner) * tile_rows_;
  }

 private:
  static std::int64_t padded(std::int64_t count, std::int64_t to) {
    return (count + to - 1) / to * to;
  }

  std::int64_t tile_rows_;
  int threads_;
  std::int64_t tally_stride_;
  std::int64_t block_stride_;
  std::int64_t length_stride_;
  std::uint64_t* tallies_ = nullptr;
  std::int64_t* lengths_ = nullptr;
  float* blocks_ = nullptr;
  std::uint32_t* lists_ = nullptr;
};

/// Which thread counts a cell: cache lines of the table, spread by a multiplicative hash.
inline int owner_of(std::uint32_t cell, int threads) {
  const std::uint32_t hash = (cell >> 4) * 2654435769u;
  return static_cast<int>((std::uint64_t{hash} * static_cast<std::uint64_t>(threads)) >> 32);
}

void distribute(const std::uint32_t* cells, std::int64_t rows, int thread, int threads,
                const Workspace& space) {
  std::int64_t* lengths = space.lengths(thread);
  for (std::int64_t r = 0; r < rows; ++r) {
    if (cells[r] != kNoCell) {
      const int owner = owner_of(cells[r], threads);
      space.list(thread, owner)[lengths[owner]++] = cells[r];
    }
  }
}

void count(const std::uint32_t* cells, std::int64_t rows, std::uint32_t* counts) {
  for (std::int64_t r = 0; r < rows; ++r) {
    if (cells[r] != kNoCell) {
      ++counts[cells[r]];
    }
  }
}

}  // namespace

// Two phases a round, so that counting needs no atomics: every thread finds the cells of its own
// rows and sorts them by owner, then every owner counts its own cells. A count is a sum of ones,
// whoever adds them in whatever order. Rounds are long, because threads that wait for each other
// on a busy machine wait for its scheduler.
void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 const JointCountsView& table) {
  const FindCells find_cells = choose_find_cells();
  const std::int64_t rows = labels.size();
  const int wanted =
      static_cast<int>(std::clamp<std::int64_t>(rows / kRowsWorthAThread, 1, host(ctx).threads()));
  const Workspace space(ctx, table.classes, rows, wanted);

#pragma omp parallel num_threads(wanted)
  {
    const int thread = omp_get_thread_num();
    const int threads = omp_get_num_threads();
    alignas(64) std::uint32_t cells[kRunRows];
    const std::int64_t round = space.tile_rows() * threads;
    for (std::int64_t begin = 0; begin < rows; begin += round) {
      const std::int64_t first = std::min(rows, begin + space.tile_rows() * thread);
      const std::int64_t last = std::min(rows, first + space.tile_rows());
      std::fill_n(space.lengths(thread), threads, 0);
      for (std::int64_t r = first; r < last; r += kRunRows) {
        const std::int64_t run = std::min(kRunRows, last - r);
        find_cells(table, logits.data() + r * table.classes, labels.data() + r, run, cells,
                   space.tallies(thread), space.block(thread));
        if (threads == 1) {
          count(cells, run, table.counts);
        } else {
          distribute(cells, run, thread, threads, space);
        }
      }
      if (threads > 1) {
#pragma omp barrier
        for (int from = 0; from < threads; ++from) {
          count(space.list(from, thread), space.lengths(from)[thread], table.counts);
        }
        if (begin + round < rows) {
#pragma omp barrier
        }
      }
    }
  }
  for (int thread = 0; thread < wanted; ++thread) {
    for (int i = 0; i < kTallyCorrect + table.classes; ++i) {
      table.tallies[i] += space.tallies(thread)[i];
    }
  }
}

}  // namespace infoplane::cpu
