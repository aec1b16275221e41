#include <algorithm>

#include "cpu/lane_pass.h"
#include "cpu/parallel.h"
#include "cpu/scratch.h"
#include "cpu/simd.h"

namespace infoplane::cpu {
namespace {

constexpr std::int64_t kElements = 9;  // of a kernel

/// to [16] rows of kMostOutputs = G g Gt for g [9][kMostOutputs].
INFOPLANE_CPU_CLONES
void transform_kernels(const float (&g)[kElements][kMostOutputs],
                       float (&to)[kTilePixels][kMostOutputs]) {
  for (int o = 0; o < kMostOutputs; ++o) {
    float t[4][3];
    for (int j = 0; j < 3; ++j) {
      const float ends = g[j][o] + g[6 + j][o];
      t[0][j] = g[j][o];
      t[1][j] = 0.5f * (ends + g[3 + j][o]);
      t[2][j] = 0.5f * (ends - g[3 + j][o]);
      t[3][j] = g[6 + j][o];
    }
    for (int i = 0; i < 4; ++i) {
      const float ends = t[i][0] + t[i][2];
      to[4 * i][o] = t[i][0];
      to[4 * i + 1][o] = 0.5f * (ends + t[i][1]);
      to[4 * i + 2][o] = 0.5f * (ends - t[i][1]);
      to[4 * i + 3][o] = t[i][2];
    }
  }
}

/// The products of tile pixel p are a matrix product over the channels, by the same register tile
/// as a direct convolution's. Tiles are taken a few at a time, so that what they are multiplied
/// from stays in L2.
class WinogradPass final : public LanePass {
 public:
  WinogradPass(Context& ctx, const ConvolutionKernels& kernels, const Window& window,
               const Shape& x, const Shape& y)
      : kernels_(kernels),
        window_(window),
        images_(x[0]),
        channels_(x[1]),
        height_(x[2]),
        width_(x[3]),
        out_h_(y[2]),
        out_w_(y[3]),
        tile_rows_(pieces_of(out_h_, 2)),
        tile_columns_(pieces_of(out_w_, 2)),
        outputs_(y[1], kMostOutputs) {
    const std::int64_t threads = host(ctx).threads();
    const std::int64_t row_floats = 2 * (width_ * channels_ + out_w_ * y[1]) * kLaneImages;
    const std::int64_t by_memory =
        pieces_of(tile_rows_, std::max<std::int64_t>(1, kStripFloats / row_floats));
    const std::int64_t by_threads = pieces_of(2 * threads, pieces_of(images_, kLaneImages));
    strips_ = std::min(tile_rows_, std::max(by_memory, by_threads));
    strip_rows_ = pieces_of(tile_rows_, strips_);
    tiles_ = std::clamp<std::int64_t>(kTileFloats / (kTilePixels * channels_ * kLaneImages), 1,
                                      strip_rows_ * tile_columns_);
    // Of one thread: x and y of a strip, a few tiles transformed, their products.
    x_floats_ = (2 * strip_rows_ + 2) * width_ * channels_ * kLaneImages;
    y_floats_ = 2 * strip_rows_ * out_w_ * y[1] * kLaneImages;
    v_floats_ = kTilePixels * tiles_ * channels_ * kLaneImages;
    m_floats_ = kTilePixels * tiles_ * outputs_.size * kLaneImages;
    slots_ = std::min(threads, pieces_of(images_, kLaneImages) * strips_);
    ctx.scratch(scratch_bytes());  // asked for once here, so that a warm pass allocates nothing
  }

  void run(Context& ctx, const KernelView& kernel, const float* x, const float* bias, float least,
           float* y) override {
    Scratch memory(ctx.scratch(scratch_bytes()));
    float* const weights = memory.take<float>(weights_floats());
    float* const zeros = memory.take<float>(zeros_floats());
    float* const all_lanes = memory.take<float>(slots_ * lanes_floats());
    pack(ctx, kernel, weights);
    std::fill_n(zeros, zeros_floats(), 0.0f);
    const std::int64_t items = pieces_of(images_, kLaneImages) * strips_;
    parallel_for_slots(ctx, items, 1, [&](std::int64_t first, std::int64_t last, int slot) {
      float* const lanes = all_lanes + slot * lanes_floats();
      for (std::int64_t i = first; i < last; ++i) {
        run_strip(i / strips_, i % strips_, x, {weights, bias, zeros}, least, y, lanes);
      }
    });
  }

 private:
  static constexpr std::int64_t kStripFloats = 128 << 10;  // of x and y
  static constexpr std::int64_t kTileFloats = 128 << 10;   // of transformed tiles

  /// What all threads read.
  struct Constants {
    const float* weights;  ///< as weights_of() says
    const float* bias;
    const float* zeros;
  };

  std::int64_t weights_floats() const { return kTilePixels * channels_ * outputs_.count; }
  std::int64_t zeros_floats() const { return channels_ * kLaneImages; }
  std::int64_t lanes_floats() const { return x_floats_ + y_floats_ + v_floats_ + m_floats_; }
  std::size_t scratch_bytes() const {
    return bytes_of<float>(weights_floats()) + bytes_of<float>(zeros_floats()) +
           bytes_of<float>(slots_ * lanes_floats());
  }

  /// Where the weights of a piece of the output channels begin: [tile pixel, channel, output
  /// channel].
  std::int64_t weights_of(std::int64_t piece) const {
    return kTilePixels * channels_ * outputs_.first(piece);
  }

  void pack(Context& ctx, const KernelView& kernel, float* weights) const {
    parallel_for_items(ctx, outputs_.number, outputs_.size * kTilePixels * channels_,
                       [&](auto first, auto last) {
                         for (std::int64_t piece = first; piece < last; ++piece) {
                           pack_piece(kernel, piece, weights + weights_of(piece));
                         }
                       });
  }

  void pack_piece(const KernelView& kernel, std::int64_t piece, float* weights) const {
    const float* from = kernel.w + outputs_.first(piece) * kernel.output;
    const std::int64_t size = outputs_.size_of(piece);
    float g[kElements][kMostOutputs] = {};
    float transformed[kTilePixels][kMostOutputs];
    for (std::int64_t c = 0; c < channels_; ++c) {
      for (std::int64_t e = 0; e < kElements; ++e) {
        for (std::int64_t o = 0; o < size; ++o) {
          g[e][o] = from[o * kernel.output + c * kernel.channel + e * kernel.element];
        }
      }
      transform_kernels(g, transformed);
      for (std::int64_t p = 0; p < kTilePixels; ++p) {
        std::copy_n(transformed[p], size, weights + (p * channels_ + c) * size);
      }
    }
  }

  /// Tile rows of one strip of one group of images.
  void run_strip(std::int64_t group, std::int64_t strip, const float* x, const Constants& constants,
                 float least, float* y, float* lanes) const {
    const std::int64_t image = group * kLaneImages;
    const std::int64_t images = std::min(kLaneImages, images_ - image);
    const std::int64_t x_row = width_ * channels_;
    const std::int64_t y_row = out_w_ * outputs_.count;
    const std::int64_t first = tile_rows_ * strip / strips_;
    const std::int64_t last = tile_rows_ * (strip + 1) / strips_;
    const std::int64_t top = std::clamp<std::int64_t>(2 * first - window_.pad_h, 0, height_);
    const std::int64_t bottom =
        std::clamp<std::int64_t>(2 * last + 2 - window_.pad_h, top, height_);
    kernels_.to_lanes(x + (image * height_ + top) * x_row, height_ * x_row, images,
                      (bottom - top) * x_row, lanes);
    float* y_lanes = lanes + x_floats_;
    const std::int64_t tiles = (last - first) * tile_columns_;
    for (std::int64_t tile = 0; tile < tiles; tile += tiles_) {
      run_tiles(first * tile_columns_ + tile, std::min(tiles_, tiles - tile), {lanes, top},
                {y_lanes, 2 * first}, constants, lanes + x_floats_ + y_floats_);
    }
    const std::int64_t rows = std::min(2 * last, out_h_) - 2 * first;
    kernels_.from_lanes(y_lanes, images, rows * y_row, y + (image * out_h_ + 2 * first) * y_row,
                        out_h_ * y_row, least);
  }

  /// Rows of an image in lanes, from `top` on.
  struct Rows {
    float* lanes;
    std::int64_t top;
  };

  void run_tiles(std::int64_t first, std::int64_t count, const Rows& x, const Rows& y,
                 const Constants& constants, float* v) const {
    float* m = v + v_floats_;
    const auto& [weights, bias, zeros] = constants;
    const std::int64_t v_tile = channels_ * kLaneImages;
    for (std::int64_t t = 0; t < count; ++t) {
      transform_tile(first + t, x, zeros, v + t * v_tile, count * v_tile);
    }
    for (std::int64_t piece = 0; piece < outputs_.number; ++piece) {
      const std::int64_t size = outputs_.size_of(piece);
      if (size == 0) {
        continue;
      }
      const std::int64_t m_tile = size * kLaneImages;
      for (std::int64_t p = 0; p < kTilePixels; ++p) {
        const float* w = weights + weights_of(piece) + p * channels_ * size;
        for (std::int64_t t = 0; t < count; ++t) {
          kernels_.pixel[size]({v + (p * count + t) * v_tile, w, 1, channels_, 0, 0}, zeros,
                               m + (p * count + t) * m_tile);
        }
      }
      for (std::int64_t t = 0; t < count; ++t) {
        finish_tile(first + t, piece, m + t * m_tile, count * m_tile, bias, y);
      }
    }
  }

  void transform_tile(std::int64_t tile, const Rows& x, const float* zeros, float* v,
                      std::int64_t v_step) const {
    const std::int64_t top = tile / tile_columns_ * 2 - window_.pad_h;
    const std::int64_t left = tile % tile_columns_ * 2 - window_.pad_w;
    const float* pixels[kTilePixels];
    for (int i = 0; i < kTilePixels; ++i) {
      const std::int64_t row = top + i / 4;
      const std::int64_t column = left + i % 4;
      const bool there = row >= 0 && row < height_ && column >= 0 && column < width_;
      pixels[i] =
          there ? x.lanes + ((row - x.top) * width_ + column) * channels_ * kLaneImages : zeros;
    }
    kernels_.winograd_input(pixels, channels_, v, v_step);
  }

  void finish_tile(std::int64_t tile, std::int64_t piece, const float* m, std::int64_t m_step,
                   const float* bias, const Rows& y) const {
    const std::int64_t channel = outputs_.first(piece);
    float* pixels[4];
    for (int i = 0; i < 4; ++i) {
      const std::int64_t row = tile / tile_columns_ * 2 + i / 2;
      const std::int64_t column = tile % tile_columns_ * 2 + i % 2;
      pixels[i] = row < out_h_ && column < out_w_
                      ? y.lanes + (((row - y.top) * out_w_ + column) * outputs_.count + channel) *
                                      kLaneImages
                      : nullptr;
    }
    kernels_.winograd_output(m, m_step, outputs_.size_of(piece), bias + channel, pixels);
  }

  const ConvolutionKernels& kernels_;
  Window window_;
  std::int64_t images_, channels_, height_, width_, out_h_, out_w_, tile_rows_, tile_columns_;
  Pieces outputs_;
  std::int64_t strips_;      ///< that a group's tile rows are cut into
  std::int64_t strip_rows_;  ///< tile rows of a strip, at most
  std::int64_t tiles_;       ///< transformed at a time, at most
  std::int64_t x_floats_, y_floats_, v_floats_, m_floats_;
  std::int64_t slots_;  ///< threads that get work
};

}  // namespace

std::unique_ptr<LanePass> plan_winograd_pass(Context& ctx, const ConvolutionKernels& kernels,
                                             const Window& window, const Shape& x, const Shape& y) {
  return std::make_unique<WinogradPass>(ctx, kernels, window, x, y);
}

}  // namespace infoplane::cpu
