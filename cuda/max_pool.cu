#include "cuda/cuda_backend.h"
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
  max_pool_forward_kernel<<<blocks_over(y.shape()), kBlockThreads, 0, gpu(ctx).stream()>>>(
      pool_geometry(window, x.shape(), y.shape()), x.data(), y.data(), argmax.data());
  gpu(ctx).check_launch("max_pool_forward_kernel");
}

void max_pool_backward(Context& ctx, const Window& window, View<const float> dy,
                       View<const std::uint8_t> argmax, View<float> dx) {
  max_pool_backward_kernel<<<blocks_over(dx.shape()), kBlockThreads, 0, gpu(ctx).stream()>>>(
      pool_geometry(window, dx.shape(), dy.shape()), dy.data(), argmax.data(), dx.data());
  gpu(ctx).check_launch("max_pool_backward_kernel");
}

}  // namespace infoplane::cuda
