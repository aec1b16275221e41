#pragma once

// What the simulated GPU is made of. For the calls of cudart.cpp alone; its libraries use
// runtime.h.

#include <cuda_runtime_api.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "tests/simulated_gpu/memory.h"
#include "tests/simulated_gpu/runtime.h"

// What CUDA's handles point to.
struct CUgraph_st {
  std::vector<infoplane::simulated_gpu::Work> works;
};

struct CUgraphExec_st {
  std::shared_ptr<const std::vector<infoplane::simulated_gpu::Work>> works;
};

struct CUstream_st {
  std::deque<infoplane::simulated_gpu::Work> pending;
  std::uint64_t enqueued = 0;
  std::uint64_t done = 0;
  std::unique_ptr<CUgraph_st> captured;  ///< while it captures
  bool capture_failed = false;
};

struct CUevent_st {
  CUstream_st* stream = nullptr;  ///< where it was recorded last
  std::uint64_t place = 0;        ///< done when so many works of the stream are
  bool captured = false;
  bool timed = true;
  std::shared_ptr<double> microseconds;  ///< when it was reached; NaN until then
};

namespace infoplane::simulated_gpu {

constexpr int kMultiprocessors = 2;
constexpr int kSharedBytesOptin = 227 << 10;  ///< that a block may ask for, as Hopper has it

struct Gpu {
  std::recursive_mutex mutex;  // calls come one at a time
  DeviceMemory memory;
  std::set<CUstream_st*> streams;
  std::map<const std::byte*, std::size_t> page_locked;
  std::map<const void*, int> dynamic_shared;  // that kernels were given leave for
  double clock_us = 0.0;
  bool backward = false;
  bool faulted = false;
};

Gpu& gpu();

/// Calls come one at a time.
std::lock_guard<std::recursive_mutex> locked();

/// The last error of the calling thread, which reading may clear.
cudaError_t& last_error();
/// The stream that captures in the calling thread; null if none does.
CUstream_st*& capturing();

/// Whether a stream of this thread captures: what CUDA forbids meanwhile then ends the capture.
bool forbidden_now();

/// Whether all of the bytes lie in one piece of page-locked memory.
bool page_locked(const void* pointer, std::size_t bytes);

/// Runs what is enqueued up to `place`. A kernel that fails takes the GPU with it, as on a real
/// one.
cudaError_t run(CUstream_st& stream, std::uint64_t place);

}  // namespace infoplane::simulated_gpu
