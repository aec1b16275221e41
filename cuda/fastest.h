#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <functional>
#include <optional>

#include "cuda/handles.h"

namespace infoplane::cuda {

/// Number of the fastest of `count` alternatives on the stream; none when all fail.
/// enqueue(i) enqueues one and says whether it could. Each is called once, to warm up, and then in
/// three rounds, of which the fastest counts. Waits for them, and for what was enqueued before.
std::optional<std::size_t> fastest(cudaStream_t stream, std::size_t count,
                                   const std::function<bool(std::size_t)>& enqueue);

/// Memory for what is only timed; null where there is not enough.
DeviceMemory try_allocate(std::size_t bytes);

}  // namespace infoplane::cuda
