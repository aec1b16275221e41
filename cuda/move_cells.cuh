#pragma once

#include "core/hashed_counts.h"
#include "cuda/grid.cuh"
#include "cuda/hashed_counts.cuh"

namespace infoplane::cuda {

/// Adds the cells of one table to another: a thread an entry, in strides.
__global__ void __launch_bounds__(kBlockThreads)
    move_cells_kernel(HashedCountsView from, HashedCountsView to) {
  for (std::int64_t i = grid_thread(); i < from.capacity; i += grid_threads()) {
    const HashedEntry entry = from.entries[i];
    if (entry.owner != kEmptyEntry) {
      add_to_cell<DeviceAtomics>(to, entry.symbol, entry.owner, entry.count);
    }
  }
}

}  // namespace infoplane::cuda
