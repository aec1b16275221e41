#include "cpu/max_pool.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "core/counting.h"
#include "cpu/instructions.h"
#include "cpu/parallel.h"
#include "cpu/pool_rows.h"
#include "cpu/simd.h"

namespace infoplane::cpu {
namespace {

// An output row is worked through in tiles, whose winners lie on the stack.
constexpr std::int64_t kTileColumns = 16;
constexpr std::int64_t kTileChannels = 64;

/// a where the mask's bits are set, b elsewhere. Unlike ?:, it never becomes a branch, which a few
/// channels' maxima would mispredict half of the time.
[[gnu::always_inline]] inline std::uint32_t select(std::uint32_t mask, std::uint32_t a,
                                                   std::uint32_t b) {
  return (a & mask) | (b & ~mask);
}

/// y and winner, [columns, channels] of a tile, take x's values where they are larger, as window
/// element `element`. A NaN is taken, too, and kept: it must not vanish.
INFOPLANE_CPU_CLONES
void take_larger(const float* x, std::int64_t x_step, std::uint32_t element, std::int64_t columns,
                 std::int64_t channels, float* y, std::int64_t y_step, std::uint32_t* winner) {
  for (std::int64_t w = 0; w < columns; ++w) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      const float value = x[w * x_step + c];
      const float best = y[w * y_step + c];
      const bool larger = !(value <= best) & (best == best);
      const std::uint32_t mask = 0u - static_cast<std::uint32_t>(larger);
      y[w * y_step + c] = float_from_bits(select(mask, bits_of(value), bits_of(best)));
      winner[w * channels + c] = select(mask, element, winner[w * channels + c]);
    }
  }
}

/// The outputs of [first, last) along one axis for which window element k lies on the image.
struct Range {
  std::int64_t first, last;
};

Range covered(std::int64_t first, std::int64_t last, std::int64_t k, std::int64_t stride,
              std::int64_t pad, std::int64_t size) {
  const std::int64_t before = std::max<std::int64_t>(0, (pad - k + stride - 1) / stride);
  const std::int64_t end = size + pad - k <= 0 ? 0 : (size + pad - k - 1) / stride + 1;
  return {std::max(first, before), std::min(last, end)};
}

}  // namespace

void max_pool_forward(Context& ctx, const Window& window, View<const float> x, View<float> y,
                      View<std::uint8_t> argmax) {
  const std::int64_t channels = x.shape()[1];
  const std::int64_t height = x.shape()[2];
  const std::int64_t width = x.shape()[3];
  const std::int64_t out_h = y.shape()[2];
  const std::int64_t out_w = y.shape()[3];

  // Columns [w0, w1) and channels [c0, c0 + tile) of output row oh of image n.
  const auto one_tile = [&](std::int64_t n, std::int64_t oh, std::int64_t w0, std::int64_t w1,
                            std::int64_t c0, std::int64_t tile) {
    const std::int64_t top = oh * window.stride_h - window.pad_h;
    const float* image = x.data() + n * height * width * channels + c0;
    const std::int64_t out = ((n * out_h + oh) * out_w + w0) * channels + c0;
    const std::int64_t kh0 = std::max<std::int64_t>(0, -top);
    const std::int64_t kh1 = std::min(window.kernel_h, height - top);
    // A window of nothing but -infinity is won by its first element on the image.
    std::uint32_t winner[kTileColumns * kTileChannels];
    for (std::int64_t w = w0; w < w1; ++w) {
      const std::int64_t kw0 = std::max<std::int64_t>(0, window.pad_w - w * window.stride_w);
      std::fill_n(y.data() + out + (w - w0) * channels, tile,
                  -std::numeric_limits<float>::infinity());
      std::fill_n(winner + (w - w0) * tile, tile,
                  static_cast<std::uint32_t>(kh0 * window.kernel_w + kw0));
    }
    for (std::int64_t kh = kh0; kh < kh1; ++kh) {
      for (std::int64_t kw = 0; kw < window.kernel_w; ++kw) {
        const auto [first, last] = covered(w0, w1, kw, window.stride_w, window.pad_w, width);
        if (first >= last) {
          continue;
        }
        const std::int64_t left = first * window.stride_w - window.pad_w + kw;
        take_larger(image + ((top + kh) * width + left) * channels, window.stride_w * channels,
                    static_cast<std::uint32_t>(kh * window.kernel_w + kw), last - first, tile,
                    y.data() + out + (first - w0) * channels, channels,
                    winner + (first - w0) * tile);
      }
    }
    if (!argmax.empty()) {
      for (std::int64_t w = 0; w < w1 - w0; ++w) {
        std::transform(winner + w * tile, winner + (w + 1) * tile,
                       argmax.data() + out + w * channels,
                       [](std::uint32_t k) { return static_cast<std::uint8_t>(k); });
      }
    }
  };
  const bool wide = choose_instructions() == Instructions::kAvx512;
  const auto one_row = [&](std::int64_t n, std::int64_t oh) {
    if (wide) {
      const std::int64_t top = oh * window.stride_h - window.pad_h;
      const std::int64_t first = std::max<std::int64_t>(0, -top);
      const std::int64_t out = (n * out_h + oh) * out_w * channels;
      pool_row_avx512(window, {x.data() + (n * height + top + first) * width * channels, width,
                               out_w, channels, first, std::min(window.kernel_h, height - top),
                               y.data() + out, argmax.empty() ? nullptr : argmax.data() + out});
      return;
    }
    for (std::int64_t w0 = 0; w0 < out_w; w0 += kTileColumns) {
      for (std::int64_t c0 = 0; c0 < channels; c0 += kTileChannels) {
        one_tile(n, oh, w0, std::min(out_w, w0 + kTileColumns), c0,
                 std::min(kTileChannels, channels - c0));
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
  // Of a window's element k from its upper left corner.
  std::array<std::int64_t, kMostPoolElements> offset{};
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
