#include "cpu/onednn_convolution.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/tensor.h"
#include "cpu/activation.h"
#include "cpu/bf16_product.h"
#include "cpu/channel_blocks.h"
#include "cpu/host_backend.h"
#include "cpu/image_pieces.h"
#include "cpu/one_thread.h"
#include "cpu/onednn.h"
#include "cpu/parallel.h"
#include "cpu/scratch.h"

namespace infoplane::cpu {
namespace {

using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

dnnl::memory::desc describe(const Shape& shape, Tag tag, Type type = Type::f32) {
  dnnl::memory::dims dims;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    dims.push_back(shape[axis]);
  }
  return {dims, type, tag};
}

/// A convolution's pass and the memory it runs on.
struct Step {
  dnnl::primitive primitive;
  std::unordered_map<int, dnnl::memory> arguments;
};

/// Moves kernels from one order to another.
struct Reorder {
  dnnl::memory from, to;
  dnnl::primitive_attr attributes;
  dnnl::reorder primitive;

  /// Not before there is something to move, and for all threads: an element is never a sum.
  void plan() {
    if (from) {
      primitive = dnnl::reorder(from, to, attributes);
    }
  }
  void run(HostBackend& backend) {
    backend.pins().pin_team();
    primitive.execute(backend.stream(), from, to);
  }
};

/// Runs `call`, turning oneDNN's exceptions into ours.
template <class Call>
void guarded(const char* what, const Call& call) {
  try {
    call();
  } catch (const dnnl::error& error) {
    throw DeviceError(std::string(what) + ": oneDNN says \"" + error.what() + "\"");
  }
}

/// The order of kernels, or of their gradients, that a pass takes.
dnnl::memory::desc kernels_of(const dnnl::convolution_forward::primitive_desc& pass) {
  return pass.weights_desc();
}
dnnl::memory::desc kernels_of(const dnnl::convolution_backward_data::primitive_desc& pass) {
  return pass.weights_desc();
}
dnnl::memory::desc kernels_of(const dnnl::convolution_backward_weights::primitive_desc& pass) {
  return pass.diff_weights_desc();
}

/// A pass as oneDNN plans it for a whole piece of the batch, and for the last one, which has its
/// kernels in the same order.
template <class Primitive>
struct PieceDescriptions {
  using Description = typename Primitive::primitive_desc;
  Description whole, last;

  /// From describe(images, kernels), where `kernels` leaves their order open.
  template <class Describe>
  PieceDescriptions(const ImagePieces& pieces, const dnnl::memory::desc& kernels,
                    const Describe& describe)
      : whole(describe(pieces.images, kernels)),
        last(pieces.last_size() == pieces.images
                 ? whole
                 : describe(pieces.last_size(), kernels_of(whole))) {}
};

/// Images are nhwc and kernels ohwi in the caller's memory. Kernels are repacked at each call into
/// the blocked order that the primitive asked for; that costs a pass over w, which is small beside
/// the convolution. All primitives are made here, so that running sets pointers and nothing else;
/// all memory is the context's scratch memory. Only those passes are planned that are oneDNN's.
///
/// A pass takes the batch in pieces that depend on the batch alone, each by one thread, and sums
/// the pieces' gradients of the kernels in order: so it has the same bits for any number of
/// threads.
///
/// With Precision::kBf16 a piece's thread rounds what it multiplies just before.
class OneDnnConvolution final : public ConvolutionPlan {
 public:
  OneDnnConvolution(Context& ctx, const Window& window, const Shape& x, std::int64_t out_channels,
                    const Passes& passes, bool relu)
      : ConvolutionPlan({window, x, out_channels}),
        pieces_(x[0], pieces_of(x[0], kMostPieces)),
        relu_(relu),
        bf16_(ctx.backend().numerics().precision == Precision::kBf16),
        zero_bias_(ctx, shapes().b) {
    guarded("plan_convolution", [&] {
      plan(ctx, window, passes);
      for (Reorder* reorder : {&pack_forward_, &pack_backward_, &add_gradient_}) {
        reorder->plan();
      }
    });
    ctx.scratch(scratch_bytes());  // asked for once here, so that a warm pass allocates nothing
  }

  std::string algorithm(ConvolutionPass pass) const override {
    return "oneDNN " + implementations_[static_cast<std::size_t>(pass)];
  }

 private:
  void do_forward(Context& ctx, View<const float> x, View<const float> w, View<const float> b,
                  View<float> y) override {
    guarded("convolution forward", [&] {
      point(b_, b.empty() ? zero_bias_.data() : b.data());
      pack(ctx, w, pack_forward_);
      run_pieces(ctx, forward_, {x.data(), bf16_}, {y.data(), false}, relu_ ? y.data() : nullptr);
    });
  }

  void do_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                        View<float> dx) override {
    guarded("convolution backward_data", [&] {
      pack(ctx, w, pack_backward_);
      run_pieces(ctx, backward_data_, {dx.data(), false}, {dy.data(), bf16_});
    });
  }

  void do_backward_weights(Context& ctx, View<const float> x, View<const float> dy, View<float> dw,
                           View<float> db) override {
    guarded("convolution backward_weights", [&] {
      point(w_, dw.data());
      run_pieces(ctx, backward_weights_, {x.data(), bf16_}, {dy.data(), bf16_});
      sum_gradients(ctx);
      add_gradient_.run(host(ctx));
    });
    add_channel_sums(ctx, dy, db);
  }

  static constexpr std::int64_t kMostPieces = 8;

  /// Of packed kernels, then of each piece.
  std::size_t scratch_bytes() const {
    return packed_bytes_ + static_cast<std::size_t>(pieces_.count) * piece_bytes();
  }
  std::size_t piece_bytes() const {
    return gradient_bytes_ + rounded_x_bytes_ + rounded_y_bytes_ + scratchpad_bytes_;
  }

  static void point(const dnnl::memory& memory, const float* data) {
    memory.set_data_handle(const_cast<float*>(data));  // oneDNN has no memory of constants
  }

  /// To where run_pieces() leaves them.
  void pack(Context& ctx, View<const float> w, Reorder& reorder) {
    point(w_, w.data());
    reorder.to.set_data_handle(ctx.scratch(scratch_bytes()));
    reorder.run(host(ctx));
  }

  /// Images of the whole batch, and whether oneDNN takes them rounded.
  struct Images {
    const float* data;
    bool rounded;
  };

  /// Points oneDNN to `size` values from `first` on, rounded in `own` where it takes them so.
  static void point(const Images& images, std::int64_t first, std::int64_t size,
                    const dnnl::memory& plain, const dnnl::memory& rounded, std::byte* own) {
    point(plain, images.data + first);
    if (images.rounded) {
      round_to_bf16(images.data + first, size, reinterpret_cast<Bf16*>(own));
      rounded.set_data_handle(own);
    }
  }

  /// `x` and `y` are the whole batch's, or the gradients in their places; `relu`, unless null, is
  /// the y that a ReLU is taken of while a piece is in the cache. Each piece has a part of the
  /// context's scratch memory: for its gradient of the kernels, what is rounded, then oneDNN's.
  void run_pieces(Context& ctx, std::vector<Step>& pieces, const Images& x, const Images& y,
                  float* relu = nullptr) {
    const std::int64_t x_image = shapes().x.numel() / pieces_.batch;
    const std::int64_t y_image = shapes().y.numel() / pieces_.batch;
    auto* const scratch = static_cast<std::byte*>(ctx.scratch(scratch_bytes())) + packed_bytes_;
    parallel_for(ctx, pieces_.count, 1, [&](std::int64_t first, std::int64_t last) {
      const OneThread one;
      for (std::int64_t i = first; i < last; ++i) {
        const auto piece = static_cast<std::size_t>(i);
        const std::int64_t image = pieces_.first(i), images = pieces_.size(i);
        std::byte* const own = scratch + piece * piece_bytes();
        std::byte* const rounded = own + gradient_bytes_;
        point(x, image * x_image, images * x_image, x_[piece], rounded_x_[piece], rounded);
        point(y, image * y_image, images * y_image, y_[piece], rounded_y_[piece],
              rounded + rounded_x_bytes_);
        if (!gradients_.empty()) {
          gradients_[piece].set_data_handle(own);
        }
        pieces[piece].arguments[DNNL_ARG_SCRATCHPAD].set_data_handle(own + piece_bytes() -
                                                                     scratchpad_bytes_);
        pieces[piece].primitive.execute(streams_[piece], pieces[piece].arguments);
        if (relu != nullptr) {
          relu_in_place(relu + image * y_image, images * y_image);
        }
      }
    });
  }

  /// Adds the gradients of all pieces to that of the first.
  void sum_gradients(Context& ctx) {
    auto* const sum = static_cast<float*>(gradients_[0].get_data_handle());
    const auto size =
        static_cast<std::int64_t>(gradients_[0].get_desc().get_size() / sizeof(float));
    parallel_for_items(ctx, size, pieces_.count, [&](std::int64_t first, std::int64_t last) {
      for (std::size_t piece = 1; piece < gradients_.size(); ++piece) {
        const auto* from = static_cast<const float*>(gradients_[piece].get_data_handle());
        for (std::int64_t i = first; i < last; ++i) {
          sum[i] += from[i];
        }
      }
    });
  }

  void plan(Context& ctx, const Window& window, const Passes& passes) {
    const dnnl::engine& engine = host(ctx).engine();
    const auto user_memory = [&](const dnnl::memory::desc& desc) {
      return dnnl::memory(desc, engine, DNNL_MEMORY_NONE);
    };
    const auto images_of = [&](const Shape& s, std::int64_t images, Type type) {
      return describe({images, s[1], s[2], s[3]}, Tag::nhwc, type);
    };
    const Type type = bf16_ ? Type::bf16 : Type::f32;  // of what is multiplied
    for (std::int64_t i = 0; i < pieces_.count; ++i) {
      const std::int64_t images = pieces_.size(i);
      streams_.emplace_back(engine);
      x_.push_back(user_memory(images_of(shapes().x, images, Type::f32)));
      y_.push_back(user_memory(images_of(shapes().y, images, Type::f32)));
      rounded_x_.push_back(bf16_ ? user_memory(images_of(shapes().x, images, type)) : x_.back());
      rounded_y_.push_back(bf16_ ? user_memory(images_of(shapes().y, images, type)) : y_.back());
    }
    if (bf16_) {
      rounded_x_bytes_ = in_lines(rounded_x_[0].get_desc().get_size());
      rounded_y_bytes_ = in_lines(rounded_y_[0].get_desc().get_size());
    }
    w_ = user_memory(describe(shapes().w, Tag::ohwi));
    b_ = user_memory(describe(shapes().b, Tag::x));

    constexpr auto kDirect = dnnl::algorithm::convolution_direct;
    const dnnl::memory::dims strides{window.stride_h, window.stride_w};
    const dnnl::memory::dims padding{window.pad_h, window.pad_w};
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const dnnl::memory::desc w = describe(shapes().w, Tag::any, type),
                             dw = describe(shapes().w, Tag::any);
    const OneThread one;
    const auto describe_forward = [&](std::int64_t images, const dnnl::memory::desc& kernels) {
      return describe_primitive<dnnl::convolution_forward>(
          engine, attributes, dnnl::prop_kind::forward_training, kDirect,
          images_of(shapes().x, images, type), kernels, b_.get_desc(),
          images_of(shapes().y, images, Type::f32), strides, padding, padding);
    };
    const auto describe_data = [&](std::int64_t images, const dnnl::memory::desc& kernels) {
      return describe_backward<dnnl::convolution_backward_data>(
          engine, attributes, describe_forward(images, w), kDirect,
          images_of(shapes().x, images, Type::f32), kernels, images_of(shapes().y, images, type),
          strides, padding, padding);
    };
    const auto describe_weights = [&](std::int64_t images, const dnnl::memory::desc& kernels) {
      return describe_backward<dnnl::convolution_backward_weights>(
          engine, attributes, describe_forward(images, w), kDirect,
          images_of(shapes().x, images, type), kernels, images_of(shapes().y, images, type),
          strides, padding, padding);
    };
    const auto packing = [&](const dnnl::memory::desc& kernels) {
      packed_bytes_ = std::max(packed_bytes_, in_lines(kernels.get_size()));
      return Reorder{w_, user_memory(kernels), {}, {}};
    };
    if (passes.forward == Algorithm::kOneDnn) {
      const PieceDescriptions<dnnl::convolution_forward> forward(pieces_, w, describe_forward);
      pack_forward_ = packing(kernels_of(forward.whole));
      for (std::size_t i = 0; i < x_.size(); ++i) {
        add_step(ConvolutionPass::kForward, forward, forward_,
                 {{DNNL_ARG_SRC, rounded_x_[i]},
                  {DNNL_ARG_WEIGHTS, pack_forward_.to},
                  {DNNL_ARG_BIAS, b_},
                  {DNNL_ARG_DST, y_[i]}});
      }
    }
    if (passes.backward_data == Algorithm::kOneDnn) {
      const PieceDescriptions<dnnl::convolution_backward_data> data(pieces_, w, describe_data);
      pack_backward_ = packing(kernels_of(data.whole));
      for (std::size_t i = 0; i < x_.size(); ++i) {
        add_step(ConvolutionPass::kBackwardData, data, backward_data_,
                 {{DNNL_ARG_DIFF_DST, rounded_y_[i]},
                  {DNNL_ARG_WEIGHTS, pack_backward_.to},
                  {DNNL_ARG_DIFF_SRC, x_[i]}});
      }
    }
    if (passes.backward_weights == Algorithm::kOneDnn) {
      const PieceDescriptions<dnnl::convolution_backward_weights> weights(pieces_, dw,
                                                                          describe_weights);
      for (std::size_t i = 0; i < x_.size(); ++i) {
        gradients_.push_back(user_memory(kernels_of(weights.whole)));
        add_step(ConvolutionPass::kBackwardWeights, weights, backward_weights_,
                 {{DNNL_ARG_SRC, rounded_x_[i]},
                  {DNNL_ARG_DIFF_DST, rounded_y_[i]},
                  {DNNL_ARG_DIFF_WEIGHTS, gradients_[i]}});
      }
      gradient_bytes_ = in_lines(kernels_of(weights.whole).get_size());
      add_gradient_ = {gradients_[0], w_, {}, {}};
      dnnl::post_ops sum;
      sum.append_sum(1.0f);
      add_gradient_.attributes.set_post_ops(sum);
    }
  }

  /// Adds the next piece's step of a pass, and room for its scratchpad.
  template <class Primitive>
  void add_step(ConvolutionPass pass, const PieceDescriptions<Primitive>& descriptions,
                std::vector<Step>& steps, std::unordered_map<int, dnnl::memory> arguments) {
    const bool is_last = pieces_.is_last(static_cast<std::int64_t>(steps.size()));
    const auto& description = is_last ? descriptions.last : descriptions.whole;
    const dnnl::memory::desc scratchpad = description.scratchpad_desc();
    arguments.emplace(DNNL_ARG_SCRATCHPAD,
                      dnnl::memory(scratchpad, description.get_engine(), DNNL_MEMORY_NONE));
    steps.push_back({Primitive(description), std::move(arguments)});
    scratchpad_bytes_ = std::max(scratchpad_bytes_, in_lines(scratchpad.get_size()));
    implementations_[static_cast<std::size_t>(pass)] = descriptions.whole.impl_info_str();
  }

  ImagePieces pieces_;
  std::size_t packed_bytes_ = 0;                           // of kernels
  std::size_t gradient_bytes_ = 0, scratchpad_bytes_ = 0;  // of a piece
  std::size_t rounded_x_bytes_ = 0, rounded_y_bytes_ = 0;  // likewise
  bool relu_;                // not oneDNN's own, which makes NaNs zeros and so hides divergence
  bool bf16_;                // what is multiplied
  Tensor<float> zero_bias_;  // stands in for an absent b
  dnnl::memory w_, b_;       // the caller's tensors and, in their places, the gradients
  std::vector<dnnl::memory> x_, y_, gradients_;      // of each piece
  std::vector<dnnl::memory> rounded_x_, rounded_y_;  // likewise; in float32 x_ and y_ themselves
  std::vector<dnnl::stream> streams_;                // of each piece
  Reorder pack_forward_, pack_backward_, add_gradient_;
  std::vector<Step> forward_, backward_data_, backward_weights_;  // of each piece
  std::array<std::string, 3> implementations_;  // of the passes, by oneDNN's names
};

}  // namespace

std::unique_ptr<ConvolutionPlan> plan_onednn_convolution(Context& ctx, const Window& window,
                                                         const Shape& x, std::int64_t out_channels,
                                                         const Passes& passes, bool relu) {
  return std::make_unique<OneDnnConvolution>(ctx, window, x, out_channels, passes, relu);
}

}  // namespace infoplane::cpu
