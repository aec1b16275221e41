#pragma once

#include "core/step_clock.h"
#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// Moves the clock on: one thread, in a kernel of its own behind all that reads it.
__global__ void __launch_bounds__(1)
    advance_kernel(std::int64_t rows, std::int64_t updates, StepClock* clock) {
  *clock = advanced(*clock, rows, updates);
}

}  // namespace infoplane::cuda
