#include "tests/simulated_gpu/gpu.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

#include "tests/host_cuda/host_cuda.h"

namespace infoplane::simulated_gpu {
namespace {

constexpr int kMaxThreads = 1024;
constexpr int kSharedBytes = 48 << 10;       ///< without being asked for
constexpr int kStaticSharedBytes = 4 << 10;  ///< taken to be every kernel's

}  // namespace

/// Never destroyed: what outlives main() may still give its memory back.
Gpu& gpu() {
  static Gpu* const instance = new Gpu;
  return *instance;
}

std::lock_guard<std::recursive_mutex> locked() {
  return std::lock_guard<std::recursive_mutex>(gpu().mutex);
}

cudaError_t& last_error() {
  thread_local cudaError_t status = cudaSuccess;
  return status;
}

CUstream_st*& capturing() {
  thread_local CUstream_st* stream = nullptr;
  return stream;
}

bool forbidden_now() {
  if (capturing() == nullptr) {
    return false;
  }
  capturing()->capture_failed = true;
  return true;
}

cudaError_t run(CUstream_st& stream, std::uint64_t place) {
  if (stream.done < place) {
    gpu().memory.open();
    while (stream.done < place && !gpu().faulted) {
      const Work work = std::move(stream.pending.front());
      stream.pending.pop_front();
      ++stream.done;
      try {
        work();
      } catch (const std::exception& error) {
        std::fprintf(stderr, "simulated GPU: %s\n", error.what());
        gpu().faulted = true;
      }
    }
    gpu().memory.close();
  }
  return gpu().faulted ? fail(cudaErrorLaunchFailure) : cudaSuccess;
}

bool page_locked(const void* pointer, std::size_t bytes) {
  const auto* at = static_cast<const std::byte*>(pointer);
  auto found = gpu().page_locked.upper_bound(at);
  return found != gpu().page_locked.begin() &&
         at + bytes <= (--found)->first + static_cast<std::ptrdiff_t>(found->second);
}

cudaError_t fail(cudaError_t status) {
  last_error() = status;
  return status;
}

bool on_device(const void* pointer, std::size_t bytes) {
  const auto lock = locked();
  return gpu().memory.holds(pointer, bytes);
}

cudaError_t enqueue(cudaStream_t stream, Work work, double microseconds) {
  const auto lock = locked();
  if (gpu().streams.count(stream) == 0) {
    return fail(cudaErrorInvalidResourceHandle);  // the default stream, too: cuda/ does not use it
  }
  work = [work = std::move(work), microseconds] {
    work();
    gpu().clock_us += microseconds;
  };
  if (stream->captured != nullptr) {
    if (stream->capture_failed) {
      return fail(cudaErrorStreamCaptureInvalidated);
    }
    stream->captured->works.push_back(std::move(work));
    return cudaSuccess;
  }
  stream->pending.push_back(std::move(work));
  ++stream->enqueued;
  return gpu().faulted ? fail(cudaErrorLaunchFailure) : cudaSuccess;
}

cudaError_t launch(const void* kernel, const cudaLaunchConfig_t& config, Work body) {
  const auto lock = locked();
  const dim3 grid = config.gridDim;
  const dim3 block = config.blockDim;
  const std::uint64_t threads = std::uint64_t{block.x} * block.y * block.z;
  const auto asked = gpu().dynamic_shared.find(kernel);
  const int most = asked != gpu().dynamic_shared.end() ? asked->second : kSharedBytes;
  if (threads == 0 || threads > kMaxThreads || grid.x == 0 || grid.x > 0x7FFFFFFFu || grid.y == 0 ||
      grid.y > 65535 || grid.z == 0 || grid.z > 65535 || config.numAttrs != 0) {
    return fail(cudaErrorInvalidConfiguration);
  }
  if (config.dynamicSmemBytes > static_cast<std::size_t>(most)) {
    return fail(cudaErrorInvalidValue);
  }
  // Threads of a block run forward in one kernel, backward in the next: a result that depends on
  // their order shows.
  return enqueue(config.stream, [grid, block, bytes = config.dynamicSmemBytes, body] {
    gpu().backward = !gpu().backward;
    host_cuda::launch(grid, block, bytes,
                      gpu().backward ? host_cuda::Order::kBackward : host_cuda::Order::kForward,
                      body);
  });
}

cudaError_t attributes_of(const void*, cudaFuncAttributes* attributes) {
  *attributes = {};
  attributes->sharedSizeBytes = kStaticSharedBytes;
  attributes->maxThreadsPerBlock = kMaxThreads;
  return cudaSuccess;
}

cudaError_t set_attribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  const auto lock = locked();
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize || value < 0 ||
      value > kSharedBytesOptin - kStaticSharedBytes) {
    return fail(cudaErrorInvalidValue);
  }
  gpu().dynamic_shared[kernel] = value;
  return cudaSuccess;
}

cudaError_t resident_blocks(int* blocks, int threads, std::size_t shared_bytes) {
  constexpr int kMaxThreadsResident = 2048;
  constexpr std::size_t kSharedBytesResident = 228u << 10;
  const std::size_t by_memory = kSharedBytesResident / (shared_bytes + kStaticSharedBytes);
  *blocks = std::min(kMaxThreadsResident / threads, static_cast<int>(by_memory));
  return cudaSuccess;
}

}  // namespace infoplane::simulated_gpu
