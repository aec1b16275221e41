#include "cpu/convolution.h"

#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/tensor.h"
#include "cpu/activation.h"
#include "cpu/channel_blocks.h"
#include "cpu/direct_convolution.h"
#include "cpu/host_backend.h"
#include "cpu/onednn.h"

namespace infoplane::cpu {
namespace {

using Tag = dnnl::memory::format_tag;

dnnl::memory::desc describe(const Shape& shape, Tag tag) {
  dnnl::memory::dims dims;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    dims.push_back(shape[axis]);
  }
  return {dims, dnnl::memory::data_type::f32, tag};
}

/// A primitive and the memory it runs on.
struct Step {
  dnnl::primitive primitive;
  std::unordered_map<int, dnnl::memory> arguments;
  dnnl::memory::desc scratchpad;

  void run(HostBackend& backend) const {
    backend.pins().pin_team();
    primitive.execute(backend.stream(), arguments);
  }
};

template <class Primitive>
Step make_step(const typename Primitive::primitive_desc& desc,
               std::unordered_map<int, dnnl::memory> arguments) {
  return {Primitive(desc), std::move(arguments), desc.scratchpad_desc()};
}

/// Runs `call`, turning oneDNN's exceptions into ours.
template <class Call>
void guarded(const char* what, const Call& call) {
  try {
    call();
  } catch (const dnnl::error& error) {
    throw DeviceError(std::string(what) + ": oneDNN says \"" + error.what() + "\"");
  }
}

/// Images are nhwc and kernels ohwi in the caller's memory. Kernels are repacked at each call into
/// the blocked order that the primitive asked for; that costs a pass over w, which is small beside
/// the convolution. All primitives, packed kernels and the scratchpad are made here, so that
/// running sets pointers and nothing else. Only those passes are planned that are oneDNN's.
class OneDnnConvolution final : public ConvolutionPlan {
 public:
  OneDnnConvolution(Context& ctx, const Window& window, const Shape& x, std::int64_t out_channels,
                    const Passes& passes, bool relu)
      : ConvolutionPlan({window, x, out_channels}), relu_(relu), zero_bias_(ctx, shapes().b) {
    guarded("plan_convolution", [&] { plan(ctx, window, passes); });
  }

  std::string algorithm(ConvolutionPass pass) const override {
    return "oneDNN " + implementations_[static_cast<std::size_t>(pass)];
  }

 private:
  void do_forward(Context& ctx, View<const float> x, View<const float> w, View<const float> b,
                  View<float> y) override {
    guarded("convolution forward", [&] {
      point(x_, x.data());
      point(w_, w.data());
      point(b_, b.empty() ? zero_bias_.data() : b.data());
      point(y_, y.data());
      pack_forward_.run(host(ctx));
      forward_.run(host(ctx));
    });
    if (relu_) {
      activation_forward(ctx, Activation::kRelu, y, y);
    }
  }

  void do_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                        View<float> dx) override {
    guarded("convolution backward_data", [&] {
      point(y_, dy.data());
      point(w_, w.data());
      point(x_, dx.data());
      pack_backward_.run(host(ctx));
      backward_data_.run(host(ctx));
    });
  }

  void do_backward_weights(Context& ctx, View<const float> x, View<const float> dy, View<float> dw,
                           View<float> db) override {
    guarded("convolution backward_weights", [&] {
      point(x_, x.data());
      point(y_, dy.data());
      point(w_, dw.data());
      backward_weights_.run(host(ctx));
      add_gradient_.run(host(ctx));
    });
    if (!db.empty()) {
      add_channel_sums(ctx, dy.data(), dy.size() / shapes().b[0], shapes().b[0], db.data());
    }
  }

  static void point(const dnnl::memory& memory, const float* data) {
    memory.set_data_handle(const_cast<float*>(data));  // oneDNN has no memory of constants
  }

  void plan(Context& ctx, const Window& window, const Passes& passes) {
    const dnnl::engine& engine = host(ctx).engine();
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const auto user_memory = [&](const Shape& shape, Tag tag) {
      return dnnl::memory(describe(shape, tag), engine, DNNL_MEMORY_NONE);
    };
    x_ = user_memory(shapes().x, Tag::nhwc);
    w_ = user_memory(shapes().w, Tag::ohwi);
    b_ = user_memory(shapes().b, Tag::x);
    y_ = user_memory(shapes().y, Tag::nhwc);

    constexpr auto kDirect = dnnl::algorithm::convolution_direct;
    const dnnl::memory::desc x = x_.get_desc();
    const dnnl::memory::desc w = describe(shapes().w, Tag::any);
    const dnnl::memory::desc y = y_.get_desc();
    const dnnl::memory::dims strides{window.stride_h, window.stride_w};
    const dnnl::memory::dims padding{window.pad_h, window.pad_w};
    const auto forward = describe_primitive<dnnl::convolution_forward>(
        engine, attributes, dnnl::prop_kind::forward_training, kDirect, x, w, b_.get_desc(), y,
        strides, padding, padding);
    std::vector<Step*> steps;
    if (passes.forward == Algorithm::kOneDnn) {
      const dnnl::memory packed = packed_memory(ctx, packed_forward_, forward.weights_desc());
      pack_forward_ = make_step<dnnl::reorder>({w_, packed, attributes},
                                               {{DNNL_ARG_FROM, w_}, {DNNL_ARG_TO, packed}});
      forward_ = make_step<dnnl::convolution_forward>(forward, {{DNNL_ARG_SRC, x_},
                                                                {DNNL_ARG_WEIGHTS, packed},
                                                                {DNNL_ARG_BIAS, b_},
                                                                {DNNL_ARG_DST, y_}});
      steps.insert(steps.end(), {&pack_forward_, &forward_});
      implementations_[0] = forward.impl_info_str();
    }
    if (passes.backward_data == Algorithm::kOneDnn) {
      const auto data = describe_backward<dnnl::convolution_backward_data>(
          engine, attributes, forward, kDirect, x, w, y, strides, padding, padding);
      const dnnl::memory packed = packed_memory(ctx, packed_backward_, data.weights_desc());
      pack_backward_ = make_step<dnnl::reorder>({w_, packed, attributes},
                                                {{DNNL_ARG_FROM, w_}, {DNNL_ARG_TO, packed}});
      backward_data_ = make_step<dnnl::convolution_backward_data>(
          data, {{DNNL_ARG_DIFF_DST, y_}, {DNNL_ARG_WEIGHTS, packed}, {DNNL_ARG_DIFF_SRC, x_}});
      steps.insert(steps.end(), {&pack_backward_, &backward_data_});
      implementations_[1] = data.impl_info_str();
    }
    if (passes.backward_weights == Algorithm::kOneDnn) {
      const auto weights = describe_backward<dnnl::convolution_backward_weights>(
          engine, attributes, forward, kDirect, x, w, y, strides, padding, padding);
      const dnnl::memory gradient = packed_memory(ctx, gradient_, weights.diff_weights_desc());
      dnnl::primitive_attr adding;  // no copy of `attributes`: copies share what they hold
      adding.set_scratchpad_mode(dnnl::scratchpad_mode::user);
      dnnl::post_ops sum;
      sum.append_sum(1.0f);
      adding.set_post_ops(sum);
      backward_weights_ = make_step<dnnl::convolution_backward_weights>(
          weights,
          {{DNNL_ARG_SRC, x_}, {DNNL_ARG_DIFF_DST, y_}, {DNNL_ARG_DIFF_WEIGHTS, gradient}});
      add_gradient_ = make_step<dnnl::reorder>({gradient, w_, adding},
                                               {{DNNL_ARG_FROM, gradient}, {DNNL_ARG_TO, w_}});
      steps.insert(steps.end(), {&backward_weights_, &add_gradient_});
      implementations_[2] = weights.impl_info_str();
    }
    share_scratchpad(ctx, steps);
  }

  /// One scratchpad for all steps: only one runs at a time.
  void share_scratchpad(Context& ctx, const std::vector<Step*>& steps) {
    std::size_t bytes = 0;
    for (const Step* step : steps) {
      bytes = std::max(bytes, step->scratchpad.get_size());
    }
    scratchpad_ = Tensor<std::uint8_t>(ctx, {static_cast<std::int64_t>(bytes)});
    for (Step* step : steps) {
      step->arguments[DNNL_ARG_SCRATCHPAD] =
          dnnl::memory(step->scratchpad, host(ctx).engine(), scratchpad_.data());
    }
  }

  /// Memory for kernels in the order `desc`, owned by `storage`.
  static dnnl::memory packed_memory(Context& ctx, Tensor<std::uint8_t>& storage,
                                    const dnnl::memory::desc& desc) {
    storage = Tensor<std::uint8_t>(ctx, {static_cast<std::int64_t>(desc.get_size())});
    return {desc, host(ctx).engine(), storage.data()};
  }

  bool relu_;  // by a pass of our own: oneDNN's post-op makes NaNs zeros, which hides divergence
  Tensor<float> zero_bias_;  // stands in for an absent b
  Tensor<std::uint8_t> packed_forward_, packed_backward_, gradient_, scratchpad_;
  dnnl::memory x_, w_, b_, y_;  // the caller's tensors and, in their places, the gradients
  Step pack_forward_, forward_, pack_backward_, backward_data_, backward_weights_, add_gradient_;
  std::array<std::string, 3> implementations_;  // of the passes, by oneDNN's names
};

/// Each pass by whichever of two plans does it better.
class MixedConvolution final : public ConvolutionPlan {
 public:
  MixedConvolution(std::unique_ptr<ConvolutionPlan> direct, std::unique_ptr<ConvolutionPlan> onednn,
                   const ConvolutionShapes& shapes, const Passes& passes)
      : ConvolutionPlan(shapes),
        direct_(std::move(direct)),
        onednn_(std::move(onednn)),
        forward_(passes.forward == Algorithm::kOneDnn ? *onednn_ : *direct_),
        backward_data_(passes.backward_data == Algorithm::kOneDnn ? *onednn_ : *direct_),
        backward_weights_(passes.backward_weights == Algorithm::kOneDnn ? *onednn_ : *direct_) {}

  std::string algorithm(ConvolutionPass pass) const override {
    switch (pass) {
      case ConvolutionPass::kForward: return forward_.algorithm(pass);
      case ConvolutionPass::kBackwardData: return backward_data_.algorithm(pass);
      case ConvolutionPass::kBackwardWeights: return backward_weights_.algorithm(pass);
    }
    return "";
  }

 private:
  void do_forward(Context& ctx, View<const float> x, View<const float> w, View<const float> b,
                  View<float> y) override {
    forward_.forward(ctx, x, w, b, y);
  }
  void do_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                        View<float> dx) override {
    backward_data_.backward_data(ctx, dy, w, dx);
  }
  void do_backward_weights(Context& ctx, View<const float> x, View<const float> dy, View<float> dw,
                           View<float> db) override {
    backward_weights_.backward_weights(ctx, x, dy, dw, db);
  }

  std::unique_ptr<ConvolutionPlan> direct_, onednn_;
  ConvolutionPlan &forward_, &backward_data_, &backward_weights_;
};

}  // namespace

std::unique_ptr<ConvolutionPlan> plan_convolution(Context& ctx, const Window& window,
                                                  const Shape& x, std::int64_t out_channels,
                                                  const ConvolutionOptions& options) {
  const Passes passes = choose_passes(window, x, out_channels, options.trains);
  std::unique_ptr<ConvolutionPlan> onednn, lanes;
  if (passes.use_onednn()) {
    onednn =
        std::make_unique<OneDnnConvolution>(ctx, window, x, out_channels, passes, options.relu);
  }
  if (passes.use_lanes()) {
    lanes = plan_direct_convolution(ctx, window, x, out_channels, passes, options.relu);
  }
  if (onednn != nullptr && lanes != nullptr) {
    return std::make_unique<MixedConvolution>(std::move(lanes), std::move(onednn),
                                              ConvolutionShapes(window, x, out_channels), passes);
  }
  return onednn != nullptr ? std::move(onednn) : std::move(lanes);
}

}  // namespace infoplane::cpu
