#include "cpu/convolution.h"

#include <array>
#include <string>
#include <unordered_map>

#include "core/tensor.h"
#include "cpu/channel_blocks.h"
#include "cpu/direct_convolution.h"
#include "cpu/onednn.h"
#include "cpu/onednn_convolution.h"

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

  void run(HostBackend& backend) const { primitive.execute(backend.stream(), arguments); }
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

/// Images are nhwc and kernels ohwi in the caller's memory. Kernels are repacked at each call into
/// the blocked order that the primitive asked for; that costs a pass over w, which is small beside
/// the convolution. All primitives, packed kernels and the scratchpad are made here, so that
/// running sets pointers and nothing else.
class OneDnnConvolution final : public ConvolutionPlan {
 public:
  OneDnnConvolution(Context& ctx, const Window& window, const Shape& x, std::int64_t out_channels)
      : x_shape_(x),
        w_shape_{out_channels, x[1], window.kernel_h, window.kernel_w},
        b_shape_{out_channels},
        y_shape_(window.output("plan_convolution", x, out_channels)),
        zero_bias_(ctx, b_shape_) {
    guarded("plan_convolution", [&] { plan(ctx, window); });
  }

  std::string algorithm(ConvolutionPass pass) const override {
    return "oneDNN " + implementations_[static_cast<std::size_t>(pass)];
  }

  void forward(Context& ctx, View<const float> x, View<const float> w, View<const float> b,
               View<float> y) override {
    require_shape("convolution forward", "x", x.shape(), x_shape_);
    require_shape("convolution forward", "w", w.shape(), w_shape_);
    require_shape("convolution forward", "y", y.shape(), y_shape_);
    if (!b.empty()) {
      require_shape("convolution forward", "b", b.shape(), b_shape_);
    }
    guarded("convolution forward", [&] {
      point(x_, x.data());
      point(w_, w.data());
      point(b_, b.empty() ? zero_bias_.data() : b.data());
      point(y_, y.data());
      pack_forward_.run(host(ctx));
      forward_.run(host(ctx));
    });
  }

  void backward_data(Context& ctx, View<const float> dy, View<const float> w,
                     View<float> dx) override {
    require_shape("convolution backward_data", "dy", dy.shape(), y_shape_);
    require_shape("convolution backward_data", "w", w.shape(), w_shape_);
    require_shape("convolution backward_data", "dx", dx.shape(), x_shape_);
    guarded("convolution backward_data", [&] {
      point(y_, dy.data());
      point(w_, w.data());
      point(x_, dx.data());
      pack_backward_.run(host(ctx));
      backward_data_.run(host(ctx));
    });
  }

  void backward_weights(Context& ctx, View<const float> x, View<const float> dy, View<float> dw,
                        View<float> db) override {
    require_shape("convolution backward_weights", "x", x.shape(), x_shape_);
    require_shape("convolution backward_weights", "dy", dy.shape(), y_shape_);
    require_shape("convolution backward_weights", "dw", dw.shape(), w_shape_);
    if (!db.empty()) {
      require_shape("convolution backward_weights", "db", db.shape(), b_shape_);
    }
    guarded("convolution backward_weights", [&] {
      point(x_, x.data());
      point(y_, dy.data());
      point(w_, dw.data());
      backward_weights_.run(host(ctx));
      add_gradient_.run(host(ctx));
    });
    if (!db.empty()) {
      add_channel_sums(ctx, dy.data(), dy.size() / b_shape_[0], b_shape_[0], db.data());
    }
  }

 private:
  static void point(const dnnl::memory& memory, const float* data) {
    memory.set_data_handle(const_cast<float*>(data));  // oneDNN has no memory of constants
  }

  void plan(Context& ctx, const Window& window) {
    const dnnl::engine& engine = host(ctx).engine();
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const auto user_memory = [&](const Shape& shape, Tag tag) {
      return dnnl::memory(describe(shape, tag), engine, DNNL_MEMORY_NONE);
    };
    x_ = user_memory(x_shape_, Tag::nhwc);
    w_ = user_memory(w_shape_, Tag::ohwi);
    b_ = user_memory(b_shape_, Tag::x);
    y_ = user_memory(y_shape_, Tag::nhwc);

    const ConvolutionDescription convolution{
        x_.get_desc(), describe(w_shape_, Tag::any),       b_.get_desc(),
        y_.get_desc(), {window.stride_h, window.stride_w}, {window.pad_h, window.pad_w}};
    const auto forward = describe_forward(convolution, attributes, engine);
    const auto data = describe_backward_data(convolution, attributes, engine, forward);
    const auto weights = describe_backward_weights(convolution, attributes, engine, forward);

    implementations_ = {forward.impl_info_str(), data.impl_info_str(), weights.impl_info_str()};

    const dnnl::memory packed_forward = packed(ctx, packed_forward_, forward.weights_desc());
    const dnnl::memory packed_backward = packed(ctx, packed_backward_, data.weights_desc());
    const dnnl::memory gradient = packed(ctx, gradient_, weights.diff_weights_desc());
    dnnl::primitive_attr adding;  // no copy of `attributes`: copies share what they hold
    adding.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    dnnl::post_ops sum;
    sum.append_sum(1.0f);
    adding.set_post_ops(sum);
    const dnnl::reorder::primitive_desc pack_forward(w_, packed_forward, attributes);
    const dnnl::reorder::primitive_desc pack_backward(w_, packed_backward, attributes);
    const dnnl::reorder::primitive_desc add_gradient(gradient, w_, adding);

    std::size_t scratch_bytes = 0;
    for (const auto& desc : {forward.scratchpad_desc(), data.scratchpad_desc(),
                             weights.scratchpad_desc(), pack_forward.scratchpad_desc(),
                             pack_backward.scratchpad_desc(), add_gradient.scratchpad_desc()}) {
      scratch_bytes = std::max(scratch_bytes, desc.get_size());
    }
    scratchpad_ = Tensor<std::uint8_t>(ctx, {static_cast<std::int64_t>(scratch_bytes)});
    const auto scratchpad = [&](const auto& primitive) {
      return dnnl::memory(primitive.scratchpad_desc(), engine, scratchpad_.data());
    };

    pack_forward_ = {dnnl::reorder(pack_forward),
                     {{DNNL_ARG_FROM, w_},
                      {DNNL_ARG_TO, packed_forward},
                      {DNNL_ARG_SCRATCHPAD, scratchpad(pack_forward)}}};
    pack_backward_ = {dnnl::reorder(pack_backward),
                      {{DNNL_ARG_FROM, w_},
                       {DNNL_ARG_TO, packed_backward},
                       {DNNL_ARG_SCRATCHPAD, scratchpad(pack_backward)}}};
    add_gradient_ = {dnnl::reorder(add_gradient),
                     {{DNNL_ARG_FROM, gradient},
                      {DNNL_ARG_TO, w_},
                      {DNNL_ARG_SCRATCHPAD, scratchpad(add_gradient)}}};
    forward_ = {dnnl::convolution_forward(forward),
                {{DNNL_ARG_SRC, x_},
                 {DNNL_ARG_WEIGHTS, packed_forward},
                 {DNNL_ARG_BIAS, b_},
                 {DNNL_ARG_DST, y_},
                 {DNNL_ARG_SCRATCHPAD, scratchpad(forward)}}};
    backward_data_ = {dnnl::convolution_backward_data(data),
                      {{DNNL_ARG_DIFF_DST, y_},
                       {DNNL_ARG_WEIGHTS, packed_backward},
                       {DNNL_ARG_DIFF_SRC, x_},
                       {DNNL_ARG_SCRATCHPAD, scratchpad(data)}}};
    backward_weights_ = {dnnl::convolution_backward_weights(weights),
                         {{DNNL_ARG_SRC, x_},
                          {DNNL_ARG_DIFF_DST, y_},
                          {DNNL_ARG_DIFF_WEIGHTS, gradient},
                          {DNNL_ARG_SCRATCHPAD, scratchpad(weights)}}};
  }

  /// Memory for kernels in the order `desc`, owned by `storage`.
  static dnnl::memory packed(Context& ctx, Tensor<std::uint8_t>& storage,
                             const dnnl::memory::desc& desc) {
    storage = Tensor<std::uint8_t>(ctx, {static_cast<std::int64_t>(desc.get_size())});
    return {desc, host(ctx).engine(), storage.data()};
  }

  Shape x_shape_, w_shape_, b_shape_, y_shape_;
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
                   const Passes& passes)
      : direct_(std::move(direct)),
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

  void forward(Context& ctx, View<const float> x, View<const float> w, View<const float> b,
               View<float> y) override {
    forward_.forward(ctx, x, w, b, y);
  }
  void backward_data(Context& ctx, View<const float> dy, View<const float> w,
                     View<float> dx) override {
    backward_data_.backward_data(ctx, dy, w, dx);
  }
  void backward_weights(Context& ctx, View<const float> x, View<const float> dy, View<float> dw,
                        View<float> db) override {
    backward_weights_.backward_weights(ctx, x, dy, dw, db);
  }

 private:
  std::unique_ptr<ConvolutionPlan> direct_, onednn_;
  ConvolutionPlan &forward_, &backward_data_, &backward_weights_;
};

}  // namespace

std::unique_ptr<ConvolutionPlan> plan_convolution(Context& ctx, const Window& window,
                                                  const Shape& x, std::int64_t out_channels) {
  const Passes passes = choose_passes(window, x, out_channels);
  if (passes.none_onednn()) {
    return plan_direct_convolution(ctx, window, x, out_channels, passes);
  }
  auto onednn = std::make_unique<OneDnnConvolution>(ctx, window, x, out_channels);
  if (passes.all_onednn()) {
    return onednn;
  }
  return std::make_unique<MixedConvolution>(
      plan_direct_convolution(ctx, window, x, out_channels, passes), std::move(onednn), passes);
}

}  // namespace infoplane::cpu
