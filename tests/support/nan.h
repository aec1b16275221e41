#pragma once

#include <limits>

namespace infoplane::test {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace infoplane::test
