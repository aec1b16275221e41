#include "cpu/direct_convolution.h"

#include <algorithm>

#include "core/tensor.h"
#include "cpu/channel_blocks.h"
#include "cpu/lane_pass.h"
#include "cpu/parallel.h"
#include "cpu/scratch.h"

namespace infoplane::cpu {
namespace {

std::string to_string(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kNone: return "none";
    case Algorithm::kOneDnn: return "oneDNN";
    case Algorithm::kDirect: return "direct, images in lanes";
    case Algorithm::kWinograd: return "winograd 2x2, images in lanes";
    case Algorithm::kColumns: return "columns";
  }
  return "";
}

class DirectConvolution final : public ConvolutionPlan {
 public:
  DirectConvolution(Context& ctx, const ConvolutionKernels& kernels, const Window& window,
                    const Shape& x, std::int64_t out_channels, const Passes& passes, bool relu)
      : ConvolutionPlan({window, x, out_channels}),
        kernels_(kernels),
        window_(window),
        passes_(passes),
        least_(relu ? 0.0f : kNoLeast),
        zero_bias_(ctx, {std::max(x[1], out_channels)}) {
    forward_ = plan_pass(ctx, passes.forward, window, shapes().x, shapes().y);
    backward_ = plan_pass(ctx, passes.backward_data, turned_round(window), shapes().y, shapes().x);
    if (passes.backward_weights == Algorithm::kDirect && window.pad_w > 0) {
      ctx.scratch(padded_bytes());  // asked for once here, so that a warm pass allocates nothing
    }
  }

  std::string algorithm(ConvolutionPass pass) const override {
    switch (pass) {
      case ConvolutionPass::kForward: return to_string(passes_.forward);
      case ConvolutionPass::kBackwardData: return to_string(passes_.backward_data);
      case ConvolutionPass::kBackwardWeights:
        return passes_.backward_weights == Algorithm::kDirect ? "direct, kernel rows in lanes"
                                                              : to_string(passes_.backward_weights);
    }
    return "";
  }

 private:
  void do_forward(Context& ctx, View<const float> x, View<const float> w, View<const float> b,
                  View<float> y) override {
    const KernelView kernel{w.data(), elements() * shapes().x[1], 1, shapes().x[1]};
    forward_->run(ctx, kernel, x.data(), b.empty() ? zero_bias_.data() : b.data(), least_,
                  y.data());
  }

  void do_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                        View<float> dx) override {
    const std::int64_t channels = shapes().x[1];
    const float* last = w.data() + (elements() - 1) * channels;  // the kernel turned round
    const KernelView kernel{last, 1, elements() * channels, -channels};
    backward_->run(ctx, kernel, dy.data(), zero_bias_.data(), kNoLeast, dx.data());
  }

  void do_backward_weights(Context& ctx, View<const float> x, View<const float> dy, View<float> dw,
                           View<float> db) override {
    const float* rows = window_.pad_w > 0 ? pad_rows(ctx, x.data()) : x.data();
    add_weights(ctx, rows, dy.data(), dw.data());
    add_channel_sums(ctx, dy, db);
  }

  static constexpr std::int64_t kChunkFloats = 64 << 10;  // of x and dy: they stay in L2

  std::int64_t elements() const { return window_.kernel_h * window_.kernel_w; }

  /// Null for a pass that does not run or is oneDNN's.
  std::unique_ptr<LanePass> plan_pass(Context& ctx, Algorithm algorithm, const Window& window,
                                      const Shape& from, const Shape& to) const {
    switch (algorithm) {
      case Algorithm::kNone:
      case Algorithm::kOneDnn:
      case Algorithm::kColumns: return nullptr;
      case Algorithm::kDirect: return plan_direct_pass(ctx, kernels_, window, from, to);
      case Algorithm::kWinograd: return plan_winograd_pass(ctx, kernels_, window, from, to);
    }
    throw UsageError("plan_convolution: unknown algorithm");
  }

  /// Floats of a row of x, and of the zeros on either side of it.
  std::int64_t row_floats() const { return shapes().x[3] * shapes().x[1]; }
  std::int64_t pad_floats() const { return window_.pad_w * shapes().x[1]; }
  std::size_t padded_bytes() const {
    return bytes_of<float>(shapes().x[0] * shapes().x[2] * (row_floats() + 2 * pad_floats()));
  }

  /// Copies x between columns of zeros, so that each pixel's kernel row is one run, to the
  /// context's scratch memory.
  const float* pad_rows(Context& ctx, const float* x) const {
    auto* const padded = static_cast<float*>(ctx.scratch(padded_bytes()));
    const std::int64_t row = row_floats(), pad = pad_floats();
    parallel_for_items(ctx, shapes().x[0] * shapes().x[2], row, [&](auto first, auto last) {
      for (std::int64_t r = first; r < last; ++r) {
        float* to = std::fill_n(padded + r * (row + 2 * pad), pad, 0.0f);
        std::fill_n(std::copy_n(x + r * row, row, to), pad, 0.0f);
      }
    });
    return padded;
  }

  /// Each thread has its own tiles of dw and sums all images into them, a few at a time, so that
  /// they are still in the cache for its next tile.
  void add_weights(Context& ctx, const float* x, const float* dy, float* dw) const {
    const std::int64_t stride = window_.stride_h;
    const std::int64_t run = window_.kernel_w * shapes().x[1];
    const Pieces vectors(pieces_of(run, kVectorFloats), kMostVectors);
    const std::int64_t most = most_outputs(static_cast<int>(vectors.size));
    const std::int64_t tiles = window_.kernel_h * vectors.number;
    const std::int64_t wanted = pieces_of(4 * host(ctx).threads(), tiles);
    const std::int64_t outputs_count = shapes().w[0];
    const Pieces outputs(outputs_count,
                         std::clamp<std::int64_t>(pieces_of(outputs_count, wanted),
                                                  std::min<std::int64_t>(4, most), most));
    const std::int64_t x_row = row_floats() + 2 * pad_floats();
    const std::int64_t y_row = shapes().y[3] * outputs_count;
    const std::int64_t image_floats = shapes().x[2] * x_row + shapes().y[2] * y_row;
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
          shapes().y[2],
          pieces_of(std::max<std::int64_t>(0, shapes().x[2] + window_.pad_h - kh), stride));
      if (size == 0 || vector_count == 0 || first >= last) {
        return;
      }
      WeightsTile tile{};
      tile.x_image = shapes().x[2] * x_row;
      tile.x_row = stride * x_row;
      tile.x_column = window_.stride_w * shapes().x[1];
      tile.dy_image = shapes().y[2] * y_row;
      tile.dy_row = y_row;
      tile.dy_column = outputs_count;
      tile.x = x + image * tile.x_image + (first * stride + kh - window_.pad_h) * x_row + element;
      tile.dy = dy + image * tile.dy_image + first * y_row + channel;
      tile.images = images;
      tile.rows = last - first;
      tile.columns = shapes().y[3];
      tile.dw_output = window_.kernel_h * run;
      tile.dw = dw + channel * tile.dw_output + kh * run + element;
      tile.last_vector = static_cast<int>(std::min<std::int64_t>(
          kVectorFloats, run - element - (vector_count - 1) * kVectorFloats));
      kernels_.weights[vector_count][size](tile);
    };
    parallel_for(ctx, outputs.number * tiles, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t image = 0; image < shapes().x[0]; image += chunk) {
        for (std::int64_t item = first; item < last; ++item) {
          add_tile(item, image, std::min(chunk, shapes().x[0] - image));
        }
      }
    });
  }

  const ConvolutionKernels& kernels_;
  Window window_;
  Passes passes_;
  float least_;                                   // of y
  Tensor<float> zero_bias_;                       // stands in for an absent b
  std::unique_ptr<LanePass> forward_, backward_;  // where asked for
};

}  // namespace

std::unique_ptr<ConvolutionPlan> plan_direct_convolution(Context& ctx, const Window& window,
                                                         const Shape& x, std::int64_t out_channels,
                                                         const Passes& passes, bool relu) {
  return std::make_unique<DirectConvolution>(ctx, *convolution_kernels_avx512(), window, x,
                                             out_channels, passes, relu);
}

}  // namespace infoplane::cpu
