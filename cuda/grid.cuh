#pragma once

// What the kernels share: the size of a block, where a thread stands, sums over a block.

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace infoplane::cuda {

/// Threads a block, in every kernel but those that say otherwise.
constexpr int kBlockThreads = 256;
/// Threads a warp, and a mask that names them all.
constexpr int kWarpThreads = 32;
constexpr unsigned kWholeWarp = 0xFFFFFFFFu;

/// Blocks for `items` that threads take in strides: enough to fill any GPU, and no more.
inline unsigned blocks_for(std::int64_t items) {
  constexpr std::int64_t kMost = 4096;
  return static_cast<unsigned>(
      std::clamp<std::int64_t>((items + kBlockThreads - 1) / kBlockThreads, 1, kMost));
}

/// Blocks along y for images taken one a block, in strides where there are more.
inline unsigned blocks_for_images(std::int64_t images) {
  return static_cast<unsigned>(std::clamp<std::int64_t>(images, 1, 65535));
}

/// This thread's number in the grid's x direction, and the number of threads there.
__device__ inline std::int64_t grid_thread() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}
__device__ inline std::int64_t grid_threads() {
  return static_cast<std::int64_t>(gridDim.x) * blockDim.x;
}

#if defined(__CUDACC__)
/// The block's dynamic shared memory, aligned to 16 bytes. The tests' harness has its own.
__device__ inline std::byte* dynamic_shared_memory() {
  extern __shared__ __align__(16) unsigned char memory[];
  return reinterpret_cast<std::byte*>(memory);
}
#endif

/// Sum over a block of kThreads, known to all its threads afterwards. A fixed tree of halves:
/// the order of additions is the same on every run. To be called by all threads of the block.
template <int kThreads = kBlockThreads, class T>
__device__ inline T block_sum(T value) {
  __shared__ T partial[kThreads];
  __syncthreads();  // the previous sum may still be being read
  partial[threadIdx.x] = value;
  for (unsigned half = kThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) {
      partial[threadIdx.x] += partial[threadIdx.x + half];
    }
  }
  __syncthreads();
  return partial[0];
}

/// Adds to a 64-bit word, which CUDA's atomics know as unsigned long long; adding 0 costs nothing.
__device__ inline void add_tally(std::uint64_t* tally, std::uint64_t value) {
  static_assert(sizeof(std::uint64_t) == sizeof(unsigned long long));
  if (value != 0) {
    atomicAdd(reinterpret_cast<unsigned long long*>(tally), static_cast<unsigned long long>(value));
  }
}

}  // namespace infoplane::cuda
