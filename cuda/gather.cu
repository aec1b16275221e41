#include "cuda/cuda_backend.h"
#include "cuda/gather.cuh"
#include "cuda/gather.h"

namespace infoplane::cuda {
namespace {

template <class Pixel>
void gather(Context& ctx, View<const Pixel> images, View<const std::int32_t> indices, float scale,
            float offset, View<float> x, const std::int64_t* first) {
  const std::int64_t image_size = images.shape()[1];
  const std::int64_t channels = x.shape().rank() == 4 ? x.shape()[1] : 1;
  const dim3 blocks(blocks_for(image_size), blocks_for_images(x.shape()[0]));
  gather_images_kernel<<<blocks, kBlockThreads, 0, gpu(ctx).stream()>>>(
      x.shape()[0], static_cast<std::uint32_t>(channels),
      static_cast<std::uint32_t>(image_size / channels), images.data(), indices.data(), first,
      scale, offset, x.data());
  gpu(ctx).check_launch("gather_images_kernel");
}

}  // namespace

void gather_images(Context& ctx, View<const std::uint8_t> images, View<const std::int32_t> indices,
                   float scale, float offset, View<float> x, const std::int64_t* first) {
  gather(ctx, images, indices, scale, offset, x, first);
}

void gather_images(Context& ctx, View<const float> images, View<const std::int32_t> indices,
                   float scale, float offset, View<float> x, const std::int64_t* first) {
  gather(ctx, images, indices, scale, offset, x, first);
}

void gather_labels(Context& ctx, View<const std::int32_t> labels, View<const std::int32_t> indices,
                   View<std::int32_t> out, const std::int64_t* first) {
  gather_labels_kernel<<<blocks_for(out.size()), kBlockThreads, 0, gpu(ctx).stream()>>>(
      out.size(), labels.data(), indices.data(), first, out.data());
  gpu(ctx).check_launch("gather_labels_kernel");
}

}  // namespace infoplane::cuda
