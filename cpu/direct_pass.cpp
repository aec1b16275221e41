#include <algorithm>

#include "cpu/lane_pass.h"
#include "cpu/parallel.h"
#include "cpu/scratch.h"

namespace infoplane::cpu {
namespace {

class DirectPass final : public LanePass {
 public:
  DirectPass(Context& ctx, const ConvolutionKernels& kernels, const Window& window, const Shape& x,
             const Shape& y)
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
    slots_ = std::min(threads, groups * strips_);
    lanes_floats_ = (height_ * width_ * channels_ + rows_ * out_w_ * y[1]) * kLaneImages;
    ctx.scratch(scratch_bytes());  // asked for once here, so that a warm pass allocates nothing
  }

  void run(Context& ctx, const KernelView& kernel, const float* x, const float* bias, float least,
           float* y) override {
    Scratch memory(ctx.scratch(scratch_bytes()));
    float* const weights = memory.take<float>(taps() * outputs_.count);
    float* const all_lanes = memory.take<float>(slots_ * lanes_floats_);
    pack(ctx, kernel, weights);
    const std::int64_t items = pieces_of(images_, kLaneImages) * strips_;
    parallel_for_slots(ctx, items, 1, [&](std::int64_t first, std::int64_t last, int slot) {
      float* const lanes = all_lanes + slot * lanes_floats_;
      for (std::int64_t i = first; i < last; ++i) {
        run_strip(i / strips_, i % strips_, x, weights, bias, least, y, lanes);
      }
    });
  }

 private:
  static constexpr std::int64_t kLaneBytes = kLaneImages * sizeof(float);
  static constexpr std::int64_t kOutputBytes = 128 << 10;  // of outputs in lanes: they stay in L2

  std::int64_t taps() const { return window_.kernel_h * window_.kernel_w * channels_; }

  std::size_t scratch_bytes() const {
    return bytes_of<float>(taps() * outputs_.count) + bytes_of<float>(slots_ * lanes_floats_);
  }

  /// Takes the kernel over into `weights`: of the output channels of one piece after the other,
  /// [kernel row, kernel column, channel, output channel].
  void pack(Context& ctx, const KernelView& kernel, float* weights) const {
    const std::int64_t elements = window_.kernel_h * window_.kernel_w;
    parallel_for_items(ctx, outputs_.number, outputs_.size * taps(), [&](auto first, auto last) {
      for (std::int64_t piece = first; piece < last; ++piece) {
        const float* from = kernel.w + outputs_.first(piece) * kernel.output;
        const std::int64_t size = outputs_.size_of(piece);
        float* to = weights + taps() * outputs_.first(piece);
        for (std::int64_t p = 0; p < elements; ++p) {
          for (std::int64_t c = 0; c < channels_; ++c) {
            for (std::int64_t o = 0; o < size; ++o) {
              *to++ = from[o * kernel.output + c * kernel.channel + p * kernel.element];
            }
          }
        }
      }
    });
  }

  /// Output rows of one strip of one group of images.
  void run_strip(std::int64_t group, std::int64_t strip, const float* x, const float* weights,
                 const float* bias, float least, float* y, float* lanes) const {
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
      run_rows(row, rows, x_lanes, weights, bias, y_lanes);
      kernels_.from_lanes(y_lanes, images, rows * y_row, y + (image * out_h_ + row) * y_row,
                          out_h_ * y_row, least);
    }
  }

  void run_rows(std::int64_t first_row, std::int64_t rows, const float* x, const float* weights,
                const float* bias, float* y) const {
    for (std::int64_t piece = 0; piece < outputs_.number; ++piece) {
      const std::int64_t channel = outputs_.first(piece);
      const std::int64_t size = outputs_.size_of(piece);
      if (size == 0) {
        continue;
      }
      const PixelKernel kernel = kernels_.pixel[size];
      const float* w = weights + taps() * channel;
      PixelTaps pixel{};
      pixel.x_row = width_ * channels_ * kLaneImages;
      pixel.w_row = window_.kernel_w * channels_ * size;
      for (std::int64_t row = 0; row < rows; ++row) {
        const std::int64_t oh = first_row + row;
        const Taps down(oh, window_.stride_h, window_.pad_h, window_.kernel_h, height_);
        pixel.rows = down.count();
        const float* x_row = x + (oh * window_.stride_h - window_.pad_h + down.first) * pixel.x_row;
        const float* w_row = w + down.first * pixel.w_row;
        for (std::int64_t ow = 0; ow < out_w_; ++ow) {
          const Taps along(ow, window_.stride_w, window_.pad_w, window_.kernel_w, width_);
          pixel.run = along.count() * channels_;
          pixel.x = x_row +
                    (ow * window_.stride_w - window_.pad_w + along.first) * channels_ * kLaneImages;
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
  std::int64_t slots_;   ///< threads that get work
  std::int64_t lanes_floats_;  ///< of each: a strip's x and y
};

}  // namespace

std::unique_ptr<LanePass> plan_direct_pass(Context& ctx, const ConvolutionKernels& kernels,
                                           const Window& window, const Shape& x, const Shape& y) {
  return std::make_unique<DirectPass>(ctx, kernels, window, x, y);
}

}  // namespace infoplane::cpu
