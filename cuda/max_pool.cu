#include "cuda/launch.cuh"
#include "cuda/max_pool.cuh"
#include "cuda/max_pool.h"

namespace infoplane::cuda {
namespace {

dim3 blocks_over(const Shape& images) {
  return {blocks_for(images.row().numel()), blocks_for_images(images[0])};
}

}  // namespace

void max_pool_forward(Context& ctx, const Window& window, View<const float> x, View<float> y,
                      View<std::uint8_t> argmax) {
  launch(ctx, "max_pool_forward_kernel", max_pool_forward_kernel, {blocks_over(y.shape())},
         pool_geometry(window, x.shape(), y.shape()), x.data(), y.data(), argmax.data());
}

void max_pool_backward(Context& ctx, const Window& window, View<const float> dy,
                       View<const std::uint8_t> argmax, View<float> dx) {
  launch(ctx, "max_pool_backward_kernel", max_pool_backward_kernel, {blocks_over(dx.shape())},
         pool_geometry(window, dx.shape(), dy.shape()), dy.data(), argmax.data(), dx.data());
}

}  // namespace infoplane::cuda
