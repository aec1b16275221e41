#pragma once

#include <span>
#include <vector>

namespace infoplane {

/// The centred moving mean over `window` values, an odd number. Near both ends the window shrinks
/// symmetrically, so the first and the last value stay as they are. Values that are not finite are
/// left out of their neighbours' means and stay as they are. Throws UsageError for a window that is
/// even or not positive.
std::vector<double> moving_mean(std::span<const double> values, int window);

}  // namespace infoplane
