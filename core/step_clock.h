#pragma once

#include <cstdint>

#include "core/hd.h"

namespace infoplane {

/// What changes from one training step to the next, kept on the device so that the steps can be one
/// recording: ops read it there, each step moves it on, and the host sets it once an epoch.
struct StepClock {
  std::int64_t row = 0;     ///< of the epoch's order, with which the pass under way begins
  std::uint64_t pass = 0;   ///< forward and backward passes behind us: they number dropout's masks
  std::int64_t update = 1;  ///< the optimizer's step under way, from 1
  float lr = 0.0f;
};

/// The clock after a pass over `rows` rows, behind which the optimizer made `updates` steps.
INFOPLANE_HD StepClock advanced(StepClock clock, std::int64_t rows, std::int64_t updates) {
  clock.row += rows;
  clock.pass += 1;
  clock.update += updates;
  return clock;
}

}  // namespace infoplane
