#pragma once

#include <cstdint>

#include "core/context.h"
#include "core/step_clock.h"
#include "core/view.h"

namespace infoplane::ops {

/// Moves the clock on past a pass over `rows` rows, behind which the optimizer made `updates` steps
/// (0 or 1). clock [1]. What was enqueued before reads the old time, what comes after the new.
void advance(Context& ctx, View<StepClock> clock, std::int64_t rows, std::int64_t updates);

}  // namespace infoplane::ops
