#pragma once

#include <cstdint>
#include <vector>

#include "core/joint_counts.h"

namespace infoplane::host_cuda {

/// A table's tallies with the loss as it is after one add_loss: how a sum lies in its two words
/// depends on what was added together before.
inline std::vector<std::uint64_t> canonical(std::vector<std::uint64_t> tallies) {
  tallies[kTallyLossHigh] += tallies[kTallyLossLow] >> 32;
  tallies[kTallyLossLow] &= 0xFFFFFFFFu;
  return tallies;
}

}  // namespace infoplane::host_cuda
