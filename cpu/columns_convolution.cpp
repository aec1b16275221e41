#include "cpu/columns_convolution.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "cpu/activation.h"
#include "cpu/bf16_product.h"
#include "cpu/channel_blocks.h"
#include "cpu/parallel.h"
#include "cpu/scratch.h"
#include "cpu/simd.h"
#include "cpu/taps.h"

namespace infoplane::cpu {
namespace {

/// The windows of images x [N, C, H, W], channels last, as rows: for each output pixel the pixels
/// under elements [first, last) of the kernel, C numbers each, zeros beside the image.
class Columns {
 public:
  Columns(const Window& window, const Shape& x)
      : window_(window), x_(x), y_(window.output("plan_convolution", x, 1)) {}

  std::int64_t elements() const { return window_.kernel_h * window_.kernel_w; }
  std::int64_t pixels() const { return y_[2] * y_[3]; }
  std::int64_t channels() const { return x_[1]; }

  void write(const Bf16* x, std::int64_t first_image, std::int64_t images, std::int64_t first,
             std::int64_t last, Bf16* to) const {
    for (std::int64_t n = first_image; n < first_image + images; ++n) {
      for (std::int64_t out_h = 0; out_h < y_[2]; ++out_h) {
        for (std::int64_t out_w = 0; out_w < y_[3]; ++out_w) {
          to = write_row(x + n * x_[1] * x_[2] * x_[3], out_h, out_w, first, last, to);
        }
      }
    }
  }

 private:
  /// Returns where the next row begins. Elements of one row of the kernel lie side by side in x.
  Bf16* write_row(const Bf16* image, std::int64_t out_h, std::int64_t out_w, std::int64_t first,
                  std::int64_t last, Bf16* to) const {
    const Taps rows(out_h, window_.stride_h, window_.pad_h, window_.kernel_h, x_[2]);
    const Taps columns(out_w, window_.stride_w, window_.pad_w, window_.kernel_w, x_[3]);
    const std::int64_t top = out_h * window_.stride_h - window_.pad_h;
    const std::int64_t left = out_w * window_.stride_w - window_.pad_w;
    while (first < last) {
      const std::int64_t kh = first / window_.kernel_w;
      const std::int64_t begin = first % window_.kernel_w;
      const std::int64_t end = std::min(window_.kernel_w, begin + last - first);
      std::int64_t from = end, until = end;  // of what lies on the image
      if (kh >= rows.first && kh < rows.last && columns.count() > 0) {
        from = std::clamp(columns.first, begin, end);
        until = std::clamp(columns.last, from, end);
      }
      const auto bytes = [&](std::int64_t count) {
        return static_cast<std::size_t>(count * x_[1]) * sizeof(Bf16);
      };
      std::memset(to, 0, bytes(from - begin));
      if (until > from) {
        std::memcpy(to + (from - begin) * x_[1], image + ((top + kh) * x_[3] + left + from) * x_[1],
                    bytes(until - from));
      }
      std::memset(to + (until - begin) * x_[1], 0, bytes(end - until));
      to += (end - begin) * x_[1];
      first += end - begin;
    }
    return to;
  }

  Window window_;
  Shape x_, y_;
};

/// y [rows, channels] += b, of each row.
INFOPLANE_CPU_CLONES
void add_bias(const float* b, std::int64_t rows, std::int64_t channels, float* y) {
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t c = 0; c < channels; ++c) {
      y[row * channels + c] += b[c];
    }
  }
}

/// Kernels turned round, as they lead from dy back to dx: w [K, elements, C] to [elements, K, C],
/// the last element first.
void turn_round(Context& ctx, const float* w, std::int64_t k, std::int64_t elements,
                std::int64_t channels, Bf16* to) {
  parallel_for_items(ctx, k, elements * channels, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t o = first; o < last; ++o) {
      for (std::int64_t e = 0; e < elements; ++e) {
        round_to_bf16(w + (o * elements + elements - 1 - e) * channels, channels,
                      to + (e * k + o) * channels);
      }
    }
  });
}

class ColumnsConvolution final : public ConvolutionPlan {
 public:
  ColumnsConvolution(Context& ctx, const Window& window, const Shape& x, std::int64_t out_channels,
                     const Passes& passes, bool relu)
      : ConvolutionPlan({window, x, out_channels}), columns_(window, x), relu_(relu) {
    const std::int64_t elements = columns_.elements();
    const std::int64_t in = elements * x[1];
    if (passes.forward == Algorithm::kColumns) {
      forward_.emplace(ctx, columns_, x[0], out_channels, Strides{1, in});
      ctx.scratch(forward_->scratch_bytes(shapes().x, shapes().w));
    }
    if (passes.backward_data == Algorithm::kColumns) {
      backward_.emplace(ctx, Columns(turned_round(window), shapes().y), x[0], x[1],
                        Strides{x[1], 1});
      ctx.scratch(backward_->scratch_bytes(shapes().y, shapes().w));
    }
    if (passes.backward_weights == Algorithm::kColumns) {
      // A product of so many columns is as fast as a wider one.
      constexpr std::int64_t kColumnsOfAProduct = 256;
      group_ = std::min(elements, pieces_of(kColumnsOfAProduct, x[1]));
      groups_ = pieces_of(elements, group_);
      for (const std::int64_t size : {group_, elements - (groups_ - 1) * group_}) {
        weights_.push_back(&host(ctx).bf16_products().of({out_channels,
                                                          size * x[1],
                                                          x[0] * columns_.pixels(),
                                                          {1, out_channels},
                                                          {size * x[1], 1},
                                                          in,
                                                          true}));
      }
      ctx.scratch(weights_bytes(ctx));
    }
  }

  std::string algorithm(ConvolutionPass pass) const override {
    const Bf16Product* product = nullptr;
    switch (pass) {
      case ConvolutionPass::kForward: product = forward_ ? forward_->product : nullptr; break;
      case ConvolutionPass::kBackwardData:
        product = backward_ ? backward_->product : nullptr;
        break;
      case ConvolutionPass::kBackwardWeights: product = weights_.empty() ? nullptr : weights_[0];
    }
    return product == nullptr ? "none" : "columns, oneDNN " + product->implementation();
  }

 private:
  /// From images to a product of their columns with kernels, in pieces of so many images that the
  /// columns of one stay in a cache, and yet a product has some hundred rows.
  struct Way {
    Columns columns;
    std::int64_t images, pieces, out_channels;
    int slots;
    const Bf16Product* product;

    Way(Context& ctx, const Columns& columns_of, std::int64_t batch, std::int64_t out,
        Strides kernels)
        : columns(columns_of),
          images(images_of_a_piece(batch, columns_of.pixels())),
          pieces(batch / images),
          out_channels(out),
          slots(static_cast<int>(std::min<std::int64_t>(host(ctx).threads(), pieces))) {
      product =
          &host(ctx).bf16_products().of({rows(), out, width(), {width(), 1}, kernels, out, false});
    }

    std::int64_t rows() const { return images * columns.pixels(); }
    std::int64_t width() const { return columns.elements() * columns.channels(); }
    /// Columns, then oneDNN's.
    std::size_t slot_bytes() const {
      return bytes_of<Bf16>(rows() * width()) + in_lines(product->scratch_bytes());
    }
    /// x and the kernels, rounded, then the slots'.
    std::size_t scratch_bytes(const Shape& x, const Shape& w) const {
      return bytes_of<Bf16>(x.numel()) + bytes_of<Bf16>(w.numel()) +
             static_cast<std::size_t>(slots) * slot_bytes();
    }

    /// A divisor of the batch, so that one product serves all pieces.
    static std::int64_t images_of_a_piece(std::int64_t batch, std::int64_t pixels) {
      constexpr std::int64_t kRows = 256;
      std::int64_t images = std::min(batch, pieces_of(kRows, pixels));
      while (batch % images != 0) {
        ++images;
      }
      return images;
    }
  };

  /// y = b + x * kernels, b may be null; `memory` is the slots'.
  static void run(Context& ctx, const Way& way, const Bf16* x, const Bf16* kernels,
                  std::byte* memory, const float* b, bool relu, float* y) {
    for_each_piece(ctx, way.slots, way.pieces, [&](std::int64_t piece, int slot) {
      Scratch own(memory + static_cast<std::size_t>(slot) * way.slot_bytes());
      Bf16* const columns = own.take<Bf16>(way.rows() * way.width());
      way.columns.write(x, piece * way.images, way.images, 0, way.columns.elements(), columns);
      const std::int64_t size = way.rows() * way.out_channels;
      float* const to = y + piece * size;
      way.product->run(columns, kernels, to, own.rest());
      if (b != nullptr) {
        add_bias(b, way.rows(), way.out_channels, to);
      }
      if (relu) {
        relu_in_place(to, size);
      }
    });
  }

  void do_forward(Context& ctx, View<const float> x, View<const float> w, View<const float> b,
                  View<float> y) override {
    Scratch memory(ctx.scratch(forward_->scratch_bytes(shapes().x, shapes().w)));
    Bf16* const images = memory.take<Bf16>(x.size());
    Bf16* const kernels = memory.take<Bf16>(w.size());
    round_to_bf16(ctx, x.data(), x.size(), images);
    round_to_bf16(ctx, w.data(), w.size(), kernels);
    run(ctx, *forward_, images, kernels, memory.rest(), b.empty() ? nullptr : b.data(), relu_,
        y.data());
  }

  void do_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                        View<float> dx) override {
    Scratch memory(ctx.scratch(backward_->scratch_bytes(shapes().y, shapes().w)));
    Bf16* const gradients = memory.take<Bf16>(dy.size());
    Bf16* const kernels = memory.take<Bf16>(w.size());
    round_to_bf16(ctx, dy.data(), dy.size(), gradients);
    turn_round(ctx, w.data(), shapes().w[0], columns_.elements(), shapes().w[1], kernels);
    run(ctx, *backward_, gradients, kernels, memory.rest(), nullptr, false, dx.data());
  }

  int weights_slots(Context& ctx) const {
    return static_cast<int>(std::min<std::int64_t>(host(ctx).threads(), groups_));
  }
  /// Columns of a group, over all images.
  std::int64_t group_size() const {
    return shapes().x[0] * columns_.pixels() * group_ * columns_.channels();
  }
  std::size_t weights_slot_bytes() const {
    return bytes_of<Bf16>(group_size()) +
           in_lines(std::max(weights_[0]->scratch_bytes(), weights_[1]->scratch_bytes()));
  }
  std::size_t weights_bytes(Context& ctx) const {
    return bytes_of<Bf16>(shapes().x.numel()) + bytes_of<Bf16>(shapes().y.numel()) +
           static_cast<std::size_t>(weights_slots(ctx)) * weights_slot_bytes();
  }

  /// Some elements of the kernel at a time, over all images: no sum over pieces is left.
  void do_backward_weights(Context& ctx, View<const float> x, View<const float> dy, View<float> dw,
                           View<float> db) override {
    Scratch memory(ctx.scratch(weights_bytes(ctx)));
    Bf16* const images = memory.take<Bf16>(x.size());
    Bf16* const gradients = memory.take<Bf16>(dy.size());
    round_to_bf16(ctx, x.data(), x.size(), images);
    round_to_bf16(ctx, dy.data(), dy.size(), gradients);
    for_each_piece(ctx, weights_slots(ctx), groups_, [&](std::int64_t group, int slot) {
      Scratch own(memory.rest() + static_cast<std::size_t>(slot) * weights_slot_bytes());
      Bf16* const columns = own.take<Bf16>(group_size());
      const std::int64_t first = group * group_;
      const std::int64_t last = std::min(columns_.elements(), first + group_);
      columns_.write(images, 0, shapes().x[0], first, last, columns);
      weights_[group + 1 < groups_ ? 0 : 1]->run(
          gradients, columns, dw.data() + first * columns_.channels(), own.rest());
    });
    if (!db.empty()) {
      add_channel_sums(ctx, dy.data(), dy.size() / shapes().b[0], shapes().b[0], db.data());
    }
  }

  Columns columns_;
  bool relu_;  // not oneDNN's own, which makes NaNs zeros and so hides divergence
  std::optional<Way> forward_, backward_;
  std::int64_t group_ = 0, groups_ = 0;  // elements of a product of backward_weights, and products
  std::vector<const Bf16Product*> weights_;  // of a group, and of the last one
};

}  // namespace

std::unique_ptr<ConvolutionPlan> plan_columns_convolution(Context& ctx, const Window& window,
                                                          const Shape& x, std::int64_t out_channels,
                                                          const Passes& passes, bool relu) {
  return std::make_unique<ColumnsConvolution>(ctx, window, x, out_channels, passes, relu);
}

}  // namespace infoplane::cpu
