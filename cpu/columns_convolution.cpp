#include "cpu/columns_convolution.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "cpu/activation.h"
#include "cpu/bf16_product.h"
#include "cpu/channel_blocks.h"
#include "cpu/image_pieces.h"
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

/// Pieces of so many images that a piece's columns, `pixels` an image and `rows` in all, stay in a
/// cache.
ImagePieces pieces_of_rows(std::int64_t batch, std::int64_t pixels, std::int64_t rows) {
  return {batch, std::max<std::int64_t>(1, std::min(batch, pieces_of(rows, pixels)))};
}

/// From images to the products of their columns with kernels: y, or, with the kernels turned round,
/// dx.
class ForwardColumns {
 public:
  /// `kernels`: of a matrix [elements * C, out_channels].
  ForwardColumns(Context& ctx, const Columns& columns, std::int64_t batch,
                 std::int64_t out_channels, Strides kernels)
      : columns_(columns),
        pieces_(pieces_of_rows(batch, columns.pixels(), kRows)),
        out_channels_(out_channels),
        slots_(static_cast<int>(std::min<std::int64_t>(host(ctx).threads(), pieces_.count))),
        whole_(product(ctx, pieces_.images, kernels)),
        last_(product(ctx, pieces_.last_size(), kernels)) {}

  const std::string& implementation() const { return whole_.implementation(); }
  std::size_t scratch_bytes() const { return static_cast<std::size_t>(slots_) * slot_bytes(); }

  /// y = b + x * kernels, b may be null, and max(0, y) if `relu`. `memory` of scratch_bytes().
  void run(Context& ctx, const Bf16* x, const Bf16* kernels, std::byte* memory, const float* b,
           bool relu, float* y) const {
    for_each_piece(ctx, slots_, pieces_.count, [&](std::int64_t piece, int slot) {
      Scratch own(memory + static_cast<std::size_t>(slot) * slot_bytes());
      Bf16* const columns = own.take<Bf16>(pieces_.images * columns_.pixels() * width());
      columns_.write(x, pieces_.first(piece), pieces_.size(piece), 0, columns_.elements(), columns);
      float* const to = y + pieces_.first(piece) * columns_.pixels() * out_channels_;
      (pieces_.is_last(piece) ? last_ : whole_).run(columns, kernels, to, own.rest());
      const std::int64_t rows = pieces_.size(piece) * columns_.pixels();
      if (b != nullptr) {
        add_bias(b, rows, out_channels_, to);
      }
      if (relu) {
        relu_in_place(to, rows * out_channels_);
      }
    });
  }

 private:
  static constexpr std::int64_t kRows = 256;  // of a product: it packs the kernels each time

  std::int64_t width() const { return columns_.elements() * columns_.channels(); }
  const Bf16Product& product(Context& ctx, std::int64_t images, Strides kernels) const {
    return host(ctx).bf16_products().of({images * columns_.pixels(),
                                         out_channels_,
                                         width(),
                                         {width(), 1},
                                         kernels,
                                         out_channels_,
                                         false});
  }
  /// Columns, then oneDNN's.
  std::size_t slot_bytes() const {
    return bytes_of<Bf16>(pieces_.images * columns_.pixels() * width()) +
           in_lines(std::max(whole_.scratch_bytes(), last_.scratch_bytes()));
  }

  Columns columns_;
  ImagePieces pieces_;
  std::int64_t out_channels_;
  int slots_;
  const Bf16Product &whole_, &last_;  // of a piece, and of the last one
};

/// From images and the gradients of y to those of the kernels. A slot takes some elements of the
/// kernel at a time and adds up what all images give for them, so that no sum over slots is left.
class WeightColumns {
 public:
  WeightColumns(Context& ctx, const Columns& columns, std::int64_t batch, std::int64_t out_channels)
      : columns_(columns),
        pieces_(pieces_of_rows(batch, columns.pixels(), kRows)),
        out_channels_(out_channels),
        // A product as wide as that is fast; several groups let several threads work.
        group_(std::min(pieces_of(kColumns, columns.channels()),
                        pieces_of(columns.elements(), kGroups))),
        groups_(pieces_of(columns.elements(), group_)),
        slots_(static_cast<int>(std::min<std::int64_t>(host(ctx).threads(), groups_))) {
    for (const std::int64_t elements : {group_, columns.elements() - (groups_ - 1) * group_}) {
      for (const std::int64_t images : {pieces_.images, pieces_.last_size()}) {
        products_.push_back(&host(ctx).bf16_products().of({out_channels,
                                                           elements * columns.channels(),
                                                           images * columns.pixels(),
                                                           {1, out_channels},
                                                           {elements * columns.channels(), 1},
                                                           columns.elements() * columns.channels(),
                                                           true}));
        product_bytes_ = std::max(product_bytes_, in_lines(products_.back()->scratch_bytes()));
      }
    }
  }

  const std::string& implementation() const { return products_.front()->implementation(); }
  std::size_t scratch_bytes() const { return static_cast<std::size_t>(slots_) * slot_bytes(); }

  /// Adds to dw. `memory` of scratch_bytes().
  void run(Context& ctx, const Bf16* x, const Bf16* dy, std::byte* memory, float* dw) const {
    for_each_piece(ctx, slots_, groups_, [&](std::int64_t group, int slot) {
      Scratch own(memory + static_cast<std::size_t>(slot) * slot_bytes());
      Bf16* const columns = own.take<Bf16>(columns_size());
      const std::int64_t first = group * group_;
      const std::int64_t last = std::min(columns_.elements(), first + group_);
      for (std::int64_t piece = 0; piece < pieces_.count; ++piece) {
        columns_.write(x, pieces_.first(piece), pieces_.size(piece), first, last, columns);
        const std::size_t product =
            (group + 1 == groups_ ? 2 : 0) + (pieces_.is_last(piece) ? 1 : 0);
        products_[product]->run(dy + pieces_.first(piece) * columns_.pixels() * out_channels_,
                                columns, dw + first * columns_.channels(), own.rest());
      }
    });
  }

 private:
  static constexpr std::int64_t kRows = 2048;  // of a product: it reads and writes all of dw
  static constexpr std::int64_t kColumns = 256;
  static constexpr std::int64_t kGroups = 8;

  std::int64_t columns_size() const {
    return pieces_.images * columns_.pixels() * group_ * columns_.channels();
  }
  /// Columns, then oneDNN's.
  std::size_t slot_bytes() const { return bytes_of<Bf16>(columns_size()) + product_bytes_; }

  Columns columns_;
  ImagePieces pieces_;
  std::int64_t out_channels_;
  std::int64_t group_, groups_;  // elements of the kernel in a product, and how many there are
  int slots_;
  std::size_t product_bytes_ = 0;
  std::vector<const Bf16Product*>
      products_;  // of a group and the last one, a piece and the last one
};

class ColumnsConvolution final : public ConvolutionPlan {
 public:
  ColumnsConvolution(Context& ctx, const Window& window, const Shape& x, std::int64_t out_channels,
                     const Passes& passes, bool relu)
      : ConvolutionPlan({window, x, out_channels}), relu_(relu) {
    const Columns columns(window, x);
    elements_ = columns.elements();
    if (passes.forward == Algorithm::kColumns) {
      forward_.emplace(ctx, columns, x[0], out_channels, Strides{1, elements_ * x[1]});
      ctx.scratch(scratch_bytes(shapes().x, shapes().w, forward_->scratch_bytes()));
    }
    if (passes.backward_data == Algorithm::kColumns) {
      backward_data_.emplace(ctx, Columns(turned_round(window), shapes().y), x[0], x[1],
                             Strides{x[1], 1});
      ctx.scratch(scratch_bytes(shapes().y, shapes().w, backward_data_->scratch_bytes()));
    }
    if (passes.backward_weights == Algorithm::kColumns) {
      backward_weights_.emplace(ctx, columns, x[0], out_channels);
      ctx.scratch(scratch_bytes(shapes().x, shapes().y, backward_weights_->scratch_bytes()));
    }
  }

  std::string algorithm(ConvolutionPass pass) const override {
    const auto name = [](const auto& columns) {
      return columns ? "columns, oneDNN " + columns->implementation() : "none";
    };
    switch (pass) {
      case ConvolutionPass::kForward: return name(forward_);
      case ConvolutionPass::kBackwardData: return name(backward_data_);
      case ConvolutionPass::kBackwardWeights: return name(backward_weights_);
    }
    return "";
  }

 private:
  /// Of two arrays, rounded, and what a pass needs besides.
  static std::size_t scratch_bytes(const Shape& a, const Shape& b, std::size_t pass) {
    return bytes_of<Bf16>(a.numel()) + bytes_of<Bf16>(b.numel()) + pass;
  }

  void do_forward(Context& ctx, View<const float> x, View<const float> w, View<const float> b,
                  View<float> y) override {
    Scratch memory(ctx.scratch(scratch_bytes(x.shape(), w.shape(), forward_->scratch_bytes())));
    Bf16* const images = memory.take<Bf16>(x.size());
    Bf16* const kernels = memory.take<Bf16>(w.size());
    round_to_bf16(ctx, x.data(), x.size(), images);
    round_to_bf16(ctx, w.data(), w.size(), kernels);
    forward_->run(ctx, images, kernels, memory.rest(), b.empty() ? nullptr : b.data(), relu_,
                  y.data());
  }

  void do_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                        View<float> dx) override {
    Scratch memory(
        ctx.scratch(scratch_bytes(dy.shape(), w.shape(), backward_data_->scratch_bytes())));
    Bf16* const gradients = memory.take<Bf16>(dy.size());
    Bf16* const kernels = memory.take<Bf16>(w.size());
    round_to_bf16(ctx, dy.data(), dy.size(), gradients);
    turn_round(ctx, w.data(), shapes().w[0], elements_, shapes().w[1], kernels);
    backward_data_->run(ctx, gradients, kernels, memory.rest(), nullptr, false, dx.data());
  }

  void do_backward_weights(Context& ctx, View<const float> x, View<const float> dy, View<float> dw,
                           View<float> db) override {
    Scratch memory(
        ctx.scratch(scratch_bytes(x.shape(), dy.shape(), backward_weights_->scratch_bytes())));
    Bf16* const images = memory.take<Bf16>(x.size());
    Bf16* const gradients = memory.take<Bf16>(dy.size());
    round_to_bf16(ctx, x.data(), x.size(), images);
    round_to_bf16(ctx, dy.data(), dy.size(), gradients);
    backward_weights_->run(ctx, images, gradients, memory.rest(), dw.data());
    add_channel_sums(ctx, dy, db);
  }

  bool relu_;                  // not oneDNN's own, which makes NaNs zeros and so hides divergence
  std::int64_t elements_ = 0;  // of a kernel
  std::optional<ForwardColumns> forward_, backward_data_;
  std::optional<WeightColumns> backward_weights_;
};

}  // namespace

std::unique_ptr<ConvolutionPlan> plan_columns_convolution(Context& ctx, const Window& window,
                                                          const Shape& x, std::int64_t out_channels,
                                                          const Passes& passes, bool relu) {
  return std::make_unique<ColumnsConvolution>(ctx, window, x, out_channels, passes, relu);
}

}  // namespace infoplane::cpu
