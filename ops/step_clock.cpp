#include "ops/step_clock.h"

#include "cpu/step_clock.h"
#include "cuda/step_clock.h"

namespace infoplane::ops {

void advance(Context& ctx, View<StepClock> clock, std::int64_t rows, std::int64_t updates) {
  require_shape("advance", "clock", clock.shape(), {1});
  switch (ctx.device()) {
    case Device::kCpu: return cpu::advance(ctx, clock, rows, updates);
    case Device::kCuda: return cuda::advance(ctx, clock, rows, updates);
  }
}

}  // namespace infoplane::ops
