// cuBLASLt's functions that this room calls, loaded at the first call: the library is half a
// gigabyte, and to load it with the program would cost every start, `infoplane --version` and all
// runs on the CPU among them, 80 ms and 200 MB.
#include <cublasLt.h>
#include <dlfcn.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/error.h"

namespace infoplane::cuda {
namespace {

/// Where the loader looks, and else where it was when this was compiled.
void* library() {
  static void* const handle = [] {
    const std::string name = "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR);
    for (const std::string& file : {name, INFOPLANE_CUBLASLT_FOLDER "/" + name}) {
      if (void* const opened = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
        return opened;
      }
    }
    throw DeviceError("cuBLAS is missing: " + name + " is neither where the loader looks nor in " +
                      INFOPLANE_CUBLASLT_FOLDER
                      "; install it, or name its folder in LD_LIBRARY_PATH");
  }();
  return handle;
}

void* find_function(const char* name) {
  void* const found = dlsym(library(), name);
  if (found == nullptr) {
    throw DeviceError(std::string("cuBLAS: its library has no ") + name);
  }
  return found;
}

}  // namespace
}  // namespace infoplane::cuda

// One definition each, of the name and type that cublasLt.h declares.
#define INFOPLANE_CUBLASLT(result, name, parameters, arguments)                   \
  result name parameters {                                                        \
    static const auto function =                                                  \
        reinterpret_cast<decltype(&name)>(infoplane::cuda::find_function(#name)); \
    return function arguments;                                                    \
  }

extern "C" {

INFOPLANE_CUBLASLT(cublasStatus_t, cublasLtCreate, (cublasLtHandle_t * handle), (handle))
INFOPLANE_CUBLASLT(cublasStatus_t, cublasLtDestroy, (cublasLtHandle_t handle), (handle))
INFOPLANE_CUBLASLT(cublasStatus_t, cublasLtGetProperty, (libraryPropertyType type, int* value),
                   (type, value))
INFOPLANE_CUBLASLT(const char*, cublasLtGetStatusName, (cublasStatus_t status), (status))
INFOPLANE_CUBLASLT(const char*, cublasLtGetStatusString, (cublasStatus_t status), (status))
INFOPLANE_CUBLASLT(cublasStatus_t, cublasLtMatmul,
                   (cublasLtHandle_t handle, cublasLtMatmulDesc_t product, const void* alpha,
                    const void* a, cublasLtMatrixLayout_t a_layout, const void* b,
                    cublasLtMatrixLayout_t b_layout, const void* beta, const void* c,
                    cublasLtMatrixLayout_t c_layout, void* d, cublasLtMatrixLayout_t d_layout,
                    const cublasLtMatmulAlgo_t* algorithm, void* workspace,
                    std::size_t workspace_bytes, cudaStream_t stream),
                   (handle, product, alpha, a, a_layout, b, b_layout, beta, c, c_layout, d,
                    d_layout, algorithm, workspace, workspace_bytes, stream))
INFOPLANE_CUBLASLT(cublasStatus_t, cublasLtMatmulAlgoGetHeuristic,
                   (cublasLtHandle_t handle, cublasLtMatmulDesc_t product,
                    cublasLtMatrixLayout_t a_layout, cublasLtMatrixLayout_t b_layout,
                    cublasLtMatrixLayout_t c_layout, cublasLtMatrixLayout_t d_layout,
                    cublasLtMatmulPreference_t preference, int wanted,
                    cublasLtMatmulHeuristicResult_t* results, int* returned),
                   (handle, product, a_layout, b_layout, c_layout, d_layout, preference, wanted,
                    results, returned))
INFOPLANE_CUBLASLT(cublasStatus_t, cublasLtMatmulDescCreate,
                   (cublasLtMatmulDesc_t * product, cublasComputeType_t compute,
                    cudaDataType_t scale),
                   (product, compute, scale))
INFOPLANE_CUBLASLT(cublasStatus_t, cublasLtMatmulDescDestroy, (cublasLtMatmulDesc_t product),
                   (product))
INFOPLANE_CUBLASLT(cublasStatus_t, cublasLtMatmulDescSetAttribute,
                   (cublasLtMatmulDesc_t product, cublasLtMatmulDescAttributes_t attribute,
                    const void* value, std::size_t bytes),
                   (product, attribute, value, bytes))
INFOPLANE_CUBLASLT(cublasStatus_t, cublasLtMatmulPreferenceCreate,
                   (cublasLtMatmulPreference_t * preference), (preference))
INFOPLANE_CUBLASLT(cublasStatus_t, cublasLtMatmulPreferenceDestroy,
                   (cublasLtMatmulPreference_t preference), (preference))
INFOPLANE_CUBLASLT(cublasStatus_t, cublasLtMatmulPreferenceSetAttribute,
                   (cublasLtMatmulPreference_t preference,
                    cublasLtMatmulPreferenceAttributes_t attribute, const void* value,
                    std::size_t bytes),
                   (preference, attribute, value, bytes))
INFOPLANE_CUBLASLT(cublasStatus_t, cublasLtMatrixLayoutCreate,
                   (cublasLtMatrixLayout_t * layout, cudaDataType type, std::uint64_t rows,
                    std::uint64_t columns, std::int64_t stride),
                   (layout, type, rows, columns, stride))
INFOPLANE_CUBLASLT(cublasStatus_t, cublasLtMatrixLayoutDestroy, (cublasLtMatrixLayout_t layout),
                   (layout))

}  // extern "C"
