#include "cuda/matrix_product.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>

#include "core/error.h"
#include "cuda/check.h"
#include "cuda/fastest.h"

namespace infoplane::cuda {
namespace {

/// What cuBLAS's documentation recommends for compute capability 9.0; others need less.
constexpr std::size_t kWorkspace = std::size_t{32} << 20;

/// Algorithms that are tried for a product.
constexpr std::size_t kMostTried = 8;

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

MatrixLayout describe(cudaDataType_t type, std::int64_t rows, std::int64_t columns) {
  cublasLtMatrixLayout_t raw = nullptr;
  INFOPLANE_CUDA_CHECK(cublasLtMatrixLayoutCreate(&raw, type, static_cast<std::uint64_t>(rows),
                                                  static_cast<std::uint64_t>(columns), rows));
  return MatrixLayout(raw);
}

MatrixLayout describe(cudaDataType_t type, std::int64_t rows, std::int64_t columns,
                      bool transposed) {
  return transposed ? describe(type, columns, rows) : describe(type, rows, columns);
}

/// A product's kind as the plan cache names it.
std::string name_of(const MatrixProduct& product, Precision precision) {
  return std::string("product ") + to_string(precision) + " " + std::to_string(product.m) + " x " +
         std::to_string(product.n) + " x " + std::to_string(product.k) +
         (product.a_transposed ? " T" : " N") + (product.b_transposed ? "T" : "N") +
         (product.beta != 0.0f ? " added" : "") + (product.bias != nullptr ? " bias" : "") +
         (product.relu ? " relu" : "") + " aligned " + std::to_string(alignment_of(product.a)) +
         "," + std::to_string(alignment_of(product.b)) + "," +
         std::to_string(alignment_of_d(product));
}

/// Its words in hexadecimal: the library documents that an algorithm is the same in each process.
std::string to_text(const cublasLtMatmulAlgo_t& algorithm) {
  std::ostringstream text;
  text << std::hex;
  for (const std::uint64_t word : algorithm.data) {
    text << word << ' ';
  }
  return text.str();
}

}  // namespace

MatrixProducts::MatrixProducts(const Numerics& numerics, PlanCache& cache)
    : numerics_(numerics),
      cache_(cache),
      compute_(numerics.precision == Precision::kTf32 ? CUBLAS_COMPUTE_32F_FAST_TF32
                                                      : CUBLAS_COMPUTE_32F),
      operand_(numerics.precision == Precision::kBf16 ? CUDA_R_16BF : CUDA_R_32F) {}

/// Many contexts multiply nothing, and the library takes its time.
void MatrixProducts::start() {
  void* workspace = nullptr;
  INFOPLANE_CUDA_CHECK(cudaMalloc(&workspace, kWorkspace));
  workspace_.reset(workspace);
  cublasLtHandle_t handle = nullptr;
  INFOPLANE_CUDA_CHECK(cublasLtCreate(&handle));
  handle_.reset(handle);
}

bool MatrixProducts::enqueue(cudaStream_t stream, const MatrixProduct& product) {
  Plan& plan = plan_for(stream, product);
  if (product.bias != nullptr) {
    set(plan.product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, product.bias);
  }
  std::string why;
  while (!plan.algorithms.empty()) {
    const cublasStatus_t status =
        multiply(stream, plan, product, plan.algorithms.front(), product.d);
    if (status != CUBLAS_STATUS_NOT_SUPPORTED && status != CUBLAS_STATUS_INVALID_VALUE &&
        status != CUBLAS_STATUS_ARCH_MISMATCH) {
      check(status, "cublasLtMatmul");
      return true;
    }
    // What was listed may yet refuse to run.
    why = std::string(" (") + cublasLtGetStatusName(status) + ")";
    plan.algorithms.erase(plan.algorithms.begin());
  }
  if (epilogue_of(product) != CUBLASLT_EPILOGUE_DEFAULT) {
    return false;
  }
  throw DeviceError("inner_product: cuBLASLt has no algorithm for " + std::to_string(product.m) +
                    " x " + std::to_string(product.n) + " x " + std::to_string(product.k) +
                    " within " + std::to_string(kWorkspace) + " bytes of workspace" + why +
                    "; use another --batch");
}

MatrixProducts::Plan& MatrixProducts::plan_for(cudaStream_t stream, const MatrixProduct& product) {
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
                               : plans_.emplace(key, make_plan(stream, product)).first->second;
}

MatrixProducts::Plan MatrixProducts::make_plan(cudaStream_t stream, const MatrixProduct& product) {
  if (handle_ == nullptr) {
    start();
  }
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
  plan.a = describe(operand_, product.m, product.k, product.a_transposed);
  plan.b = describe(operand_, product.k, product.n, product.b_transposed);
  plan.d = describe(CUDA_R_32F, product.m, product.n);
  plan.algorithms = find_algorithms(plan, product);
  if (numerics_.determinism == Determinism::kFast && plan.algorithms.size() > 1) {
    const std::size_t best = choose(stream, plan, product);
    std::swap(plan.algorithms[0], plan.algorithms[best]);
  }
  return plan;
}

/// What cuBLASLt takes for the fastest first.
std::vector<cublasLtMatmulAlgo_t> MatrixProducts::find_algorithms(
    const Plan& plan, const MatrixProduct& product) const {
  cublasLtMatmulPreference_t raw_preference = nullptr;
  INFOPLANE_CUDA_CHECK(cublasLtMatmulPreferenceCreate(&raw_preference));
  const MatmulPreference preference(raw_preference);
  set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, kWorkspace);
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment_of(product.a));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment_of(product.b));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment_of(product.d));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment_of_d(product));

  std::array<cublasLtMatmulHeuristicResult_t, kMostTried> found{};
  int returned = 0;
  const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(
      handle_.get(), plan.product.get(), plan.a.get(), plan.b.get(), plan.d.get(), plan.d.get(),
      preference.get(), static_cast<int>(found.size()), found.data(), &returned);
  if (status == CUBLAS_STATUS_NOT_SUPPORTED) {  // which also says that there is none
    return {};
  }
  check(status, "cublasLtMatmulAlgoGetHeuristic");
  std::vector<cublasLtMatmulAlgo_t> algorithms;
  for (int i = 0; i < returned; ++i) {
    const cublasLtMatmulHeuristicResult_t& one = found[static_cast<std::size_t>(i)];
    if (one.state == CUBLAS_STATUS_SUCCESS) {
      algorithms.push_back(one.algo);
    }
  }
  return algorithms;
}

/// The fastest of the plan's, on the product's own operands and with a result that nobody needs.
std::size_t MatrixProducts::choose(cudaStream_t stream, const Plan& plan,
                                   const MatrixProduct& product) {
  std::vector<std::string> names;
  std::transform(plan.algorithms.begin(), plan.algorithms.end(), std::back_inserter(names),
                 to_text);
  DeviceMemory d;  // only where something is timed
  const std::size_t best = choose_fastest(
      stream, cache_, name_of(product, numerics_.precision), names, [&](std::size_t i) {
        if (d == nullptr) {
          d = try_allocate(static_cast<std::size_t>(product.m * product.n) * sizeof(float));
        }
        return d != nullptr && multiply(stream, plan, product, plan.algorithms[i], d.get()) ==
                                   CUBLAS_STATUS_SUCCESS;
      });
  INFOPLANE_CUDA_CHECK(cudaStreamSynchronize(stream));  // before d is freed
  return best;
}

cublasStatus_t MatrixProducts::multiply(cudaStream_t stream, const Plan& plan,
                                        const MatrixProduct& product,
                                        const cublasLtMatmulAlgo_t& algorithm, void* d) const {
  const float one = 1.0f;
  return cublasLtMatmul(handle_.get(), plan.product.get(), &one, product.a, plan.a.get(), product.b,
                        plan.b.get(), &product.beta, d, plan.d.get(), d, plan.d.get(), &algorithm,
                        workspace_.get(), kWorkspace, stream);
}

}  // namespace infoplane::cuda
