#pragma once

// Matrix products by cuBLASLt. Included by cuda/ alone.

#include <cublasLt.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "core/numerics.h"
#include "cuda/handles.h"
#include "cuda/plan_cache.h"

namespace infoplane::cuda {

/// d = op(a) op(b) + beta d, with cuBLAS's matrices: column by column, without gaps. op(a) is
/// [m, k], op(b) [k, n], d [m, n]; what is `transposed` is stored the other way round. a and b are
/// float32 or, of Precision::kBf16, Bf16.
struct MatrixProduct {
  std::int64_t m, n, k;
  bool a_transposed, b_transposed;
  const void *a, *b;
  float beta;
  float* d;
  const float* bias = nullptr;  ///< [m], added to each column; none if null
  bool relu = false;            ///< then max(0, d), where a NaN may become 0
};

/// Multiplies, with what it needs kept: cuBLASLt is asked for an algorithm once for each kind of
/// product, its sizes and the alignment of its matrices. So nothing is allocated on the device
/// while a network runs, and calls can be recorded.
///
/// All of cuBLASLt's ways to add up parts of a sum have a fixed order: with the first of its
/// algorithms that runs a repeat gives the same bits. With Determinism::kFast the fastest is taken,
/// which the cache knows or a few calls show.
class MatrixProducts {
 public:
  /// The cache must outlive it.
  MatrixProducts(const Numerics& numerics, PlanCache& cache);

  /// Enqueues the product. False, with nothing enqueued, when cuBLASLt cannot do it with this bias
  /// or ReLU in the same kernel. Throws DeviceError when it cannot do it at all.
  bool enqueue(cudaStream_t stream, const MatrixProduct& product);

 private:
  struct Plan {
    MatmulDescriptor product;
    MatrixLayout a, b, d;
    std::vector<cublasLtMatmulAlgo_t> algorithms;  ///< the first is used; none: cuBLASLt has none
  };
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t, bool, bool, bool, bool,
                         std::uint32_t, std::uint32_t, std::uint32_t>;

  Plan& plan_for(cudaStream_t stream, const MatrixProduct& product);
  Plan make_plan(cudaStream_t stream, const MatrixProduct& product);
  void start();
  std::vector<cublasLtMatmulAlgo_t> find_algorithms(const Plan& plan,
                                                    const MatrixProduct& product) const;
  std::size_t choose(cudaStream_t stream, const Plan& plan, const MatrixProduct& product);
  cublasStatus_t multiply(cudaStream_t stream, const Plan& plan, const MatrixProduct& product,
                          const cublasLtMatmulAlgo_t& algorithm, void* d) const;

  Numerics numerics_;
  PlanCache& cache_;
  cublasComputeType_t compute_;
  cudaDataType_t operand_;  ///< what a and b are
  DeviceMemory workspace_;  ///< this and the handle are there from the first product on
  CublasLtHandle handle_;
  std::map<Key, Plan> plans_;
};

}  // namespace infoplane::cuda
