#pragma once

#include <cuda_runtime_api.h>

#include <functional>
#include <memory>

#include "core/context.h"

namespace infoplane::cuda {

/// What `work` enqueues on `stream`, as a graph that a replay launches there. Backend::record says
/// what `work` may do. Throws NotRecorded with the reason; the stream is then as it was.
std::unique_ptr<Recording> record_graph(cudaStream_t stream, const std::function<void()>& work);

}  // namespace infoplane::cuda
