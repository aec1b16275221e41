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

/// What one thread computes of c at a time.
struct Part {
  std::int64_t index, row, rows, column, columns;
};

/// c [m, n], cut along its longer side.
struct Parts {
  std::int64_t m, n, length, count;

  Parts(std::int64_t m_, std::int64_t n_)
      : m(m_),
        n(n_),
        length(piece_length(std::max(m, n))),
        count(pieces_of(std::max(m, n), length)) {}

  Part operator[](std::int64_t i) const {
    const std::int64_t begin = i * length, size = std::min(length, std::max(m, n) - begin);
    return m > n ? Part{i, begin, size, 0, n} : Part{i, 0, m, begin, size};
  }
};

/// Calls compute(part) for every part, and with `relu` takes the ReLU of it.
template <class Compute>
void for_each_part(Context& ctx, const Parts& parts, std::int64_t k, float* c, bool relu,
                   const Compute& compute) {
  parallel_for(ctx, parts.count, grain(parts.m, parts.n, k, parts.length),
               [&](std::int64_t first, std::int64_t last) {
                 const OneThread one;
                 for (std::int64_t i = first; i < last; ++i) {
                   const Part part = parts[i];
                   compute(part);
                   for (std::int64_t row = part.row; relu && row < part.row + part.rows; ++row) {
                     relu_in_place(c + row * parts.n + part.column, part.columns);
                   }
                 }
               });
}

/// As gemm, of a and b rounded to bfloat16.
void gemm_bf16(Context& ctx, std::int64_t m, std::int64_t n, std::int64_t k, Matrix a, Matrix b,
               bool adds, float* c, bool relu) {
  const auto strides = [](Stored stored, std::int64_t rows, std::int64_t columns) {
    return stored == Stored::kAsWritten ? Strides{columns, 1} : Strides{1, rows};
  };
  const Strides a_strides = strides(a.stored, m, k), b_strides = strides(b.stored, k, n);
  const Parts parts(m, n);
  const auto product_of = [&](const Part& part) -> const Bf16Product& {
    return host(ctx).bf16_products().of(
        {part.rows, part.columns, k, a_strides, b_strides, n, adds});
  };
  const Bf16Product& whole = product_of(parts[0]);
  const Bf16Product& last = product_of(parts[parts.count - 1]);

  const std::size_t own_bytes = in_lines(std::max(whole.scratch_bytes(), last.scratch_bytes()));
  Scratch memory(ctx.scratch(bytes_of<Bf16>(m * k) + bytes_of<Bf16>(k * n) +
                             static_cast<std::size_t>(parts.count) * own_bytes));
  Bf16* const rounded_a = memory.take<Bf16>(m * k);
  Bf16* const rounded_b = memory.take<Bf16>(k * n);
  round_to_bf16(ctx, a.data, m * k, rounded_a);
  round_to_bf16(ctx, b.data, k * n, rounded_b);
  for_each_part(ctx, parts, k, c, relu, [&](const Part& part) {
    (part.index + 1 < parts.count ? whole : last)
        .run(rounded_a + part.row * a_strides.row, rounded_b + part.column * b_strides.column,
             c + part.row * n + part.column,
             memory.rest() + static_cast<std::size_t>(part.index) * own_bytes);
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
  for_each_part(ctx, Parts(m, n), k, c, relu, [&](const Part& part) {
    const dnnl_status_t status =
        dnnl_sgemm(a_as_written ? 'N' : 'T', b_as_written ? 'N' : 'T', part.rows, part.columns, k,
                   1.0f, a.data + part.row * (a_as_written ? k : 1), a_as_written ? k : m,
                   b.data + part.column * (b_as_written ? 1 : k), b_as_written ? n : k,
                   adds ? 1.0f : 0.0f, c + part.row * n + part.column, n);
    if (status != dnnl_success) {
      failure = status;
    }
  });
  if (failure != dnnl_success) {
    throw DeviceError("gemm: oneDNN's sgemm of " + std::to_string(m) + " x " + std::to_string(n) +
                      " x " + std::to_string(k) + " failed with status " + std::to_string(failure));
  }
}

}  // namespace infoplane::cpu
