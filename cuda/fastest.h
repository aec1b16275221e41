#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "cuda/handles.h"
#include "cuda/plan_cache.h"

namespace infoplane::cuda {

/// Number of one of the alternatives, given by their names: the one that the cache has for the
/// plan, else the fastest on the stream, which the cache then keeps; 0 when all fail.
///
/// enqueue(i) enqueues one and says whether it could. Each is called once, to warm up, once more
/// and then, unless that took four times as long as the best so far, in three rounds, of which the
/// fastest counts. Waits for them, and for what was enqueued before.
std::size_t choose_fastest(cudaStream_t stream, PlanCache& cache, const std::string& plan,
                           const std::vector<std::string>& names,
                           const std::function<bool(std::size_t)>& enqueue);

/// Memory for what is only timed; null where there is not enough.
DeviceMemory try_allocate(std::size_t bytes);

}  // namespace infoplane::cuda
