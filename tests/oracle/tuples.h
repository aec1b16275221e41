#pragma once

// The symbols of a hidden layer by their definition, as slowly as it reads. Includes nothing of
// core/, so that a mistake there cannot agree with itself here.

#include <cstdint>
#include <vector>

#include "tests/oracle/information.h"

namespace infoplane::oracle {

/// The interval of B of [low, high] that holds a value: -1 for a NaN, and for what is outside
/// unless it is to be clamped.
int interval(float value, double low, double high, int bins, bool clamp);

/// Counts values [N, K] with labels [N]. There is no output, and so nothing correct and no loss.
Result layer(const std::vector<float>& values, const std::vector<std::int32_t>& labels, int units,
             int classes, double low, double high, int bins, bool clamp);

}  // namespace infoplane::oracle
