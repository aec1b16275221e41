#include "cuda/check.h"

#include <cublasLt.h>

#include <string>
#include <string_view>

#include "core/error.h"

namespace infoplane::cuda {
namespace {

[[noreturn]] void fail(const std::source_location& where, const char* call, const char* name,
                       const char* text) {
  cudaGetLastError();  // or the next check would report this error again
  std::string_view file = where.file_name();
  file.remove_prefix(file.rfind('/') + 1);  // npos + 1 is 0
  throw DeviceError(std::string(file) + ":" + std::to_string(where.line()) + ": " + call + ": " +
                    name + ": " + text);
}

}  // namespace

void check(cudaError_t status, const char* call, const std::source_location& where) {
  if (status != cudaSuccess) {
    fail(where, call, cudaGetErrorName(status), cudaGetErrorString(status));
  }
}

void check(cublasStatus_t status, const char* call, const std::source_location& where) {
  if (status != CUBLAS_STATUS_SUCCESS) {
    fail(where, call, cublasLtGetStatusName(status), cublasLtGetStatusString(status));
  }
}

void check(cudnnStatus_t status, const char* call, const std::source_location& where) {
  if (status != CUDNN_STATUS_SUCCESS) {
    char text[256] = "";
    cudnnGetLastErrorString(text, sizeof text);
    fail(where, call, cudnnGetErrorString(status), text);
  }
}

}  // namespace infoplane::cuda
