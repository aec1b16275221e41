#pragma once

// Launches kernels that take their rows through RowTiles.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "cuda/check.h"
#include "cuda/launch.cuh"
#include "cuda/row_tiles.cuh"

namespace infoplane::cuda {

inline int device_attribute(cudaDeviceAttr attribute) {
  int device = 0;
  int value = 0;
  INFOPLANE_CUDA_CHECK(cudaGetDevice(&device));
  INFOPLANE_CUDA_CHECK(cudaDeviceGetAttribute(&value, attribute, device));
  return value;
}

/// Whether tiles of these arrays may come by bulk copies.
template <class Label>
bool bulk_copies_work(const float* logits, const Label* labels) {
  const auto aligned = [](const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer) % kBulkAlignment == 0;
  };
  return device_attribute(cudaDevAttrComputeCapabilityMajor) >= 9 && aligned(logits) &&
         aligned(labels);
}

/// Dynamic shared memory that a block of the kernel may have.
template <class Kernel>
std::int64_t dynamic_shared_bytes(Kernel kernel) {
  cudaFuncAttributes attributes;
  INFOPLANE_CUDA_CHECK(cudaFuncGetAttributes(&attributes, kernel));
  return device_attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin) -
         static_cast<std::int64_t>(attributes.sharedSizeBytes);
}

/// As many blocks as the GPU holds at a time, but not more than there are tiles.
template <class Kernel, class... Arguments>
void launch_tiles(Context& ctx, const char* name, Kernel kernel, int threads,
                  std::int64_t shared_bytes, std::int64_t tiles, const Arguments&... arguments) {
  INFOPLANE_CUDA_CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                            static_cast<int>(shared_bytes)));
  int resident = 0;
  INFOPLANE_CUDA_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(
      &resident, kernel, threads, static_cast<std::size_t>(shared_bytes)));
  const std::int64_t most =
      std::int64_t{resident} * device_attribute(cudaDevAttrMultiProcessorCount);
  const std::int64_t blocks = std::clamp<std::int64_t>(tiles, 1, std::max<std::int64_t>(most, 1));
  launch(ctx, name, kernel,
         {static_cast<unsigned>(blocks), static_cast<unsigned>(threads),
          static_cast<std::size_t>(shared_bytes)},
         arguments...);
}

}  // namespace infoplane::cuda
