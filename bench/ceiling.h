#pragma once

#include "core/context.h"

namespace infoplane::bench {

/// Floating-point operations a second of a large matrix product, the fastest repeat: what the
/// device's library reaches when nothing is in its way. On the host each of `threads` threads has
/// at least 1024 rows, and all as many.
double measure_ceiling(Context& ctx, int threads, int repeats);

}  // namespace infoplane::bench
