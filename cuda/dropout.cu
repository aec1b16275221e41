#include "cuda/dropout.cuh"
#include "cuda/dropout.h"
#include "cuda/launch.cuh"

namespace infoplane::cuda {
namespace {

DropoutDraw make_draw(Context& ctx, float p, std::uint32_t stream) {
  return {ctx.random(), kDropoutStream + stream, drop_threshold(p), 1.0f / (1.0f - p)};
}

}  // namespace

void dropout(Context& ctx, float p, std::uint32_t stream, View<const float> x, View<float> y) {
  launch(ctx, "dropout_kernel", dropout_kernel, {blocks_for((x.size() + 3) / 4)},
         make_draw(ctx, p, stream), x.size(), x.data(), y.data());
}

void dropout_channels(Context& ctx, float p, std::uint32_t stream, View<const float> x,
                      View<float> y) {
  const Shape& shape = x.shape();
  const std::int64_t pixels = shape[2] * shape[3];
  const dim3 blocks(blocks_for(pixels * shape[1]), blocks_for_images(shape[0]));
  launch(ctx, "dropout_channels_kernel", dropout_channels_kernel, {blocks},
         make_draw(ctx, p, stream), shape[0], static_cast<std::uint32_t>(pixels),
         static_cast<std::uint32_t>(shape[1]), x.data(), y.data());
}

}  // namespace infoplane::cuda
