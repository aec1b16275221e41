#include "bench/ceiling.h"

#include "bench/timing.h"
#include "core/tensor.h"
#include "ops/inner_product.h"

namespace infoplane::bench {

double measure_ceiling(Context& ctx, int repeats) {
  const std::int64_t n = ctx.device() == Device::kCpu ? 1024 : 8192;
  const std::vector<float> ones(static_cast<std::size_t>(n * n), 1.0f);
  const Tensor<float> x(ctx, {n, n}, ones);
  const Tensor<float> w(ctx, {n, n}, ones);
  Tensor<float> y(ctx, {n, n});
  const Timing timing =
      time_calls(ctx, repeats, [&] { ops::inner_product_forward(ctx, x, w, {}, y); });
  const auto size = static_cast<double>(n);
  return 2.0 * size * size * size / timing.min_s;
}

}  // namespace infoplane::bench
