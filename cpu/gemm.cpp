#include "cpu/gemm.h"

#include <algorithm>
#include <atomic>
#include <string>

#include "core/error.h"
#include "cpu/activation.h"
#include "cpu/one_thread.h"
#include "cpu/onednn.h"
#include "cpu/parallel.h"

namespace infoplane::cpu {
namespace {

/// Of c, along its longer side: at least eight pieces, in steps that fill oneDNN's register tiles.
/// Shorter ones are what oneDNN multiplies at half of its speed, and each piece reads all of the
/// other matrix; so few pieces of a small c, and no more than are needed of a large one.
std::int64_t piece_length(std::int64_t side) {
  constexpr std::int64_t kStep = 128;
  if (side < 2 * kStep) {
    return std::max<std::int64_t>(16, (side / 2 + 15) / 16 * 16);
  }
  return std::clamp((side / 8 + kStep - 1) / kStep * kStep, kStep, 8 * kStep);
}

/// Multiplications that take about 10 us, twice what waking a thread costs.
constexpr std::int64_t kGrain = 500'000;

}  // namespace

void gemm(Context& ctx, std::int64_t m, std::int64_t n, std::int64_t k, Matrix a, Matrix b,
          float beta, float* c, bool relu) {
  const bool a_as_written = a.stored == Stored::kAsWritten;
  const bool b_as_written = b.stored == Stored::kAsWritten;
  const auto multiply = [&](std::int64_t row, std::int64_t rows, std::int64_t column,
                            std::int64_t columns) {
    return dnnl_sgemm(a_as_written ? 'N' : 'T', b_as_written ? 'N' : 'T', rows, columns, k, 1.0f,
                      a.data + row * (a_as_written ? k : 1), a_as_written ? k : m,
                      b.data + column * (b_as_written ? 1 : k), b_as_written ? n : k, beta,
                      c + row * n + column, n);
  };
  const auto cut_off = [&](std::int64_t row, std::int64_t rows, std::int64_t column,
                           std::int64_t columns) {
    for (std::int64_t i = row; relu && i < row + rows; ++i) {
      relu_in_place(c + i * n + column, columns);
    }
  };
  const std::int64_t side = std::max(m, n);
  const std::int64_t length = piece_length(side);
  const std::int64_t pieces = (side + length - 1) / length;
  std::atomic<dnnl_status_t> failure = dnnl_success;
  parallel_for(ctx, pieces, 1 + kGrain / (length * std::min(m, n) * k),
               [&](std::int64_t first, std::int64_t last) {
                 const OneThread one;
                 for (std::int64_t piece = first; piece < last; ++piece) {
                   const std::int64_t begin = piece * length;
                   const std::int64_t size = std::min(length, side - begin);
                   const dnnl_status_t status =
                       m > n ? multiply(begin, size, 0, n) : multiply(0, m, begin, size);
                   if (status != dnnl_success) {
                     failure = status;
                   }
                   m > n ? cut_off(begin, size, 0, n) : cut_off(0, m, begin, size);
                 }
               });
  if (failure != dnnl_success) {
    throw DeviceError("gemm: oneDNN's sgemm of " + std::to_string(m) + " x " + std::to_string(n) +
                      " x " + std::to_string(k) + " failed with status " + std::to_string(failure));
  }
}

}  // namespace infoplane::cpu
