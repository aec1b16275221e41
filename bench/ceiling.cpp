#include "bench/ceiling.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bench/timing.h"
#include "core/rng.h"
#include "core/tensor.h"
#include "ops/inner_product.h"

namespace infoplane::bench {
namespace {

/// On equal numbers a GPU would clock higher than a network lets it.
std::vector<float> random_values(std::int64_t count) {
  constexpr std::size_t kDrawn = std::size_t{1} << 20;  // then again from the first
  const RandomStream stream{0, kBenchStream, 0};
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = i < kDrawn ? uniform_float(stream.word(i)) - 0.5f : values[i - kDrawn];
  }
  return values;
}

/// The host cuts a product of fewer than 8192 rows into eight pieces, a larger one into pieces of
/// 1024: every thread is to have as many.
std::int64_t host_rows(std::int64_t threads) {
  const std::int64_t pieces_each = 8 % threads == 0 ? 1 : (8 + threads - 1) / threads;
  return 1024 * threads * pieces_each;
}

}  // namespace

double measure_ceiling(Context& ctx, int threads, int repeats) {
  const bool on_host = ctx.device() == Device::kCpu;
  const std::int64_t n = on_host ? 1024 : 8192;
  const std::int64_t rows = on_host ? host_rows(std::max(threads, 1)) : n;
  const Tensor<float> x(ctx, {rows, n}, random_values(rows * n));
  const Tensor<float> w(ctx, {n, n}, random_values(n * n));
  Tensor<float> y(ctx, {rows, n});
  const Timing timing =
      time_calls(ctx, repeats, [&] { ops::inner_product_forward(ctx, x, w, {}, y); });
  return 2.0 * static_cast<double>(rows * n * n) / timing.min_s;
}

}  // namespace infoplane::bench
