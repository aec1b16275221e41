#include "cpu/gemm.h"

#include <algorithm>
#include <atomic>
#include <string>

#include "core/error.h"
#include "cpu/activation.h"
#include "cpu/bf16_product.h"
#include "cpu/one_thread.h"
#include "cpu/onednn.h"
#include "cpu/parallel.h"
#include "cpu/scratch.h"

namespace infoplane::cpu {
namespace {

/// Of c, along its longer side. Pieces shorter than 128 are what oneDNN multiplies at half of its
/// speed, and each reads all of the other matrix: so two of a short side, then steps of 128 up to
/// eight pieces, and longer pieces of a longer side, up to 1,024.
std::int64_t piece_length(std::int64_t side) {
  constexpr std::int64_t kStep = 128;
  if (side < 2 * kStep) {
    return std::max<std::int64_t>(16, pieces_of(side / 2, 16) * 16);
  }
  return std::clamp(pieces_of(side / 8, kStep) * kStep, kStep, 8 * kStep);
}

/// Pieces that take about 10 us, twice what waking a thread costs.
std::int64_t grain(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t length) {
  constexpr std::int64_t kMultiplications = 500'000;
  return 1 + kMultiplications / std::max<std::int64_t>(length * std::min(m, n) * k, 1);
}

/// As gemm, of a and b rounded to bfloat16.
void gemm_bf16(Context& ctx, std::int64_t m, std::int64_t n, std::int64_t k, Matrix a, Matrix b,
               bool adds, float* c, bool relu) {
  const auto strides = [](Stored stored, std::int64_t rows, std::int64_t columns) {
    return stored == Stored::kAsWritten ? Strides{columns, 1} : Strides{1, rows};
  };
  const Strides a_strides = strides(a.stored, m, k), b_strides = strides(b.stored, k, n);
  const std::int64_t side = std::max(m, n), length = piece_length(side);
  const std::int64_t pieces = pieces_of(side, length);
  const auto product_of = [&](std::int64_t size) {
    Bf16ProductShape piece{m, n, k, a_strides, b_strides, n, adds};
    (m > n ? piece.m : piece.n) = size;
    return &host(ctx).bf16_products().of(piece);
  };
  const Bf16Product* const product = product_of(std::min(length, side));
  const Bf16Product* const last_product = product_of(side - (pieces - 1) * length);

  const std::size_t own_bytes =
      in_lines(std::max(product->scratch_bytes(), last_product->scratch_bytes()));
  Scratch memory(ctx.scratch(bytes_of<Bf16>(m * k) + bytes_of<Bf16>(k * n) +
                             static_cast<std::size_t>(pieces) * own_bytes));
  Bf16* const rounded_a = memory.take<Bf16>(m * k);
  Bf16* const rounded_b = memory.take<Bf16>(k * n);
  round_to_bf16(ctx, a.data, m * k, rounded_a);
  round_to_bf16(ctx, b.data, k * n, rounded_b);
  parallel_for(ctx, pieces, grain(m, n, k, length), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t piece = first; piece < last; ++piece) {
      const std::int64_t begin = piece * length, size = std::min(length, side - begin);
      float* const to = c + begin * (m > n ? n : 1);
      (piece + 1 < pieces ? product : last_product)
          ->run(rounded_a + (m > n ? begin * a_strides.row : 0),
                rounded_b + (m > n ? 0 : begin * b_strides.column), to,
                memory.rest() + static_cast<std::size_t>(piece) * own_bytes);
      const std::int64_t rows = m > n ? size : m, columns = m > n ? n : size;
      for (std::int64_t row = 0; relu && row < rows; ++row) {
        relu_in_place(to + row * n, columns);
      }
    }
  });
}

}  // namespace

void gemm(Context& ctx, std::int64_t m, std::int64_t n, std::int64_t k, Matrix a, Matrix b,
          bool adds, float* c, bool relu) {
  if (ctx.backend().numerics().precision == Precision::kBf16) {
    return gemm_bf16(ctx, m, n, k, a, b, adds, c, relu);
  }
  const bool a_as_written = a.stored == Stored::kAsWritten;
  const bool b_as_written = b.stored == Stored::kAsWritten;
  std::atomic<dnnl_status_t> failure = dnnl_success;
  const auto compute = [&](std::int64_t row, std::int64_t rows, std::int64_t column,
                           std::int64_t columns) {
    const dnnl_status_t status =
        dnnl_sgemm(a_as_written ? 'N' : 'T', b_as_written ? 'N' : 'T', rows, columns, k, 1.0f,
                   a.data + row * (a_as_written ? k : 1), a_as_written ? k : m,
                   b.data + column * (b_as_written ? 1 : k), b_as_written ? n : k,
                   adds ? 1.0f : 0.0f, c + row * n + column, n);
    if (status != dnnl_success) {
      failure = status;
    }
    for (std::int64_t i = row; relu && i < row + rows; ++i) {
      relu_in_place(c + i * n + column, columns);
    }
  };
  const std::int64_t side = std::max(m, n);
  const std::int64_t length = piece_length(side);
  parallel_for(ctx, pieces_of(side, length), grain(m, n, k, length),
               [&](std::int64_t first, std::int64_t last) {
                 const OneThread one;
                 for (std::int64_t piece = first; piece < last; ++piece) {
                   const std::int64_t begin = piece * length;
                   const std::int64_t size = std::min(length, side - begin);
                   m > n ? compute(begin, size, 0, n) : compute(0, m, begin, size);
                 }
               });
  if (failure != dnnl_success) {
    throw DeviceError("gemm: oneDNN's sgemm of " + std::to_string(m) + " x " + std::to_string(n) +
                      " x " + std::to_string(k) + " failed with status " + std::to_string(failure));
  }
}

}  // namespace infoplane::cpu
