#include "cpu/direct_convolution.h"

#include <omp.h>

#include <algorithm>
#include <optional>

#include "core/tensor.h"
#include "cpu/channel_blocks.h"
#include "cpu/convolution_kernels.h"
#include "cpu/instructions.h"
#include "cpu/parallel.h"

namespace infoplane::cpu {
namespace {

/// How many pieces of `size` cover `count`.
std::int64_t pieces_of(std::int64_t count, std::int64_t size) { return (count + size - 1) / size; }

/// `count` in pieces of nearly equal size, none larger than `most`.
struct Pieces {
  std::int64_t count, number, size;

  Pieces(std::int64_t count_, std::int64_t most)
      : count(count_),
        number(pieces_of(count_, most)),
        size(pieces_of(count_, number)) {}

  std::int64_t first(std::int64_t i) const { return std::min(count, i * size); }
  std::int64_t size_of(std::int64_t i) const { return first(i + 1) - first(i); }
};

/// The kernel elements that meet the image, [first, last), for the output at `out` along one axis.
struct Taps {
  std::int64_t first, last;

  Taps(std::int64_t out, std::int64_t stride, std::int64_t pad, std::int64_t kernel,
       std::int64_t size)
      : first(std::max<std::int64_t>(0, pad - out * stride)),
        last(std::min(kernel, size + pad - out * stride)) {}

  std::int64_t count() const { return std::max<std::int64_t>(0, last - first); }
};

/// One way through a convolution, with images in lanes: y = b + x * w. The backward pass to x is
/// one, too, for a stride of 1: of dy with the kernel turned round.
class LaneConvolution {
 public:
  /// x [N, C, H, W] to y [N, K, OH, OW]; `window` has the padding on x's upper and left side.
  LaneConvolution(Context& ctx, const ConvolutionKernels& kernels, const Window& window,
                  const Shape& x, const Shape& y)
      : kernels_(kernels),
        window_(window),
        images_(x[0]),
        channels_(x[1]),
        height_(x[2]),
        width_(x[3]),
        out_h_(y[2]),
        out_w_(y[3]),
        outputs_(y[1], kMostOutputs),
        rows_(std::clamp<std::int64_t>(kOutputBytes / (out_w_ * y[1] * kLaneBytes), 1, out_h_)) {
    const std::int64_t threads = host(ctx).threads();
    const std::int64_t groups = pieces_of(images_, kLaneImages);
    strips_ = std::min(out_h_, pieces_of(2 * threads, groups));
    const std::int64_t pixels = height_ * width_ * channels_ + rows_ * out_w_ * y[1];
    weights_ = Tensor<float>(ctx, {taps() * y[1]});
    lanes_ = Tensor<float>(ctx, {threads, pixels * kLaneImages});
  }

  /// The weights of output channels [first, first + size) at `weights() + taps() * first`, as
  /// [kernel row, kernel column, channel, size].
  float* weights() { return weights_.data(); }
  std::int64_t taps() const { return window_.kernel_h * window_.kernel_w * channels_; }
  const Pieces& outputs() const { return outputs_; }

  void run(Context& ctx, const float* x, const float* bias, float* y) {
    const std::int64_t items = pieces_of(images_, kLaneImages) * strips_;
    parallel_for(ctx, items, 1, [&](std::int64_t first, std::int64_t last) {
      float* lanes = lanes_.data() + omp_get_thread_num() * lanes_.shape()[1];
      for (std::int64_t i = first; i < last; ++i) {
        run_strip(i / strips_, i % strips_, x, bias, y, lanes);
      }
    });
  }

 private:
  static constexpr std::int64_t kLaneBytes = kLaneImages * sizeof(float);
  static constexpr std::int64_t kOutputBytes = 128 << 10;  // of outputs in lanes: they stay in L2

  /// Output rows of one strip of one group of images.
  void run_strip(std::int64_t group, std::int64_t strip, const float* x, const float* bias,
                 float* y, float* lanes) const {
    const std::int64_t image = group * kLaneImages;
    const std::int64_t images = std::min(kLaneImages, images_ - image);
    const std::int64_t x_row = width_ * channels_;
    const std::int64_t y_row = out_w_ * outputs_.count;
    const std::int64_t first = out_h_ * strip / strips_;
    const std::int64_t last = out_h_ * (strip + 1) / strips_;
    const std::int64_t top =
        std::clamp<std::int64_t>(first * window_.stride_h - window_.pad_h, 0, height_);
    const std::int64_t bottom = std::clamp<std::int64_t>(
        (last - 1) * window_.stride_h - window_.pad_h + window_.kernel_h, top, height_);
    float* x_lanes = lanes;
    float* y_lanes = lanes + height_ * x_row * kLaneImages;
    kernels_.to_lanes(x + image * height_ * x_row + top * x_row, height_ * x_row, images,
                      (bottom - top) * x_row, x_lanes + top * x_row * kLaneImages);
    for (std::int64_t row = first; row < last; row += rows_) {
      const std::int64_t rows = std::min(rows_, last - row);
      run_rows(row, rows, x_lanes, bias, y_lanes);
      kernels_.from_lanes(y_lanes, images, rows * y_row, y + (image * out_h_ + row) * y_row,
                          out_h_ * y_row);
    }
  }

  void run_rows(std::int64_t first_row, std::int64_t rows, const float* x, const float* bias,
                float* y) const {
    for (std::int64_t piece = 0; piece < outputs_.number; ++piece) {
      const std::int64_t channel = outputs_.first(piece);
      const std::int64_t size = outputs_.size_of(piece);
      if (size == 0) {
        continue;
      }
      const PixelKernel kernel = kernels_.pixel[size];
      const float* w = weights_.data() + taps() * channel;
      PixelTaps pixel{};
      pixel.x_row = width_ * channels_ * kLaneImages;
      pixel.w_row = window_.kernel_w * channels_ * size;
      for (std::int64_t row = 0; row < rows; ++row) {
        const std::int64_t oh = first_row + row;
        const Taps down(oh, window_.stride_h, window_.pad_h, window_.kernel_h, height_);
        pixel.rows = down.count();
        const float* x_row =
            x + (oh * window_.stride_h - window_.pad_h + down.first) * pixel.x_row;
        const float* w_row = w + down.first * pixel.w_row;
        for (std::int64_t ow = 0; ow < out_w_; ++ow) {
          const Taps along(ow, window_.stride_w, window_.pad_w, window_.kernel_w, width_);
          pixel.run = along.count() * channels_;
          pixel.x = x_row + (ow * window_.stride_w - window_.pad_w + along.first) * channels_ *
                                kLaneImages;
          pixel.w = w_row + along.first * channels_ * size;
          kernel(pixel, bias + channel,
                 y + ((row * out_w_ + ow) * outputs_.count + channel) * kLaneImages);
        }
      }
    }
  }

  const ConvolutionKernels& kernels_;
  Window window_;
  std::int64_t images_, channels_, height_, width_, out_h_, out_w_;
  Pieces outputs_;
  std::int64_t rows_;    ///< of outputs between two ways back from lanes
  std::int64_t strips_;  ///< that a group's output rows are cut into, to give all threads work
  Tensor<float> weights_;
  Tensor<float> lanes_;  ///< [threads, a strip's x and y]
};

class DirectConvolution final : public ConvolutionPlan {
 public:
  DirectConvolution(Context& ctx, const ConvolutionKernels& kernels, const Window& window,
                    const Shape& x, std::int64_t out_channels, const Passes& passes)
      : kernels_(kernels),
        window_(window),
        x_shape_(x),
        w_shape_{out_channels, x[1], window.kernel_h, window.kernel_w},
        b_shape_{out_channels},
        y_shape_(window.output("plan_convolution", x, out_channels)),
        zero_bias_(ctx, {std::max(x[1], out_channels)}) {
    if (passes.forward) {
      forward_.emplace(ctx, kernels, window, x_shape_, y_shape_);
    }
    if (passes.backward_data) {
      backward_.emplace(ctx, kernels, turned_round(window), y_shape_, x_shape_);
    }
    if (passes.backward_weights && window.pad_w > 0) {
      padded_ = Tensor<float>(ctx, {x[0], x[2], x[3] + 2 * window.pad_w, x[1]});
    }
  }

  void forward(Context& ctx, View<const float> x, View<const float> w, View<const float> b,
               View<float> y) override {
    require_shape("convolution forward", "x", x.shape(), x_shape_);
    require_shape("convolution forward", "w", w.shape(), w_shape_);
    require_shape("convolution forward", "y", y.shape(), y_shape_);
    if (!b.empty()) {
      require_shape("convolution forward", "b", b.shape(), b_shape_);
    }
    const Pieces& outputs = forward_->outputs();
    const std::int64_t taps = forward_->taps();
    parallel_for_items(ctx, outputs.number, outputs.size * taps, [&](auto first, auto last) {
      for (std::int64_t piece = first; piece < last; ++piece) {
        const std::int64_t channel = outputs.first(piece);
        const std::int64_t size = outputs.size_of(piece);
        const float* from = w.data() + channel * taps;
        float* to = forward_->weights() + channel * taps;
        for (std::int64_t tap = 0; tap < taps; ++tap) {
          for (std::int64_t o = 0; o < size; ++o) {
            to[tap * size + o] = from[o * taps + tap];
          }
        }
      }
    });
    forward_->run(ctx, x.data(), b.empty() ? zero_bias_.data() : b.data(), y.data());
  }

  void backward_data(Context& ctx, View<const float> dy, View<const float> w,
                     View<float> dx) override {
    require_shape("convolution backward_data", "dy", dy.shape(), y_shape_);
    require_shape("convolution backward_data", "w", w.shape(), w_shape_);
    require_shape("convolution backward_data", "dx", dx.shape(), x_shape_);
    const Pieces& inputs = backward_->outputs();
    const std::int64_t pixels = window_.kernel_h * window_.kernel_w;
    const std::int64_t outputs = w_shape_[0];
    parallel_for_items(ctx, pixels, outputs * inputs.count, [&](auto first, auto last) {
      for (std::int64_t pixel = first; pixel < last; ++pixel) {
        for (std::int64_t o = 0; o < outputs; ++o) {
          const float* from = w.data() + (o * pixels + pixels - 1 - pixel) * inputs.count;
          for (std::int64_t piece = 0; piece < inputs.number; ++piece) {
            const std::int64_t size = inputs.size_of(piece);
            std::copy_n(from + inputs.first(piece), size,
                        backward_->weights() + inputs.first(piece) * backward_->taps() +
                            (pixel * outputs + o) * size);
          }
        }
      }
    });
    backward_->run(ctx, dy.data(), zero_bias_.data(), dx.data());
  }

  void backward_weights(Context& ctx, View<const float> x, View<const float> dy, View<float> dw,
                        View<float> db) override {
    require_shape("convolution backward_weights", "x", x.shape(), x_shape_);
    require_shape("convolution backward_weights", "dy", dy.shape(), y_shape_);
    require_shape("convolution backward_weights", "dw", dw.shape(), w_shape_);
    if (!db.empty()) {
      require_shape("convolution backward_weights", "db", db.shape(), b_shape_);
    }
    const float* rows = x.data();
    if (window_.pad_w > 0) {
      pad_rows(ctx, x.data());
      rows = padded_.data();
    }
    add_weights(ctx, rows, dy.data(), dw.data());
    if (!db.empty()) {
      add_channel_sums(ctx, dy.data(), dy.size() / b_shape_[0], b_shape_[0], db.data());
    }
  }

 private:
  static constexpr std::int64_t kChunkFloats = 64 << 10;  // of x and dy: they stay in L2

  /// The window by which the gradient goes back from y to x.
  static Window turned_round(const Window& window) {
    Window turned = window;
    turned.pad_h = window.kernel_h - 1 - window.pad_h;
    turned.pad_w = window.kernel_w - 1 - window.pad_w;
    return turned;
  }

  /// Copies x between columns of zeros, so that each pixel's kernel row is one run.
  void pad_rows(Context& ctx, const float* x) {
    const std::int64_t row = x_shape_[3] * x_shape_[1];
    const std::int64_t pad = window_.pad_w * x_shape_[1];
    parallel_for_items(ctx, x_shape_[0] * x_shape_[2], row, [&](auto first, auto last) {
      for (std::int64_t r = first; r < last; ++r) {
        std::copy_n(x + r * row, row, padded_.data() + r * (row + 2 * pad) + pad);
      }
    });
  }

  /// Each thread has its own tiles of dw and sums all images into them, a few at a time, so that
  /// they are still in the cache for its next tile.
  void add_weights(Context& ctx, const float* x, const float* dy, float* dw) const {
    const std::int64_t stride = window_.stride_h;
    const std::int64_t run = window_.kernel_w * x_shape_[1];
    const Pieces vectors(pieces_of(run, kVectorFloats), kMostVectors);
    const std::int64_t most = most_outputs(static_cast<int>(vectors.size));
    const std::int64_t tiles = window_.kernel_h * vectors.number;
    const std::int64_t wanted = pieces_of(4 * host(ctx).threads(), tiles);
    const std::int64_t outputs_count = w_shape_[0];
    const Pieces outputs(outputs_count,
                         std::clamp<std::int64_t>(pieces_of(outputs_count, wanted),
                                                  std::min<std::int64_t>(4, most), most));
    const std::int64_t x_row = (x_shape_[3] + 2 * window_.pad_w) * x_shape_[1];
    const std::int64_t y_row = y_shape_[3] * outputs_count;
    const std::int64_t image_floats = x_shape_[2] * x_row + y_shape_[2] * y_row;
    const std::int64_t chunk = std::max<std::int64_t>(1, kChunkFloats / image_floats);
    const auto add_tile = [&](std::int64_t item, std::int64_t image, std::int64_t images) {
      const std::int64_t channel = outputs.first(item / tiles);
      const std::int64_t size = outputs.size_of(item / tiles);
      const std::int64_t kh = item % tiles / vectors.number;
      const std::int64_t piece = item % vectors.number;
      const std::int64_t element = vectors.first(piece) * kVectorFloats;
      const std::int64_t vector_count = vectors.size_of(piece);
      const std::int64_t first = pieces_of(std::max<std::int64_t>(0, window_.pad_h - kh), stride);
      const std::int64_t last = std::min(
          y_shape_[2],
          pieces_of(std::max<std::int64_t>(0, x_shape_[2] + window_.pad_h - kh), stride));
      if (size == 0 || vector_count == 0 || first >= last) {
        return;
      }
      WeightsTile tile{};
      tile.x_image = x_shape_[2] * x_row;
      tile.x_row = stride * x_row;
      tile.x_column = window_.stride_w * x_shape_[1];
      tile.dy_image = y_shape_[2] * y_row;
      tile.dy_row = y_row;
      tile.dy_column = outputs_count;
      tile.x = x + image * tile.x_image + (first * stride + kh - window_.pad_h) * x_row + element;
      tile.dy = dy + image * tile.dy_image + first * y_row + channel;
      tile.images = images;
      tile.rows = last - first;
      tile.columns = y_shape_[3];
      tile.dw_output = window_.kernel_h * run;
      tile.dw = dw + channel * tile.dw_output + kh * run + element;
      tile.last_vector = static_cast<int>(
          std::min<std::int64_t>(kVectorFloats, run - element - (vector_count - 1) * kVectorFloats));
      kernels_.weights[vector_count][size](tile);
    };
    parallel_for(ctx, outputs.number * tiles, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t image = 0; image < x_shape_[0]; image += chunk) {
        for (std::int64_t item = first; item < last; ++item) {
          add_tile(item, image, std::min(chunk, x_shape_[0] - image));
        }
      }
    });
  }

  const ConvolutionKernels& kernels_;
  Window window_;
  Shape x_shape_, w_shape_, b_shape_, y_shape_;
  Tensor<float> zero_bias_;  // stands in for an absent b
  std::optional<LaneConvolution> forward_, backward_;  // where asked for
  Tensor<float> padded_;  // x between columns of zeros
};

/// The share of a kernel's elements along one axis that meets the image, over all outputs.
double tap_share(std::int64_t stride, std::int64_t pad, std::int64_t kernel, std::int64_t size,
                 std::int64_t outputs) {
  std::int64_t taps = 0;
  for (std::int64_t out = 0; out < outputs; ++out) {
    taps += Taps(out, stride, pad, kernel, size).count();
  }
  return static_cast<double>(taps) / static_cast<double>(outputs * kernel);
}

/// The share of lanes that `count` elements fill, in vectors of `lanes`.
double filled(std::int64_t count, std::int64_t lanes) {
  return static_cast<double>(count) / static_cast<double>(pieces_of(count, lanes) * lanes);
}

}  // namespace

Passes direct_passes(const Window& window, const Shape& x, std::int64_t out_channels) {
  constexpr double kGain = 1.1;  // to be expected: a tenth pays for the way into lanes and back
  if (choose_instructions() != Instructions::kAvx512 || window.pad_h >= window.kernel_h ||
      window.pad_w >= window.kernel_w) {
    return {};
  }
  const Shape y = window.output("plan_convolution", x, out_channels);
  const double rows = tap_share(window.stride_h, window.pad_h, window.kernel_h, x[2], y[2]);
  const double columns = tap_share(window.stride_w, window.pad_w, window.kernel_w, x[3], y[3]);
  // oneDNN multiplies with every element of the kernel, and has channels in lanes.
  const double lanes = rows * columns / filled(x[0], kLaneImages);
  const double runs = rows / filled(window.kernel_w * x[1], kVectorFloats);
  Passes passes;
  passes.forward = 1.0 / filled(out_channels, kVectorFloats) >= kGain * lanes;
  passes.backward_data = window.stride_h == 1 && window.stride_w == 1 &&
                         1.0 / filled(x[1], kVectorFloats) >= kGain * lanes;
  passes.backward_weights = 1.0 / filled(out_channels, kVectorFloats) >= kGain * runs;
  return passes;
}

std::unique_ptr<ConvolutionPlan> plan_direct_convolution(Context& ctx, const Window& window,
                                                         const Shape& x, std::int64_t out_channels,
                                                         const Passes& passes) {
  return std::make_unique<DirectConvolution>(ctx, *convolution_kernels_avx512(), window, x,
                                             out_channels, passes);
}

}  // namespace infoplane::cpu
