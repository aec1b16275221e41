#include "cuda/launch.cuh"
#include "cuda/step_clock.cuh"
#include "cuda/step_clock.h"

namespace infoplane::cuda {

void advance(Context& ctx, View<StepClock> clock, std::int64_t rows, std::int64_t updates) {
  launch(ctx, "advance_kernel", advance_kernel, {1, 1}, rows, updates, clock.data());
}

}  // namespace infoplane::cuda
