#include "cpu/max_pool.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "cpu/parallel.h"
#include "cpu/simd.h"

namespace infoplane::cpu {
namespace {

constexpr std::int64_t kChannelTile = 64;

/// The part of a window that lies on the image: elements [h0, h1) x [w0, w1) of it.
struct Overlap {
  std::int64_t h0, h1, w0, w1;
};

Overlap overlap(const Window& window, std::int64_t top, std::int64_t left, std::int64_t height,
                std::int64_t width) {
  return {std::max<std::int64_t>(0, -top), std::min(window.kernel_h, height - top),
          std::max<std::int64_t>(0, -left), std::min(window.kernel_w, width - left)};
}

/// best and winner [channels] take x's values where they are larger, as window element `element`.
/// A NaN is taken, too: it must not vanish.
INFOPLANE_CPU_CLONES
void take_larger(const float* x, std::int32_t element, std::int64_t channels, float* best,
                 std::int32_t* winner) {
#pragma omp simd
  for (std::int64_t c = 0; c < channels; ++c) {
    const bool larger = !(x[c] <= best[c]) && best[c] == best[c];
    best[c] = larger ? x[c] : best[c];
    winner[c] = larger ? element : winner[c];
  }
}

}  // namespace

void max_pool_forward(Context& ctx, const Window& window, View<const float> x, View<float> y,
                      View<std::uint8_t> argmax) {
  const std::int64_t channels = x.shape()[1];
  const std::int64_t height = x.shape()[2];
  const std::int64_t width = x.shape()[3];
  const std::int64_t out_h = y.shape()[2];
  const std::int64_t out_w = y.shape()[3];
  const auto one_row = [&](std::int64_t n, std::int64_t oh) {
    const float* image = x.data() + n * height * width * channels;
    const std::int64_t top = oh * window.stride_h - window.pad_h;
    for (std::int64_t ow = 0; ow < out_w; ++ow) {
      const std::int64_t left = ow * window.stride_w - window.pad_w;
      const Overlap on = overlap(window, top, left, height, width);
      const std::int64_t out = ((n * out_h + oh) * out_w + ow) * channels;
      for (std::int64_t c0 = 0; c0 < channels; c0 += kChannelTile) {
        const std::int64_t tile = std::min(kChannelTile, channels - c0);
        float best[kChannelTile];
        std::int32_t winner[kChannelTile];
        // The first element on the image starts as the winner, so that ties go to the first.
        const float* start = image + ((top + on.h0) * width + left + on.w0) * channels + c0;
        std::copy(start, start + tile, best);
        std::fill_n(winner, tile, static_cast<std::int32_t>(on.h0 * window.kernel_w + on.w0));
        for (std::int64_t kh = on.h0; kh < on.h1; ++kh) {
          for (std::int64_t kw = on.w0; kw < on.w1; ++kw) {
            take_larger(image + ((top + kh) * width + left + kw) * channels + c0,
                        static_cast<std::int32_t>(kh * window.kernel_w + kw), tile, best, winner);
          }
        }
        std::copy(best, best + tile, y.data() + out + c0);
        if (!argmax.empty()) {
          std::transform(winner, winner + tile, argmax.data() + out + c0,
                         [](std::int32_t k) { return static_cast<std::uint8_t>(k); });
        }
      }
    }
  };
  const std::int64_t row_work = out_w * channels * window.kernel_h * window.kernel_w;
  parallel_for_items(ctx, x.shape()[0] * out_h, row_work,
                     [&](std::int64_t first, std::int64_t last) {
                       for (std::int64_t row = first; row < last; ++row) {
                         one_row(row / out_h, row % out_h);
                       }
                     });
}

void max_pool_backward(Context& ctx, const Window& window, View<const float> dy,
                       View<const std::uint8_t> argmax, View<float> dx) {
  const std::int64_t channels = dx.shape()[1];
  const std::int64_t width = dx.shape()[3];
  const std::int64_t image_size = dx.shape()[2] * width * channels;
  const std::int64_t out_h = dy.shape()[2];
  const std::int64_t out_w = dy.shape()[3];
  std::array<std::int64_t, 256> offset{};  // of a window's element k from its upper left corner
  for (std::int64_t k = 0; k < window.kernel_h * window.kernel_w; ++k) {
    offset[static_cast<std::size_t>(k)] =
        (k / window.kernel_w * width + k % window.kernel_w) * channels;
  }
  // Windows may overlap, so an image belongs to one thread, which adds in the order of the outputs.
  const auto one_image = [&](std::int64_t n) {
    float* image = dx.data() + n * image_size;
    std::memset(image, 0, static_cast<std::size_t>(image_size) * sizeof(float));
    for (std::int64_t oh = 0; oh < out_h; ++oh) {
      for (std::int64_t ow = 0; ow < out_w; ++ow) {
        const std::int64_t out = ((n * out_h + oh) * out_w + ow) * channels;
        const std::int64_t corner =
            ((oh * window.stride_h - window.pad_h) * width + ow * window.stride_w - window.pad_w) *
            channels;
        for (std::int64_t c = 0; c < channels; ++c) {
          image[corner + c + offset[argmax.data()[out + c]]] += dy.data()[out + c];
        }
      }
    }
  };
  parallel_for_items(ctx, dx.shape()[0], image_size, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t n = first; n < last; ++n) {
      one_image(n);
    }
  });
}

}  // namespace infoplane::cpu
