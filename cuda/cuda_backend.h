#pragma once

// The GPU's own view of its backend. Included by cuda/ alone.

#include <cublas_v2.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include <source_location>

#include "core/context.h"
#include "cuda/handles.h"
#include "cuda/staging.h"

namespace infoplane::cuda {

/// GPU memory, one stream of its own, and the library handles bound to it.
///
/// Float32 means float32: neither library may round to TF32, so that a network trains alike on
/// both devices.
class CudaBackend final : public Backend {
 public:
  /// On the calling thread's current GPU. Throws DeviceError when a library cannot start.
  CudaBackend();
  ~CudaBackend() override;

  void deallocate(void* pointer) noexcept override;
  /// `host` may be any memory, and may be reused on return.
  void copy_from_host(void* to, const void* host, std::size_t bytes) override;
  void copy(void* to, const void* from, std::size_t bytes) override;
  void fill_zero(void* pointer, std::size_t bytes) override;
  /// As a CUDA graph (cuda/graph.h).
  std::unique_ptr<Recording> record(std::function<void()> work) override;
  std::string describe() const override;

  cudaStream_t stream() const { return stream_.get(); }
  cublasHandle_t cublas() const { return cublas_.get(); }
  cudnnHandle_t cudnn() const { return cudnn_.get(); }

  /// To be called after every launch. Throws DeviceError when the launch was refused. A kernel's
  /// own faults surface at a later call, unless INFOPLANE_CUDA_SYNC=1 makes this one wait.
  void check_launch(const char* kernel,
                    const std::source_location& where = std::source_location::current());

 private:
  void* do_allocate(std::size_t bytes) override;
  void do_copy_to_host_sync(void* host, const void* from, std::size_t bytes) override;
  void do_synchronize() override;

  bool wait_after_launch_;
  Stream stream_;
  Staging staging_;
  DeviceMemory cublas_workspace_;  // before the handle, which must go first
  CublasHandle cublas_;
  CudnnHandle cudnn_;
};

/// ctx's backend as what it is on Device::kCuda.
inline CudaBackend& gpu(Context& ctx) { return static_cast<CudaBackend&>(ctx.backend()); }

}  // namespace infoplane::cuda
