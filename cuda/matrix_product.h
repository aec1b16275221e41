#pragma once

// Matrix products by cuBLASLt. Included by cuda/ alone.

#include <cublasLt.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

#include "core/numerics.h"
#include "cuda/handles.h"

namespace infoplane::cuda {

/// d = op(a) op(b) + beta d, with cuBLAS's matrices: column by column, without gaps. op(a) is
/// [m, k], op(b) [k, n], d [m, n]; what is `transposed` is stored the other way round.
struct MatrixProduct {
  std::int64_t m, n, k;
  bool a_transposed, b_transposed;
  const float *a, *b;
  float beta;
  float* d;
  const float* bias = nullptr;  ///< [m], added to each column; none if null
  bool relu = false;            ///< then max(0, d), where a NaN may become 0
};

/// Multiplies, with what it needs kept: cuBLASLt is asked for an algorithm once for each kind of
/// product, its sizes and the alignment of its matrices. So nothing is allocated on the device
/// while a network runs, and calls can be recorded.
///
/// All of cuBLASLt's ways to add up parts of a sum have a fixed order: a repeat gives the same
/// bits.
class MatrixProducts {
 public:
  explicit MatrixProducts(Precision precision);

  /// Enqueues the product. False, with nothing enqueued, when cuBLASLt cannot do it with this bias
  /// or ReLU in the same kernel. Throws DeviceError when it cannot do it at all.
  bool enqueue(cudaStream_t stream, const MatrixProduct& product);

 private:
  struct Plan {
    MatmulDescriptor product;
    MatrixLayout a, b, d;
    std::optional<cublasLtMatmulAlgo_t> algorithm;  ///< none: cuBLASLt has none
  };
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t, bool, bool, bool, bool,
                         std::uint32_t, std::uint32_t, std::uint32_t>;

  Plan& plan_for(const MatrixProduct& product);
  Plan make_plan(const MatrixProduct& product) const;

  cublasComputeType_t compute_;
  DeviceMemory workspace_;
  CublasLtHandle handle_;
  std::map<Key, Plan> plans_;
};

}  // namespace infoplane::cuda
