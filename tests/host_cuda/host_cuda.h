#pragma once

// Runs CUDA kernels on the host, so that the .cuh files of cuda/ are tested, under AddressSanitizer
// and UBSan, on a machine with no GPU. Include this first, then a .cuh.
//
// The threads of a block run on fibers; blocks run one after the other. A barrier switches to the
// next thread, so one that some thread does not reach is found and reported, and so is a wait for
// something that never comes. Shared memory is static memory, dynamic shared memory is filled with
// a pattern before each block. Only what cuda/ uses is here; of warp primitives, those of whole
// warps.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#if __has_include(<cuda_runtime_api.h>)  // as for the simulated GPU, which takes CUDA's own types
#include <cuda_runtime_api.h>
#undef __global__
#undef __device__
#undef __shared__
#undef __launch_bounds__
#else
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};
struct float2 {
  float x, y;
};
struct float4 {
  float x, y, z, w;
};
#endif

#define __global__ inline
#define __device__
#define __shared__ static
#define __launch_bounds__(...)

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

// Threads change only at barriers: any load and any store is atomic.
constexpr int __NV_ATOMIC_ACQUIRE = 2;
constexpr int __NV_ATOMIC_RELEASE = 3;
constexpr int __NV_THREAD_SCOPE_DEVICE = 2;
template <class T>
T __nv_atomic_load_n(const T* address, int /*order*/, int /*scope*/) {
  return *address;
}
template <class T>
void __nv_atomic_store_n(T* address, T value, int /*order*/, int /*scope*/) {
  *address = value;
}

/// Lets the other threads run: what a loop that waits for one of them must call.
void __nanosleep(unsigned);

// Of a whole warp, at which its threads meet: `mask` must name all 32.
void __syncwarp(unsigned mask = 0xFFFFFFFFu);
unsigned __ballot_sync(unsigned mask, int predicate);

inline int __ffs(int value) { return __builtin_ffs(value); }
inline int __clz(int value) {
  return value == 0 ? 32 : __builtin_clz(static_cast<unsigned>(value));
}

/// The block's dynamic shared memory, as cuda/grid.cuh has it.
std::byte* dynamic_shared_memory();

namespace infoplane::host_cuda {

/// In which order the threads of a block run between two barriers. A kernel whose result depends
/// on it has a race.
enum class Order { kForward, kBackward };

/// Runs `kernel` for every thread of grid and block. Throws std::logic_error when some threads of a
/// block or warp wait at a barrier that others have passed by or returned before, or for what no
/// thread does.
void launch(dim3 grid, dim3 block, Order order, const std::function<void()>& kernel);
/// With dynamic shared memory, of exactly so many bytes.
void launch(dim3 grid, dim3 block, std::size_t shared_bytes, Order order,
            const std::function<void()>& kernel);

/// `bits` of the calling thread to its warp; returns those of thread `lane` of it.
std::uint64_t exchange_in_warp(unsigned mask, std::uint64_t bits, int lane);
/// The calling thread's number in its warp.
int lane();

}  // namespace infoplane::host_cuda

template <class T>
T __shfl_sync(unsigned mask, T value, int lane) {
  static_assert(sizeof(T) <= sizeof(std::uint64_t));
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = infoplane::host_cuda::exchange_in_warp(mask, bits, lane & 31);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// Of the thread `delta` further on; a thread's own where there is none.
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta) {
  const int from = infoplane::host_cuda::lane() + static_cast<int>(delta);
  return __shfl_sync(mask, value, from < 32 ? from : infoplane::host_cuda::lane());
}
