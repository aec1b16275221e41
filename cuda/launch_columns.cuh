#pragma once

// Launches the kernels of reduce_columns.cuh for any reducer. A template, so it cannot lie in a
// .cu; it is for them alone, having launch syntax.

#include "cuda/cuda_backend.h"
#include "cuda/reduce_columns.cuh"

namespace infoplane::cuda {

/// Reduces every column and calls reducer.store(column, value) for each. Partial values go to the
/// front of `partial`, which holds partial_bytes<Reducer>(grid).
template <class Reducer>
void reduce_columns(Context& ctx, const ColumnGrid& grid, const Reducer& reducer, void* partial) {
  auto* values = static_cast<typename Reducer::Value*>(partial);
  const dim3 blocks(grid.chunks, grid.tiles);
  reduce_columns_kernel<<<blocks, kBlockThreads, 0, gpu(ctx).stream()>>>(grid, reducer, values);
  gpu(ctx).check_launch("reduce_columns_kernel");
  const auto groups = static_cast<unsigned>((grid.columns + kFinishColumns - 1) / kFinishColumns);
  finish_columns_kernel<<<groups, kBlockThreads, 0, gpu(ctx).stream()>>>(grid, reducer, values);
  gpu(ctx).check_launch("finish_columns_kernel");
}

template <class Reducer>
std::size_t partial_bytes(const ColumnGrid& grid) {
  return grid.chunks * static_cast<std::size_t>(grid.columns) * sizeof(typename Reducer::Value);
}

}  // namespace infoplane::cuda
