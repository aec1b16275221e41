// The calls of the CUDA runtime. CUDA's documentation says what each does.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulated_gpu/gpu.h"

using namespace infoplane::simulated_gpu;

namespace {

bool hidden() {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  return visible != nullptr && (*visible == '\0' || std::string(visible) == "-1");
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

extern "C" {

cudaError_t cudaGetLastError() { return std::exchange(last_error(), cudaSuccess); }

cudaError_t cudaPeekAtLastError() { return last_error(); }

const char* cudaGetErrorName(cudaError_t status) {
  switch (status) {
    case cudaSuccess: return "cudaSuccess";
    case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
    case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidConfiguration: return "cudaErrorInvalidConfiguration";
    case cudaErrorInvalidResourceHandle: return "cudaErrorInvalidResourceHandle";
    case cudaErrorNotReady: return "cudaErrorNotReady";
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
    case cudaErrorNotReady: return "device not ready";
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

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  *event = new CUevent_st;
  (*event)->timed = (flags & cudaEventDisableTiming) == 0;
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const auto lock = locked();
  event->stream = stream;
  event->captured = stream->captured != nullptr;
  event->microseconds = std::make_shared<double>(NAN);
  if (event->captured) {
    return cudaSuccess;
  }
  const cudaError_t status = enqueue(
      stream, [reached = event->microseconds] { *reached = gpu().clock_us; }, 0.0);
  event->place = stream->enqueued;
  return status;
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from, cudaEvent_t to) {
  const auto lock = locked();
  if (!from->timed || !to->timed || from->microseconds == nullptr || to->microseconds == nullptr) {
    return fail(cudaErrorInvalidResourceHandle);
  }
  const double microseconds = *to->microseconds - *from->microseconds;
  *milliseconds = static_cast<float>(microseconds / 1000.0);
  return std::isnan(microseconds) ? fail(cudaErrorNotReady) : cudaSuccess;
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
  if (mode != cudaStreamCaptureModeThreadLocal || capturing() != nullptr) {
    return fail(cudaErrorInvalidValue);
  }
  stream->captured = std::make_unique<CUgraph_st>();
  stream->capture_failed = false;
  capturing() = stream;
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const auto lock = locked();
  *graph = nullptr;
  if (stream->captured == nullptr) {
    return fail(cudaErrorInvalidValue);
  }
  capturing() = nullptr;
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
