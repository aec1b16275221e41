#pragma once

#include <cstdint>
#include <string>

#include "core/context.h"

namespace infoplane::bench {

/// What memory gives, measured and not looked up.
struct Bandwidth {
  double bytes_per_second = 0.0;  ///< of the fastest repeat
  std::string kind;               ///< "read", or "copy": bytes read and written
};

/// On the host: `threads` threads sum an array of `bytes`. On another device: its own copy.
/// The array has 64 MiB or more, so that it is memory that is measured and not a cache.
Bandwidth measure_bandwidth(Context& ctx, int threads, std::int64_t bytes, int repeats);

}  // namespace infoplane::bench
