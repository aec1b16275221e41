#pragma once

// How every kernel of cuda/ is launched.

#include <cuda_runtime_api.h>

#include <cstddef>
#include <type_traits>

#include "cuda/cuda_backend.h"
#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// Blocks of threads, and the dynamic shared memory of each block.
struct Grid {
  dim3 blocks;
  unsigned threads = kBlockThreads;
  std::size_t shared_bytes = 0;
};

/// Enqueues `kernel` on ctx's stream. Throws DeviceError with `name` when it is refused; a kernel's
/// own faults surface at a later call, unless INFOPLANE_CUDA_SYNC=1 makes this one wait.
template <class... Parameters>
void launch(Context& ctx, const char* name, void (*kernel)(Parameters...), const Grid& grid,
            const std::type_identity_t<Parameters>&... arguments) {
  CudaBackend& backend = gpu(ctx);
  cudaLaunchConfig_t config{};
  config.gridDim = grid.blocks;
  config.blockDim = dim3(grid.threads);
  config.dynamicSmemBytes = grid.shared_bytes;
  config.stream = backend.stream();
  backend.check_launch(cudaLaunchKernelEx(&config, kernel, arguments...), name);
}

}  // namespace infoplane::cuda
