#pragma once

// Runs CUDA kernels on the host, so that the .cuh files of cuda/ are tested, under AddressSanitizer
// and UBSan, on a machine with no GPU. Include this first, then a .cuh.
//
// Each thread of a block is a fiber; blocks run one after the other. __syncthreads() switches to
// the next fiber, so a barrier that some thread does not reach is found and reported. Shared memory
// is static memory. Only what cuda/ uses is here: no warp primitives, no dynamic shared memory.

#include <cmath>
#include <cstdint>
#include <functional>

#define __global__ inline
#define __device__
#define __shared__ static
#define __launch_bounds__(...)

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};

extern dim3 gridDim, blockDim, blockIdx, threadIdx;

void __syncthreads();

template <class T>
T atomicAdd(T* address, T value) {
  const T before = *address;
  *address = before + value;
  return before;
}

template <class T>
T atomicCAS(T* address, T expected, T desired) {
  const T before = *address;
  *address = before == expected ? desired : before;
  return before;
}

template <class T>
T atomicMin(T* address, T value) {
  const T before = *address;
  *address = value < before ? value : before;
  return before;
}

template <class T>
T atomicExch(T* address, T value) {
  const T before = *address;
  *address = value;
  return before;
}

/// Nothing to do: fibers change only at barriers.
inline void __threadfence() {}

namespace infoplane::host_cuda {

/// In which order the threads of a block run between two barriers. A kernel whose result depends
/// on it has a race.
enum class Order { kForward, kBackward };

/// Runs `kernel` for every thread of grid and block. Throws std::logic_error when some threads of a
/// block wait at a barrier that others have passed by or returned before.
void launch(dim3 grid, dim3 block, Order order, const std::function<void()>& kernel);

}  // namespace infoplane::host_cuda
