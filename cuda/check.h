#pragma once

#include <cublas_api.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include <source_location>

namespace infoplane::cuda {

/// Each returns when `status` is success; otherwise clears the runtime's last error and throws
/// DeviceError "file:line: call: name: text".
void check(cudaError_t status, const char* call,
           const std::source_location& where = std::source_location::current());
void check(cublasStatus_t status, const char* call,
           const std::source_location& where = std::source_location::current());
void check(cudnnStatus_t status, const char* call,
           const std::source_location& where = std::source_location::current());

}  // namespace infoplane::cuda

/// Checks a call of the CUDA runtime, cuBLASLt or cuDNN; the type of its status says which.
#define INFOPLANE_CUDA_CHECK(call) ::infoplane::cuda::check((call), #call)
