#pragma once

#include "core/counting.h"

namespace infoplane::cuda {

/// Reads one row of logits for core/counting.h's row_softmax.
struct LogitRow {
  const float* z;

  INFOPLANE_HD float operator()(int c) const { return z[c]; }
};

}  // namespace infoplane::cuda
