#include "cpu/small_inner_product.h"

#include <algorithm>
#include <cstring>

#include "cpu/activation.h"
#include "cpu/parallel.h"
#include "cpu/simd.h"

namespace infoplane::cpu {
namespace {

constexpr std::int64_t kLanes = 16;
using Lanes [[gnu::vector_size(kLanes * sizeof(float))]] = float;

/// A matrix of up to 16 columns with its rows, up to 16, a vector each; zeros elsewhere.
struct PaddedMatrix {
  alignas(64) float rows[kLanes * kLanes] = {};
};

/// y [kRows, out] = a [kRows, terms] m + b, m [terms, kLanes], or `least` where that is smaller.
/// Stores whole vectors while they end before y_end: what lies behind a row is the next one's,
/// which is stored after it.
template <int kRows>
[[gnu::always_inline]] inline void multiply(const float* a, const float* m, const float* b,
                                            const Lanes& least, std::int64_t terms,
                                            std::int64_t out, float* y, const float* y_end) {
  Lanes sums[kRows];
  for (Lanes& sum : sums) {
    std::memcpy(&sum, b, sizeof sum);
  }
  for (std::int64_t k = 0; k < terms; ++k) {
    Lanes row;
    std::memcpy(&row, m + k * kLanes, sizeof row);
    for (int r = 0; r < kRows; ++r) {
      sums[r] += a[r * terms + k] * row;
    }
  }
  for (int r = 0; r < kRows; ++r) {
    float* to = y + r * out;
    sums[r] = sums[r] < least ? least : sums[r];  // this way round a NaN stays one
    if (y_end - to >= kLanes) {
      std::memcpy(to, &sums[r], sizeof sums[r]);
    } else {
      std::memcpy(to, &sums[r], static_cast<std::size_t>(out) * sizeof(float));
    }
  }
}

/// y [n, out] = a [n, terms] m + b, or `least` where that is smaller.
INFOPLANE_CPU_CLONES
void multiply_rows(const float* a, const float* m, const float* b, float least, std::int64_t n,
                   std::int64_t terms, std::int64_t out, float* y) {
  constexpr int kRows = 4;  // sums at a time: an addition takes four cycles
  const float* y_end = y + n * out;
  const Lanes floor = least - Lanes{};
  std::int64_t i = 0;
  for (; i + kRows <= n; i += kRows) {
    multiply<kRows>(a + i * terms, m, b, floor, terms, out, y + i * out, y_end);
  }
  for (; i < n; ++i) {
    multiply<1>(a + i * terms, m, b, floor, terms, out, y + i * out, y_end);
  }
}

/// dw [out, in] += dyᵀ x and db [out], unless null, += the sums of dy's columns, over n rows.
INFOPLANE_CPU_CLONES
void add_products(const float* x, const float* dy, std::int64_t n, std::int64_t in,
                  std::int64_t out, float* dw, float* db) {
  constexpr std::int64_t kOutputs = 4;
  for (std::int64_t first = 0; first < out; first += kOutputs) {
    Lanes sums[kOutputs] = {};
    float bias[kOutputs] = {};
    // The last group's spare sums repeat its last output.
    const std::int64_t at[kOutputs] = {first, std::min(first + 1, out - 1),
                                       std::min(first + 2, out - 1), std::min(first + 3, out - 1)};
    for (std::int64_t i = 0; i < n; ++i) {
      Lanes row = {};
      if ((n - i) * in >= kLanes) {
        std::memcpy(&row, x + i * in, sizeof row);  // lanes behind `in` are not used
      } else {
        std::memcpy(&row, x + i * in, static_cast<std::size_t>(in) * sizeof(float));
      }
      for (std::int64_t j = 0; j < kOutputs; ++j) {
        const float d = dy[i * out + at[j]];
        sums[j] += d * row;
        bias[j] += d;
      }
    }
    for (std::int64_t j = 0; j < std::min(kOutputs, out - first); ++j) {
      for (std::int64_t k = 0; k < in; ++k) {
        dw[(first + j) * in + k] += sums[j][k];
      }
      if (db != nullptr) {
        db[first + j] += bias[j];
      }
    }
  }
}

}  // namespace

bool is_small_inner_product(std::int64_t in, std::int64_t out) {
  return in <= kLanes && out <= kLanes;
}

void small_inner_product_forward(Context& ctx, View<const float> x, View<const float> w,
                                 View<const float> b, View<float> y, bool relu) {
  const std::int64_t in = x.shape()[1];
  const std::int64_t out = y.shape()[1];
  PaddedMatrix weights;  // transposed
  for (std::int64_t o = 0; o < out; ++o) {
    for (std::int64_t k = 0; k < in; ++k) {
      weights.rows[k * kLanes + o] = w.data()[o * in + k];
    }
  }
  alignas(64) float bias[kLanes] = {};
  std::copy_n(b.data(), b.size(), bias);
  parallel_for_items(ctx, x.shape()[0], in + out, [&](std::int64_t first, std::int64_t last) {
    multiply_rows(x.data() + first * in, weights.rows, bias, relu ? 0.0f : kNoLeast, last - first,
                  in, out, y.data() + first * out);
  });
}

void small_inner_product_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                       View<float> dx) {
  const std::int64_t in = dx.shape()[1];
  const std::int64_t out = dy.shape()[1];
  PaddedMatrix weights;
  for (std::int64_t o = 0; o < out; ++o) {
    std::copy_n(w.data() + o * in, in, weights.rows + o * kLanes);
  }
  alignas(64) const float zeros[kLanes] = {};
  parallel_for_items(ctx, dy.shape()[0], in + out, [&](std::int64_t first, std::int64_t last) {
    multiply_rows(dy.data() + first * out, weights.rows, zeros, kNoLeast, last - first, out, in,
                  dx.data() + first * in);
  });
}

void small_inner_product_backward_weights(View<const float> x, View<const float> dy, View<float> dw,
                                          View<float> db) {
  constexpr std::int64_t kBlock = 256;  // rows: shorter sums round less
  const std::int64_t rows = x.shape()[0];
  const std::int64_t in = x.shape()[1];
  const std::int64_t out = dy.shape()[1];
  for (std::int64_t first = 0; first < rows; first += kBlock) {
    add_products(x.data() + first * in, dy.data() + first * out, std::min(kBlock, rows - first), in,
                 out, dw.data(), db.empty() ? nullptr : db.data());
  }
}

}  // namespace infoplane::cpu
