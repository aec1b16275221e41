#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/error.h"
#include "cuda/backend.h"
#include "cuda/check.h"
#include "cuda/cuda_backend.h"
#include "cuda/graph.h"

namespace infoplane::cuda {
namespace {

/// Never run: whether it loads says whether this build has code for the GPU.
__global__ void probe_kernel() {}

/// "13.0" of 13000, as the runtime and the driver number themselves.
std::string cuda_version(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

/// "NVIDIA H100 80GB HBM3, compute capability 9.0, 79.1 GiB".
std::string describe_device(int device) {
  cudaDeviceProp properties;
  INFOPLANE_CUDA_CHECK(cudaGetDeviceProperties(&properties, device));
  char memory[32];
  std::snprintf(memory, sizeof memory, "%.1f GiB",
                static_cast<double>(properties.totalGlobalMem) / (1u << 30));
  return std::string(properties.name) + ", compute capability " + std::to_string(properties.major) +
         "." + std::to_string(properties.minor) + ", " + memory;
}

int current_device() {
  int device = 0;
  INFOPLANE_CUDA_CHECK(cudaGetDevice(&device));
  return device;
}

/// What the speed of an algorithm depends on.
std::string describe_machine() {
  std::string text = describe_device(current_device());
  for (const auto& [library, version] : library_versions()) {
    text += "; " + library + " " + version;
  }
  return text;
}

/// The cause by itself; throws DeviceError when a query that should work does not.
std::string find_what_is_missing() {
  int driver = 0;
  INFOPLANE_CUDA_CHECK(cudaDriverGetVersion(&driver));
  if (driver == 0) {
    return "no NVIDIA driver is loaded; install one for CUDA " + cuda_version(CUDART_VERSION) +
           " or use --device cpu";
  }
  if (driver / 1000 < CUDART_VERSION / 1000) {
    return "the NVIDIA driver supports CUDA " + cuda_version(driver) + ", this build needs " +
           cuda_version(CUDART_VERSION) + "; update the driver or use --device cpu";
  }
  int devices = 0;
  const cudaError_t counted = cudaGetDeviceCount(&devices);
  if (counted == cudaErrorNoDevice || (counted == cudaSuccess && devices == 0)) {
    cudaGetLastError();
    return "the NVIDIA driver shows no GPU; check nvidia-smi and CUDA_VISIBLE_DEVICES, or use "
           "--device cpu";
  }
  check(counted, "cudaGetDeviceCount");
  cudaFuncAttributes attributes;
  const cudaError_t loaded = cudaFuncGetAttributes(&attributes, probe_kernel);
  if (loaded == cudaErrorNoKernelImageForDevice || loaded == cudaErrorInvalidDeviceFunction) {
    cudaGetLastError();
    return "this build has no code for " + describe_device(current_device()) +
           "; configure with -DCMAKE_CUDA_ARCHITECTURES for it (8.0 is the least), or use "
           "--device cpu";
  }
  check(loaded, "cudaFuncGetAttributes");
  return "";
}

}  // namespace

CudaBackend::CudaBackend(const Numerics& numerics)
    : numerics_(numerics),
      plans_(numerics.determinism == Determinism::kFast
                 ? PlanCache(PlanCache::users_file(), describe_machine())
                 : PlanCache({}, "")),
      products_(numerics, plans_) {
  const char* sync = std::getenv("INFOPLANE_CUDA_SYNC");
  wait_after_launch_ = sync != nullptr && std::string(sync) == "1";

  cudaStream_t stream = nullptr;
  INFOPLANE_CUDA_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  stream_.reset(stream);
}

cudnnHandle_t CudaBackend::cudnn() {
  if (cudnn_ == nullptr) {
    cudnnHandle_t cudnn = nullptr;
    INFOPLANE_CUDA_CHECK(cudnnCreate(&cudnn));
    cudnn_.reset(cudnn);
    INFOPLANE_CUDA_CHECK(cudnnSetStream(cudnn, stream()));
  }
  return cudnn_.get();
}

CudaBackend::~CudaBackend() { cudaStreamSynchronize(stream()); }

void* CudaBackend::do_allocate(std::size_t bytes) {
  void* pointer = nullptr;
  const cudaError_t status = cudaMalloc(&pointer, std::max<std::size_t>(bytes, 1));
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    std::size_t free = 0;
    std::size_t total = 0;
    INFOPLANE_CUDA_CHECK(cudaMemGetInfo(&free, &total));
    throw DeviceError("GPU memory: " + std::to_string(bytes) + " bytes could not be had, " +
                      std::to_string(free) + " of " + std::to_string(total) +
                      " are free; use a smaller --batch or --limit");
  }
  check(status, "cudaMalloc");
  return pointer;
}

void CudaBackend::deallocate(void* pointer) noexcept {
  cudaStreamSynchronize(stream());  // work enqueued earlier may still use it
  cudaFree(pointer);
}

void CudaBackend::copy_from_host(void* to, const void* host, std::size_t bytes) {
  staging_.copy(to, host, bytes, stream());
}

void CudaBackend::do_copy_to_host_sync(void* host, const void* from, std::size_t bytes) {
  INFOPLANE_CUDA_CHECK(cudaMemcpyAsync(host, from, bytes, cudaMemcpyDeviceToHost, stream()));
  do_synchronize();
}

void CudaBackend::copy(void* to, const void* from, std::size_t bytes) {
  INFOPLANE_CUDA_CHECK(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream()));
}

void CudaBackend::fill_zero(void* pointer, std::size_t bytes) {
  INFOPLANE_CUDA_CHECK(cudaMemsetAsync(pointer, 0, bytes, stream()));
}

void CudaBackend::do_synchronize() { INFOPLANE_CUDA_CHECK(cudaStreamSynchronize(stream())); }

std::unique_ptr<Recording> CudaBackend::record(std::function<void()> work) {
  if (wait_after_launch_) {
    throw NotRecorded("INFOPLANE_CUDA_SYNC=1 waits after each launch");
  }
  return record_graph(stream(), work);
}

std::string CudaBackend::describe() const { return describe_device(current_device()); }

void CudaBackend::check_launch(cudaError_t status, const char* kernel) {
  check(status, kernel);
  if (wait_after_launch_) {
    check(cudaStreamSynchronize(stream()), kernel);
  }
}

std::shared_ptr<Backend> make_backend(const Numerics& numerics) {
  const std::string why = why_missing();
  if (!why.empty()) {
    throw DeviceMissing(why);
  }
  return std::make_shared<CudaBackend>(numerics);
}

std::string why_missing() noexcept {
  try {
    return find_what_is_missing();
  } catch (const Error& error) {
    return std::string("the GPU does not answer: ") + error.what();
  }
}

std::vector<std::pair<std::string, std::string>> library_versions() {
  int runtime = 0;
  int driver = 0;
  INFOPLANE_CUDA_CHECK(cudaRuntimeGetVersion(&runtime));
  INFOPLANE_CUDA_CHECK(cudaDriverGetVersion(&driver));
  int cublas[3] = {};
  INFOPLANE_CUDA_CHECK(cublasLtGetProperty(MAJOR_VERSION, &cublas[0]));
  INFOPLANE_CUDA_CHECK(cublasLtGetProperty(MINOR_VERSION, &cublas[1]));
  INFOPLANE_CUDA_CHECK(cublasLtGetProperty(PATCH_LEVEL, &cublas[2]));
  int cudnn[3] = {};
  INFOPLANE_CUDA_CHECK(cudnnGetProperty(MAJOR_VERSION, &cudnn[0]));
  INFOPLANE_CUDA_CHECK(cudnnGetProperty(MINOR_VERSION, &cudnn[1]));
  INFOPLANE_CUDA_CHECK(cudnnGetProperty(PATCH_LEVEL, &cudnn[2]));
  const auto dotted = [](const int(&v)[3]) {
    return std::to_string(v[0]) + "." + std::to_string(v[1]) + "." + std::to_string(v[2]);
  };
  return {{"CUDA runtime", cuda_version(runtime)},
          {"CUDA driver", driver == 0 ? "none" : cuda_version(driver)},
          {"cuBLAS", dotted(cublas)},
          {"cuDNN", dotted(cudnn)}};
}

}  // namespace infoplane::cuda
