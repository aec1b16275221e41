#pragma once

// Launches the kernels of reduce_columns.cuh for any reducer.

#include "cuda/launch.cuh"
#include "cuda/reduce_columns.cuh"

namespace infoplane::cuda {

/// Reduces every column and calls reducer.store(column, value) for each. Partial values go to the
/// front of `partial`, which holds partial_bytes<Reducer>(grid).
template <class Reducer>
void reduce_columns(Context& ctx, const ColumnGrid& grid, const Reducer& reducer, void* partial) {
  auto* values = static_cast<typename Reducer::Value*>(partial);
  const dim3 blocks(grid.chunks, grid.tiles);
  launch(ctx, "reduce_columns_kernel", reduce_columns_kernel<Reducer>, {blocks}, grid, reducer,
         values);
  const auto groups = static_cast<unsigned>((grid.columns + kFinishColumns - 1) / kFinishColumns);
  launch(ctx, "finish_columns_kernel", finish_columns_kernel<Reducer>, {groups}, grid, reducer,
         values);
}

template <class Reducer>
std::size_t partial_bytes(const ColumnGrid& grid) {
  return grid.chunks * static_cast<std::size_t>(grid.columns) * sizeof(typename Reducer::Value);
}

}  // namespace infoplane::cuda
