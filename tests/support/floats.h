#pragma once

#include <limits>

/// Floats that tests of numbers try.
namespace infoplane::test {

inline constexpr float kInf = std::numeric_limits<float>::infinity();
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
inline constexpr float kMax = std::numeric_limits<float>::max();

}  // namespace infoplane::test
