#pragma once

// What this does is documented in ops/step_clock.h.

#include <cstdint>

#include "core/context.h"
#include "core/step_clock.h"
#include "core/view.h"

namespace infoplane::cuda {

void advance(Context& ctx, View<StepClock> clock, std::int64_t rows, std::int64_t updates);

}  // namespace infoplane::cuda
