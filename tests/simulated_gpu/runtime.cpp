#include "tests/simulated_gpu/runtime.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/host_cuda/host_cuda.h"
#include "tests/simulated_gpu/memory.h"

using infoplane::simulated_gpu::Work;

// What CUDA's handles point to.
struct CUgraph_st {
  std::vector<Work> works;
};

struct CUgraphExec_st {
  std::shared_ptr<const std::vector<Work>> works;
};

struct CUstream_st {
  std::deque<Work> pending;
  std::uint64_t enqueued = 0;
  std::uint64_t done = 0;
  std::unique_ptr<CUgraph_st> captured;  ///< while it captures
  bool capture_failed = false;
};

struct CUevent_st {
  CUstream_st* stream = nullptr;  ///< where it was recorded last
  std::uint64_t place = 0;        ///< done when so many works of the stream are
  bool captured = false;
};

namespace infoplane::simulated_gpu {
namespace {

constexpr int kMultiprocessors = 2;
constexpr int kMaxThreads = 1024;
constexpr int kSharedBytes = 48 << 10;        ///< without being asked for
constexpr int kSharedBytesOptin = 227 << 10;  ///< that a block may ask for, as Hopper has it
constexpr int kStaticSharedBytes = 4 << 10;   ///< taken to be every kernel's

struct Gpu {
  std::recursive_mutex mutex;  // calls come one at a time
  DeviceMemory memory;
  std::set<CUstream_st*> streams;
  std::map<const std::byte*, std::size_t> page_locked;
  std::map<const void*, int> dynamic_shared;  // that kernels were given leave for
  bool backward = false;
  bool faulted = false;
};

/// Never destroyed: what outlives main() may still give its memory back.
Gpu& gpu() {
  static Gpu* const instance = new Gpu;
  return *instance;
}

std::lock_guard<std::recursive_mutex> locked() {
  return std::lock_guard<std::recursive_mutex>(gpu().mutex);
}

thread_local cudaError_t last_error = cudaSuccess;
thread_local CUstream_st* capturing = nullptr;  // a stream of this thread

bool hidden() {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  return visible != nullptr && (*visible == '\0' || std::string(visible) == "-1");
}

/// What CUDA forbids while a stream of this thread captures ends the capture.
bool forbidden_now() {
  if (capturing == nullptr) {
    return false;
  }
  capturing->capture_failed = true;
  return true;
}

/// Runs what is enqueued up to `place`. A kernel that fails takes the GPU with it, as a real one
/// does.
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

cudaError_t copy_to_device(void* to, const void* from, std::size_t bytes, cudaStream_t stream) {
  if (page_locked(from, bytes)) {
    return enqueue(stream, [=] { std::memcpy(to, from, bytes); });
  }
  const auto* first = static_cast<const std::byte*>(from);
  return enqueue(stream, [to, copy = std::vector<std::byte>(first, first + bytes)] {
    std::memcpy(to, copy.data(), copy.size());
  });
}

cudaError_t copy_to_host(void* to, const void* from, std::size_t bytes, cudaStream_t stream) {
  const bool waits = !page_locked(to, bytes);
  if (waits && forbidden_now()) {
    return fail(cudaErrorStreamCaptureUnsupported);
  }
  const cudaError_t status = enqueue(stream, [=] { std::memcpy(to, from, bytes); });
  return status == cudaSuccess && waits ? run(*stream, stream->enqueued) : status;
}

}  // namespace

cudaError_t fail(cudaError_t status) {
  last_error = status;
  return status;
}

bool on_device(const void* pointer, std::size_t bytes) {
  const auto lock = locked();
  return gpu().memory.holds(pointer, bytes);
}

cudaError_t enqueue(cudaStream_t stream, Work work) {
  const auto lock = locked();
  if (gpu().streams.count(stream) == 0) {
    return fail(cudaErrorInvalidResourceHandle);  // the default stream, too: cuda/ does not use it
  }
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

using namespace infoplane::simulated_gpu;

// The calls themselves. CUDA's documentation says what each does.
extern "C" {

cudaError_t cudaGetLastError() {
  const cudaError_t status = last_error;
  last_error = cudaSuccess;
  return status;
}

cudaError_t cudaPeekAtLastError() { return last_error; }

const char* cudaGetErrorName(cudaError_t status) {
  switch (status) {
    case cudaSuccess: return "cudaSuccess";
    case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
    case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidConfiguration: return "cudaErrorInvalidConfiguration";
    case cudaErrorInvalidResourceHandle: return "cudaErrorInvalidResourceHandle";
    case cudaErrorLaunchFailure: return "cudaErrorLaunchFailure";
    case cudaErrorStreamCaptureUnsupported: return "cudaErrorStreamCaptureUnsupported";
    case cudaErrorStreamCaptureInvalidated: return "cudaErrorStreamCaptureInvalidated";
    default: return "unrecognized error code";
  }
}

const char* cudaGetErrorString(cudaError_t status) {
  switch (status) {
    case cudaSuccess: return "no error";
    case cudaErrorInvalidValue: return "invalid argument";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorInvalidConfiguration: return "invalid configuration argument";
    case cudaErrorInvalidResourceHandle: return "invalid resource handle";
    case cudaErrorLaunchFailure: return "unspecified launch failure";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
    case cudaErrorStreamCaptureInvalidated:
      return "operation failed due to a previous error during capture";
    default: return "unrecognized error code";
  }
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = hidden() ? 0 : 1;
  return hidden() ? fail(cudaErrorNoDevice) : cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {};
  std::snprintf(properties->name, sizeof properties->name, "simulated GPU");
  properties->major = 9;
  properties->totalGlobalMem = DeviceMemory::kBytes;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  switch (attribute) {
    case cudaDevAttrComputeCapabilityMajor: *value = 9; return cudaSuccess;
    case cudaDevAttrMultiProcessorCount: *value = kMultiprocessors; return cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = kSharedBytesOptin; return cudaSuccess;
    default: return fail(cudaErrorInvalidValue);
  }
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const auto lock = locked();
  *total = DeviceMemory::kBytes;
  *free = *total - gpu().memory.in_use();
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** pointer, std::size_t bytes) {
  const auto lock = locked();
  if (forbidden_now()) {
    return fail(cudaErrorStreamCaptureUnsupported);
  }
  *pointer = gpu().memory.allocate(bytes);
  return *pointer == nullptr ? fail(cudaErrorMemoryAllocation) : cudaSuccess;
}

cudaError_t cudaFree(void* pointer) {
  const auto lock = locked();
  if (pointer == nullptr) {
    return cudaSuccess;
  }
  if (forbidden_now()) {
    return fail(cudaErrorStreamCaptureUnsupported);
  }
  for (CUstream_st* stream : gpu().streams) {
    run(*stream, stream->enqueued);
  }
  return gpu().memory.free(pointer) ? cudaSuccess : fail(cudaErrorInvalidValue);
}

cudaError_t cudaMallocHost(void** pointer, std::size_t bytes) {
  const auto lock = locked();
  if (forbidden_now()) {
    return fail(cudaErrorStreamCaptureUnsupported);
  }
  *pointer = std::malloc(bytes);
  gpu().page_locked[static_cast<std::byte*>(*pointer)] = bytes;
  return cudaSuccess;
}

cudaError_t cudaFreeHost(void* pointer) {
  const auto lock = locked();
  for (CUstream_st* stream : gpu().streams) {
    run(*stream, stream->enqueued);
  }
  if (gpu().page_locked.erase(static_cast<std::byte*>(pointer)) == 0) {
    return fail(cudaErrorInvalidValue);
  }
  std::free(pointer);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  const auto lock = locked();
  const DeviceMemory& memory = gpu().memory;
  switch (kind) {
    case cudaMemcpyHostToDevice:
      return memory.holds(to, bytes) && !memory.in_range(from)
                 ? copy_to_device(to, from, bytes, stream)
                 : fail(cudaErrorInvalidValue);
    case cudaMemcpyDeviceToHost:
      return memory.holds(from, bytes) && !memory.in_range(to)
                 ? copy_to_host(to, from, bytes, stream)
                 : fail(cudaErrorInvalidValue);
    case cudaMemcpyDeviceToDevice:
      return memory.holds(from, bytes) && memory.holds(to, bytes)
                 ? enqueue(stream, [=] { std::memcpy(to, from, bytes); })
                 : fail(cudaErrorInvalidValue);
    default: return fail(cudaErrorInvalidValue);
  }
}

cudaError_t cudaMemsetAsync(void* pointer, int value, std::size_t bytes, cudaStream_t stream) {
  return on_device(pointer, bytes) ? enqueue(stream, [=] { std::memset(pointer, value, bytes); })
                                   : fail(cudaErrorInvalidValue);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  const auto lock = locked();
  *stream = new CUstream_st;
  gpu().streams.insert(*stream);
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const auto lock = locked();
  run(*stream, stream->enqueued);
  gpu().streams.erase(stream);
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const auto lock = locked();
  if (stream->captured != nullptr) {
    stream->capture_failed = true;
    return fail(cudaErrorStreamCaptureUnsupported);
  }
  return run(*stream, stream->enqueued);
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st;
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const auto lock = locked();
  event->stream = stream;
  event->place = stream->enqueued;
  event->captured = stream->captured != nullptr;
  return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const auto lock = locked();
  if (event->captured) {
    forbidden_now();
    return fail(cudaErrorStreamCaptureUnsupported);
  }
  const bool live = event->stream != nullptr && gpu().streams.count(event->stream) != 0;
  return live ? run(*event->stream, event->place) : cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  const auto lock = locked();
  if (mode != cudaStreamCaptureModeThreadLocal || capturing != nullptr) {
    return fail(cudaErrorInvalidValue);
  }
  stream->captured = std::make_unique<CUgraph_st>();
  stream->capture_failed = false;
  capturing = stream;
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const auto lock = locked();
  *graph = nullptr;
  if (stream->captured == nullptr) {
    return fail(cudaErrorInvalidValue);
  }
  capturing = nullptr;
  const std::unique_ptr<CUgraph_st> captured = std::move(stream->captured);
  if (stream->capture_failed) {
    return fail(cudaErrorStreamCaptureInvalidated);
  }
  *graph = new CUgraph_st(std::move(*captured));
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  *executable = new CUgraphExec_st{std::make_shared<const std::vector<Work>>(graph->works)};
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  delete executable;
  return cudaSuccess;
}

cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) { return cudaSuccess; }

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  return enqueue(stream, [works = executable->works] {
    for (const Work& work : *works) {
      work();
    }
  });
}

}  // extern "C"
