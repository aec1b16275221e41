#pragma once

// The GPU's own view of its backend. Included by cuda/ alone.

#include <cuda_runtime_api.h>
#include <cudnn.h>

#include "core/context.h"
#include "cuda/handles.h"
#include "cuda/matrix_product.h"
#include "cuda/plan_cache.h"
#include "cuda/staging.h"

namespace infoplane::cuda {

/// GPU memory, one stream of its own, and what of the libraries is bound to it.
///
/// With Precision::kFp32 no library may round to TF32, so that a network trains alike on both
/// devices; with kTf32 both may, in matrix products and convolutions; with kBf16 they are given
/// what was rounded to bfloat16.
class CudaBackend final : public Backend {
 public:
  /// On the calling thread's current GPU. Throws DeviceError when a library cannot start.
  explicit CudaBackend(const Numerics& numerics);
  ~CudaBackend() override;

  void deallocate(void* pointer) noexcept override;
  /// `host` may be any memory, and may be reused on return.
  void copy_from_host(void* to, const void* host, std::size_t bytes) override;
  void copy(void* to, const void* from, std::size_t bytes) override;
  void fill_zero(void* pointer, std::size_t bytes) override;
  /// As a CUDA graph (cuda/graph.h).
  std::unique_ptr<Recording> record(std::function<void()> work) override;
  std::string describe() const override;
  Numerics numerics() const override { return numerics_; }
  /// To launch a graph costs some microseconds, and a step of a small network lasts not many more;
  /// 2000 images divide the usual splits.
  Batching batching() const override { return {16, 2000}; }

  cudaStream_t stream() const { return stream_.get(); }
  MatrixProducts& products() { return products_; }
  /// Starts cuDNN when it is first asked for.
  cudnnHandle_t cudnn();
  /// Of Determinism::kFast alone.
  PlanCache& plans() { return plans_; }

  /// What to do with the status of a launch (cuda/launch.cuh): throws DeviceError when it was
  /// refused, and with INFOPLANE_CUDA_SYNC=1 waits for the kernel.
  void check_launch(cudaError_t status, const char* kernel);

 private:
  void* do_allocate(std::size_t bytes) override;
  void do_copy_to_host_sync(void* host, const void* from, std::size_t bytes) override;
  void do_synchronize() override;

  Numerics numerics_;
  bool wait_after_launch_;
  Stream stream_;
  Staging staging_;
  PlanCache plans_;
  MatrixProducts products_;
  CudnnHandle cudnn_;  ///< none before cudnn()
};

/// Bytes to where the next of several arrays in one piece of memory may begin, aligned as
/// cudaMalloc's are.
constexpr std::size_t padded(std::size_t bytes) { return (bytes + 255) / 256 * 256; }

/// ctx's backend as what it is on Device::kCuda.
inline CudaBackend& gpu(Context& ctx) { return static_cast<CudaBackend&>(ctx.backend()); }

}  // namespace infoplane::cuda
