#include "cuda/matrix_product.h"

#include <algorithm>
#include <string>

#include "core/error.h"
#include "cuda/check.h"

namespace infoplane::cuda {
namespace {

/// What cuBLAS's documentation recommends for compute capability 9.0; others need less.
constexpr std::size_t kWorkspace = std::size_t{32} << 20;

/// Bytes that `pointer` is a multiple of; 256, of which cudaMalloc makes all, is enough to know.
std::uint32_t alignment_of(const void* pointer) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer) | 256u;
  return static_cast<std::uint32_t>(address & (~address + 1));
}

/// Of what is written to, and with it of the bias, which a kernel reads in the same vectors.
std::uint32_t alignment_of_d(const MatrixProduct& product) {
  return std::min(alignment_of(product.d),
                  product.bias == nullptr ? 256u : alignment_of(product.bias));
}

cublasLtEpilogue_t epilogue_of(const MatrixProduct& product) {
  if (product.bias != nullptr) {
    return product.relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS;
  }
  return product.relu ? CUBLASLT_EPILOGUE_RELU : CUBLASLT_EPILOGUE_DEFAULT;
}

template <class T>
void set(const MatmulDescriptor& descriptor, cublasLtMatmulDescAttributes_t attribute,
         const T& value) {
  INFOPLANE_CUDA_CHECK(
      cublasLtMatmulDescSetAttribute(descriptor.get(), attribute, &value, sizeof value));
}

template <class T>
void set(const MatmulPreference& preference, cublasLtMatmulPreferenceAttributes_t attribute,
         const T& value) {
  INFOPLANE_CUDA_CHECK(
      cublasLtMatmulPreferenceSetAttribute(preference.get(), attribute, &value, sizeof value));
}

MatrixLayout describe(std::int64_t rows, std::int64_t columns) {
  cublasLtMatrixLayout_t raw = nullptr;
  INFOPLANE_CUDA_CHECK(cublasLtMatrixLayoutCreate(&raw, CUDA_R_32F,
                                                  static_cast<std::uint64_t>(rows),
                                                  static_cast<std::uint64_t>(columns), rows));
  return MatrixLayout(raw);
}

MatrixLayout describe(std::int64_t rows, std::int64_t columns, bool transposed) {
  return transposed ? describe(columns, rows) : describe(rows, columns);
}

}  // namespace

MatrixProducts::MatrixProducts(Precision precision)
    : compute_(precision == Precision::kTf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F) {
  void* workspace = nullptr;
  INFOPLANE_CUDA_CHECK(cudaMalloc(&workspace, kWorkspace));
  workspace_.reset(workspace);
  cublasLtHandle_t handle = nullptr;
  INFOPLANE_CUDA_CHECK(cublasLtCreate(&handle));
  handle_.reset(handle);
}

bool MatrixProducts::enqueue(cudaStream_t stream, const MatrixProduct& product) {
  Plan& plan = plan_for(product);
  if (!plan.algorithm) {
    if (epilogue_of(product) != CUBLASLT_EPILOGUE_DEFAULT) {
      return false;
    }
    throw DeviceError("inner_product: cuBLASLt has no algorithm for " + std::to_string(product.m) +
                      " x " + std::to_string(product.n) + " x " + std::to_string(product.k) +
                      " within " + std::to_string(kWorkspace) +
                      " bytes of workspace; use another --batch");
  }
  if (product.bias != nullptr) {
    set(plan.product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, product.bias);
  }
  const float one = 1.0f;
  INFOPLANE_CUDA_CHECK(cublasLtMatmul(handle_.get(), plan.product.get(), &one, product.a,
                                      plan.a.get(), product.b, plan.b.get(), &product.beta,
                                      product.d, plan.d.get(), product.d, plan.d.get(),
                                      &*plan.algorithm, workspace_.get(), kWorkspace, stream));
  return true;
}

MatrixProducts::Plan& MatrixProducts::plan_for(const MatrixProduct& product) {
  const Key key{product.m,
                product.n,
                product.k,
                product.a_transposed,
                product.b_transposed,
                product.bias != nullptr,
                product.relu,
                alignment_of(product.a),
                alignment_of(product.b),
                alignment_of_d(product)};
  const auto found = plans_.find(key);
  return found != plans_.end() ? found->second
                               : plans_.emplace(key, make_plan(product)).first->second;
}

MatrixProducts::Plan MatrixProducts::make_plan(const MatrixProduct& product) const {
  Plan plan;
  cublasLtMatmulDesc_t raw = nullptr;
  INFOPLANE_CUDA_CHECK(cublasLtMatmulDescCreate(&raw, compute_, CUDA_R_32F));
  plan.product.reset(raw);
  set(plan.product, CUBLASLT_MATMUL_DESC_TRANSA, product.a_transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
  set(plan.product, CUBLASLT_MATMUL_DESC_TRANSB, product.b_transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
  set(plan.product, CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue_of(product));
  if (product.bias != nullptr) {
    set(plan.product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, product.bias);
  }
  plan.a = describe(product.m, product.k, product.a_transposed);
  plan.b = describe(product.k, product.n, product.b_transposed);
  plan.d = describe(product.m, product.n);

  cublasLtMatmulPreference_t raw_preference = nullptr;
  INFOPLANE_CUDA_CHECK(cublasLtMatmulPreferenceCreate(&raw_preference));
  const MatmulPreference preference(raw_preference);
  set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, kWorkspace);
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment_of(product.a));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment_of(product.b));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment_of(product.d));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment_of_d(product));

  cublasLtMatmulHeuristicResult_t best{};
  int returned = 0;
  const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(
      handle_.get(), plan.product.get(), plan.a.get(), plan.b.get(), plan.d.get(), plan.d.get(),
      preference.get(), 1, &best, &returned);
  if (status != CUBLAS_STATUS_NOT_SUPPORTED) {  // which also says that there is none
    check(status, "cublasLtMatmulAlgoGetHeuristic");
    if (returned > 0 && best.state == CUBLAS_STATUS_SUCCESS) {
      plan.algorithm = best.algo;
    }
  }
  return plan;
}

}  // namespace infoplane::cuda
