#include "cpu/gather.h"

#include "cpu/parallel.h"
#include "cpu/simd.h"

namespace infoplane::cpu {
namespace {

INFOPLANE_CPU_CLONES
void scale_row(const std::uint8_t* image, float scale, float* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    x[i] = scale * static_cast<float>(image[i]);
  }
}

INFOPLANE_CPU_CLONES
void scale_row(const float* image, float scale, float* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    x[i] = scale * image[i];
  }
}

/// One image from planes [C, pixels] to pixels of channels [pixels, C].
template <class T>
void scale_planes(const T* image, float scale, std::int64_t channels, std::int64_t pixels,
                  float* x) {
  for (std::int64_t p = 0; p < pixels; ++p) {
    for (std::int64_t c = 0; c < channels; ++c) {
      x[p * channels + c] = scale * static_cast<float>(image[c * pixels + p]);
    }
  }
}

/// The index of the first row.
const std::int32_t* from(View<const std::int32_t> indices, const std::int64_t* first) {
  return indices.data() + (first == nullptr ? 0 : *first);
}

template <class T>
void gather(Context& ctx, View<const T> images, View<const std::int32_t> indices, float scale,
            View<float> x, const std::int64_t* first_index) {
  const std::int32_t* chosen = from(indices, first_index);
  const std::int64_t size = images.shape()[1];
  const std::int64_t channels = x.shape().rank() == 4 ? x.shape()[1] : 1;
  parallel_for_items(ctx, x.shape()[0], size, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t m = first; m < last; ++m) {
      const T* image = images.data() + chosen[m] * size;
      float* row = x.data() + m * size;
      if (channels == 1) {
        scale_row(image, scale, row, size);
      } else {
        scale_planes(image, scale, channels, size / channels, row);
      }
    }
  });
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
                   View<std::int32_t> out, const std::int64_t* first_index) {
  const std::int32_t* chosen = from(indices, first_index);
  parallel_for(ctx, out.size(), kElementGrain, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t m = first; m < last; ++m) {
      out.data()[m] = labels.data()[chosen[m]];
    }
  });
}

}  // namespace infoplane::cpu
