#pragma once

#include "core/context.h"

namespace infoplane::bench {

/// Floating-point operations a second of a large square matrix product, the fastest repeat: what
/// the device's library reaches when nothing is in its way.
double measure_ceiling(Context& ctx, int repeats);

}  // namespace infoplane::bench
