#include "cuda/cuda_backend.h"
#include "cuda/step_clock.cuh"
#include "cuda/step_clock.h"

namespace infoplane::cuda {

void advance(Context& ctx, View<StepClock> clock, std::int64_t rows, std::int64_t updates) {
  advance_kernel<<<1, 1, 0, gpu(ctx).stream()>>>(rows, updates, clock.data());
  gpu(ctx).check_launch("advance_kernel");
}

}  // namespace infoplane::cuda
