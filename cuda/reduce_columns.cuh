#pragma once

// Walks and reductions over the columns of a row-major matrix [R, C]: batch-norm's statistics, the
// gradient of a bias, the class totals of a joint table. Images are channels-last, so [N, C, H, W]
// is such a matrix with R = N H W.

#include <algorithm>
#include <cstdint>

#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// How blocks share out a matrix [R, C]. A block takes `width` neighbouring columns of one chunk of
/// rows, `strips` rows at a time: neighbouring threads read neighbouring addresses, and each thread
/// stays in one column, so that what belongs to the column is loaded once.
///
/// It depends on R and C alone, and so does the order of every sum made with it.
struct ColumnGrid {
  std::int64_t rows;
  std::int64_t columns;
  int width;
  int strips;
  std::int64_t rows_per_chunk;
  unsigned chunks;  ///< blocks along x
  unsigned tiles;   ///< blocks along y
};

inline ColumnGrid column_grid(std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kMostChunks = 1024;
  constexpr std::int64_t kRowsAThread = 8;  // at least, where there are that many
  ColumnGrid grid{};
  grid.rows = rows;
  grid.columns = columns;
  grid.width = static_cast<int>(std::clamp<std::int64_t>(columns, 1, kBlockThreads));
  grid.strips = kBlockThreads / grid.width;
  grid.rows_per_chunk =
      std::max(kRowsAThread * grid.strips, (rows + kMostChunks - 1) / kMostChunks);
  grid.chunks = static_cast<unsigned>(
      std::max<std::int64_t>(1, (rows + grid.rows_per_chunk - 1) / grid.rows_per_chunk));
  grid.tiles =
      static_cast<unsigned>(std::max<std::int64_t>(1, (columns + grid.width - 1) / grid.width));
  return grid;
}

/// The rows of one column that a thread visits: row, row + step, ... below `last`.
struct ColumnWalk {
  std::int64_t column;
  std::int64_t row;
  std::int64_t last;
  int step;
  bool active;  ///< false for threads beyond the last column or strip
};

__device__ inline ColumnWalk column_walk(const ColumnGrid& grid) {
  const int lane = static_cast<int>(threadIdx.x) % grid.width;
  const int strip = static_cast<int>(threadIdx.x) / grid.width;
  const std::int64_t first = blockIdx.x * grid.rows_per_chunk;
  const std::int64_t end = first + grid.rows_per_chunk;
  ColumnWalk walk;
  walk.column = static_cast<std::int64_t>(blockIdx.y) * grid.width + lane;
  walk.row = first + strip;
  walk.last = end < grid.rows ? end : grid.rows;
  walk.step = grid.strips;
  walk.active = strip < grid.strips && walk.column < grid.columns;
  return walk;
}

// Reduces each column of [R, C], one partial value a chunk of rows.
//
// Reducer  Value; Value reduce(const ColumnWalk&) over a thread's rows, maybe none;
//          static Value merge(Value, Value); void store(column, Value), which the second kernel
//          calls
// Grid     (chunks, tiles) of ColumnGrid
// Shared   one Value a thread, 6 KB at most
// Traffic  R C elements once; chunks C Values out
// Why      the columns stay with their threads, so no transpose and no atomics
// Exact    strips, chunks and the trees have one order, given by R and C
template <class Reducer>
__global__ void __launch_bounds__(kBlockThreads)
    reduce_columns_kernel(ColumnGrid grid, Reducer reducer, typename Reducer::Value* partial) {
  __shared__ typename Reducer::Value strips[kBlockThreads];
  const ColumnWalk walk = column_walk(grid);
  if (walk.active) {
    strips[threadIdx.x] = reducer.reduce(walk);
  }
  __syncthreads();
  if (walk.active && static_cast<int>(threadIdx.x) < grid.width) {
    typename Reducer::Value value = strips[threadIdx.x];
    for (int strip = 1; strip < grid.strips; ++strip) {
      value = Reducer::merge(value, strips[strip * grid.width + static_cast<int>(threadIdx.x)]);
    }
    partial[blockIdx.x * grid.columns + walk.column] = value;
  }
}

/// Columns that a block of finish_columns_kernel finishes, 32 threads each.
constexpr int kFinishLanes = 32;
constexpr int kFinishColumns = kBlockThreads / kFinishLanes;

/// Merges the chunks of each column and stores the result: lane k takes chunks k, k + 32, ..., then
/// a tree of halves. One block for every kFinishColumns columns.
template <class Reducer>
__global__ void __launch_bounds__(kBlockThreads)
    finish_columns_kernel(ColumnGrid grid, Reducer reducer,
                          const typename Reducer::Value* partial) {
  __shared__ typename Reducer::Value lanes[kBlockThreads];
  const unsigned lane = threadIdx.x % kFinishLanes;
  const std::int64_t column =
      static_cast<std::int64_t>(blockIdx.x) * kFinishColumns + threadIdx.x / kFinishLanes;
  typename Reducer::Value value{};
  if (column < grid.columns) {
    for (unsigned chunk = lane; chunk < grid.chunks; chunk += kFinishLanes) {
      value = Reducer::merge(value, partial[chunk * grid.columns + column]);
    }
  }
  lanes[threadIdx.x] = value;
  for (unsigned half = kFinishLanes / 2; half > 0; half /= 2) {
    __syncthreads();
    if (lane < half) {
      lanes[threadIdx.x] = Reducer::merge(lanes[threadIdx.x], lanes[threadIdx.x + half]);
    }
  }
  if (lane == 0 && column < grid.columns) {
    reducer.store(column, lanes[threadIdx.x]);
  }
}

}  // namespace infoplane::cuda
