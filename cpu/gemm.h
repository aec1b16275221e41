#pragma once

#include <cstdint>

#include "core/context.h"

namespace infoplane::cpu {

/// How a matrix lies in memory: row-major without gaps, as it is written or transposed.
enum class Stored { kAsWritten, kTransposed };

struct Matrix {
  const float* data;
  Stored stored;
};

/// c [m, n] = a [m, k] b [k, n], or c += it if `adds`; with `relu` then max(0, c); c as written.
/// With Precision::kBf16 of a and b rounded.
///
/// In pieces of c whose size depends on the shape alone, each by one thread: so c has the same bits
/// for any number of threads. Throws DeviceError.
void gemm(Context& ctx, std::int64_t m, std::int64_t n, std::int64_t k, Matrix a, Matrix b,
          bool adds, float* c, bool relu = false);

}  // namespace infoplane::cpu
