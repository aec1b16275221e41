#pragma once

#include <string>

#include "core/context.h"

namespace infoplane::bench {

/// What memory gives, measured and not looked up.
struct Bandwidth {
  double bytes_per_second = 0.0;  ///< of the fastest repeat
  std::string kind;               ///< "read", or "copy": bytes read and written
};

/// On the host: `threads` threads sum an array of four times the last-level cache, within 64 and
/// 512 MiB, so that it is memory that is measured. On another device: its own copy of 256 MiB,
/// eight times between two waits, beside which a launch takes no time.
Bandwidth measure_bandwidth(Context& ctx, int threads);

}  // namespace infoplane::bench
