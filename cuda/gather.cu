#include "cuda/gather.cuh"
#include "cuda/gather.h"
#include "cuda/launch.cuh"

namespace infoplane::cuda {
namespace {

template <class Pixel>
void gather(Context& ctx, View<const Pixel> images, View<const std::int32_t> indices, float scale,
            View<float> x, const std::int64_t* first) {
  const std::int64_t image_size = images.shape()[1];
  const std::int64_t channels = x.shape().rank() == 4 ? x.shape()[1] : 1;
  const dim3 blocks(blocks_for(image_size), blocks_for_images(x.shape()[0]));
  launch(ctx, "gather_images_kernel", gather_images_kernel<Pixel>, {blocks}, x.shape()[0],
         static_cast<std::uint32_t>(channels), static_cast<std::uint32_t>(image_size / channels),
         images.data(), indices.data(), first, scale, x.data());
}

}  // namespace

void gather_images(Context& ctx, View<const std::uint8_t> images, View<const std::int32_t> indices,
                   float scale, View<float> x, const std::int64_t* first) {
  gather(ctx, images, indices, scale, x, first);
}

void gather_images(Context& ctx, View<const float> images, View<const std::int32_t> indices,
                   float scale, View<float> x, const std::int64_t* first) {
  gather(ctx, images, indices, scale, x, first);
}

void gather_labels(Context& ctx, View<const std::int32_t> labels, View<const std::int32_t> indices,
                   View<std::int32_t> out, const std::int64_t* first) {
  launch(ctx, "gather_labels_kernel", gather_labels_kernel, {blocks_for(out.size())}, out.size(),
         labels.data(), indices.data(), first, out.data());
}

}  // namespace infoplane::cuda
