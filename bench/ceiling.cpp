#include "bench/ceiling.h"

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

}  // namespace

double measure_ceiling(Context& ctx, int repeats) {
  const std::int64_t n = ctx.device() == Device::kCpu ? 1024 : 8192;
  const std::vector<float> values = random_values(n * n);
  const Tensor<float> x(ctx, {n, n}, values);
  const Tensor<float> w(ctx, {n, n}, values);
  Tensor<float> y(ctx, {n, n});
  const Timing timing =
      time_calls(ctx, repeats, [&] { ops::inner_product_forward(ctx, x, w, {}, y); });
  const auto size = static_cast<double>(n);
  return 2.0 * size * size * size / timing.min_s;
}

}  // namespace infoplane::bench
