#pragma once

// Included before every source of cuda/ that is compiled for the simulated GPU: the kernels'
// language (tests/host_cuda), and those calls of the CUDA runtime that are templates.

#include "tests/host_cuda/host_cuda.h"
#include "tests/simulated_gpu/runtime.h"

template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
  return infoplane::simulated_gpu::launch(
      reinterpret_cast<const void*>(kernel), *config,
      [kernel, ... copies = Parameters(arguments)] { kernel(copies...); });
}

template <class... Parameters>
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, void (*kernel)(Parameters...)) {
  return infoplane::simulated_gpu::attributes_of(reinterpret_cast<const void*>(kernel), attributes);
}

template <class... Parameters>
cudaError_t cudaFuncSetAttribute(void (*kernel)(Parameters...), cudaFuncAttribute attribute,
                                 int value) {
  return infoplane::simulated_gpu::set_attribute(reinterpret_cast<const void*>(kernel), attribute,
                                                 value);
}

template <class... Parameters>
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void (*)(Parameters...),
                                                          int threads, std::size_t shared_bytes) {
  return infoplane::simulated_gpu::resident_blocks(blocks, threads, shared_bytes);
}
