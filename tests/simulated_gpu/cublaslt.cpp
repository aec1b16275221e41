// cuBLASLt on the simulated GPU: matrices without gaps, of float32 or of bfloat16 with a product of
// float32, and the epilogues that cuda/ asks for.
#include <cublasLt.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "tests/simulated_gpu/arithmetic.h"
#include "tests/simulated_gpu/runtime.h"

namespace gpu = infoplane::simulated_gpu;

namespace {

struct Description {
  cublasComputeType_t compute;
  cublasOperation_t a = CUBLAS_OP_N;
  cublasOperation_t b = CUBLAS_OP_N;
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  const float* bias = nullptr;
};

struct Layout {
  gpu::Element element;
  std::int64_t rows, columns;

  std::size_t count() const { return static_cast<std::size_t>(rows * columns); }
  std::size_t bytes() const { return gpu::bytes_of(element, count()); }
};

struct Preference {
  std::size_t workspace = 0;
};

/// As what the library's own opaque types point to.
Description& of(cublasLtMatmulDesc_t descriptor) {
  return *reinterpret_cast<Description*>(descriptor);
}
const Layout& of(cublasLtMatrixLayout_t layout) { return *reinterpret_cast<Layout*>(layout); }
Preference& of(cublasLtMatmulPreference_t preference) {
  return *reinterpret_cast<Preference*>(preference);
}

/// What it lists, best first by its own word, which is wrong; the last fails when it is called, and
/// for one row the first does.
struct Algorithm {
  std::uint64_t name;
  double microseconds;
  bool works;
};
constexpr std::array<Algorithm, 3> kAlgorithms = {{{0x696E666F706C616E, 9.0, true},
                                                   {0x65206F6E20746865, 4.0, true},
                                                   {0x2068657265000000, 1.0, false}}};
constexpr std::size_t kWorkspace = 1 << 20;  ///< which each needs

/// A product over so many terms fails once, as on a device at fault: that is no refusal.
constexpr std::int64_t kTermsThatFail = 1013;
bool has_failed = false;

const Algorithm* find(const cublasLtMatmulAlgo_t& algorithm) {
  const auto* found =
      std::find_if(kAlgorithms.begin(), kAlgorithms.end(), [&](const Algorithm& one) {
        return one.name == algorithm.data[0] && algorithm.data[7] == one.name / 3;
      });
  return found == kAlgorithms.end() ? nullptr : found;
}

void fill(cublasLtMatmulHeuristicResult_t& result, const Algorithm& algorithm) {
  result = {};
  result.algo.data[0] = algorithm.name;
  result.algo.data[7] = algorithm.name / 3;
  result.workspaceSize = kWorkspace;
  result.state = CUBLAS_STATUS_SUCCESS;
}

bool has_bias(cublasLtEpilogue_t epilogue) {
  return epilogue == CUBLASLT_EPILOGUE_BIAS || epilogue == CUBLASLT_EPILOGUE_RELU_BIAS;
}
bool has_relu(cublasLtEpilogue_t epilogue) {
  return epilogue == CUBLASLT_EPILOGUE_RELU || epilogue == CUBLASLT_EPILOGUE_RELU_BIAS;
}

/// Whether the layouts fit together, and their elements to the arithmetic; sets m, n and k.
bool shapes_fit(const Description& how, const Layout& a, const Layout& b, const Layout& d,
                std::int64_t& m, std::int64_t& n, std::int64_t& k) {
  m = how.a == CUBLAS_OP_N ? a.rows : a.columns;
  k = how.a == CUBLAS_OP_N ? a.columns : a.rows;
  n = how.b == CUBLAS_OP_N ? b.columns : b.rows;
  return (how.b == CUBLAS_OP_N ? b.rows : b.columns) == k && d.rows == m && d.columns == n &&
         a.element == b.element && d.element == gpu::Element::kFloat &&
         (a.element == gpu::Element::kFloat || how.compute == CUBLAS_COMPUTE_32F);
}

template <class T>
bool take(T& to, const void* from, std::size_t bytes) {
  if (bytes != sizeof(T)) {
    return false;
  }
  std::memcpy(&to, from, bytes);
  return true;
}

}  // namespace

extern "C" {

const char* cublasLtGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
    default: return "another status";
  }
}

const char* cublasLtGetStatusString(cublasStatus_t) { return "the simulated cuBLASLt says so"; }

cublasStatus_t cublasLtGetProperty(libraryPropertyType type, int* value) {
  *value = type == MAJOR_VERSION ? CUBLAS_VER_MAJOR : 0;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  *handle = reinterpret_cast<cublasLtHandle_t>(new int);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
  delete reinterpret_cast<int*>(handle);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* descriptor,
                                        cublasComputeType_t compute, cudaDataType_t scale) {
  if ((compute != CUBLAS_COMPUTE_32F && compute != CUBLAS_COMPUTE_32F_FAST_TF32) ||
      scale != CUDA_R_32F) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  *descriptor = reinterpret_cast<cublasLtMatmulDesc_t>(new Description{compute});
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t descriptor) {
  delete &of(descriptor);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t descriptor,
                                              cublasLtMatmulDescAttributes_t attribute,
                                              const void* value, std::size_t bytes) {
  Description& how = of(descriptor);
  const bool taken = attribute == CUBLASLT_MATMUL_DESC_TRANSA     ? take(how.a, value, bytes)
                     : attribute == CUBLASLT_MATMUL_DESC_TRANSB   ? take(how.b, value, bytes)
                     : attribute == CUBLASLT_MATMUL_DESC_EPILOGUE ? take(how.epilogue, value, bytes)
                     : attribute == CUBLASLT_MATMUL_DESC_BIAS_POINTER ? take(how.bias, value, bytes)
                                                                      : false;
  return taken ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* layout, cudaDataType type,
                                          std::uint64_t rows, std::uint64_t columns,
                                          std::int64_t leading) {
  if ((type != CUDA_R_32F && type != CUDA_R_16BF) || rows == 0 || columns == 0 ||
      leading != static_cast<std::int64_t>(rows)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  *layout = reinterpret_cast<cublasLtMatrixLayout_t>(
      new Layout{type == CUDA_R_32F ? gpu::Element::kFloat : gpu::Element::kBf16,
                 static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)});
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) {
  delete &of(layout);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* preference) {
  *preference = reinterpret_cast<cublasLtMatmulPreference_t>(new Preference);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) {
  delete &of(preference);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t preference,
                                                    cublasLtMatmulPreferenceAttributes_t attribute,
                                                    const void* value, std::size_t bytes) {
  std::uint32_t alignment = 0;
  const bool taken = attribute == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES
                         ? take(of(preference).workspace, value, bytes)
                         : take(alignment, value, bytes) && alignment % sizeof(float) == 0;
  return taken ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t descriptor,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t preference, int count,
                                              cublasLtMatmulHeuristicResult_t results[],
                                              int* returned) {
  *returned = 0;
  std::int64_t m = 0, n = 0, k = 0;
  if (count < 1 || !shapes_fit(of(descriptor), of(a), of(b), of(d), m, n, k)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  // As a library that cannot do everything: no fused ReLU for one column, so that its caller's
  // other way is taken, too.
  if (of(preference).workspace < kWorkspace || (has_relu(of(descriptor).epilogue) && n == 1)) {
    return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  *returned = std::min(count, static_cast<int>(kAlgorithms.size()));
  for (int i = 0; i < *returned; ++i) {
    fill(results[i], kAlgorithms[static_cast<std::size_t>(i)]);
  }
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t descriptor, const void* alpha,
                              const void* a, cublasLtMatrixLayout_t a_layout, const void* b,
                              cublasLtMatrixLayout_t b_layout, const void* beta, const void* c,
                              cublasLtMatrixLayout_t, void* d, cublasLtMatrixLayout_t d_layout,
                              const cublasLtMatmulAlgo_t* algorithm, void* workspace,
                              std::size_t workspace_bytes, cudaStream_t stream) {
  const Description how = of(descriptor);
  const Layout a_shape = of(a_layout);
  const Layout b_shape = of(b_layout);
  const Layout d_shape = of(d_layout);
  std::int64_t m = 0, n = 0, k = 0;
  const Algorithm* chosen = find(*algorithm);
  if (!shapes_fit(how, a_shape, b_shape, d_shape, m, n, k) || chosen == nullptr ||
      *static_cast<const float*>(alpha) != 1.0f || c != d || workspace_bytes < kWorkspace ||
      !gpu::on_device(workspace, workspace_bytes) || !gpu::on_device(a, a_shape.bytes()) ||
      !gpu::on_device(b, b_shape.bytes()) || !gpu::on_device(d, d_shape.bytes())) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  if (has_bias(how.epilogue) &&
      !gpu::on_device(how.bias, static_cast<std::size_t>(m) * sizeof(float))) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  if (!chosen->works || (m == 1 && chosen == &kAlgorithms.front())) {
    return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  if (k == kTermsThatFail && !std::exchange(has_failed, true)) {
    return CUBLAS_STATUS_EXECUTION_FAILED;
  }
  const float keep = *static_cast<const float*>(beta);
  const cudaError_t status = gpu::enqueue(
      stream,
      [=] {
        std::fill_n(static_cast<std::byte*>(workspace), kWorkspace, std::byte{0xA5});
        const auto rounding = how.compute == CUBLAS_COMPUTE_32F_FAST_TF32 ? gpu::Rounding::kTf32
                                                                          : gpu::Rounding::kNone;
        const auto left = gpu::read(a, a_shape.element, a_shape.count(), rounding);
        const auto right = gpu::read(b, b_shape.element, b_shape.count(), rounding);
        auto* out = static_cast<float*>(d);
        gpu::multiply(m, n, k, left.data(), how.a == CUBLAS_OP_T, right.data(),
                      how.b == CUBLAS_OP_T, keep, out);
        gpu::add_bias_and_relu(n, m, has_bias(how.epilogue) ? how.bias : nullptr,
                               has_relu(how.epilogue), out);
      },
      chosen->microseconds);
  return status == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

}  // extern "C"
