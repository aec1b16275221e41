#include "cpu/convolution.h"

#include <string>

#include "cpu/columns_convolution.h"
#include "cpu/direct_convolution.h"
#include "cpu/onednn_convolution.h"

namespace infoplane::cpu {
namespace {

/// Each pass by whichever of two plans does it better.
class MixedConvolution final : public ConvolutionPlan {
 public:
  MixedConvolution(std::unique_ptr<ConvolutionPlan> own, std::unique_ptr<ConvolutionPlan> onednn,
                   const ConvolutionShapes& shapes, const Passes& passes)
      : ConvolutionPlan(shapes),
        own_(std::move(own)),
        onednn_(std::move(onednn)),
        forward_(passes.forward == Algorithm::kOneDnn ? *onednn_ : *own_),
        backward_data_(passes.backward_data == Algorithm::kOneDnn ? *onednn_ : *own_),
        backward_weights_(passes.backward_weights == Algorithm::kOneDnn ? *onednn_ : *own_) {}

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

  std::unique_ptr<ConvolutionPlan> own_, onednn_;
  ConvolutionPlan &forward_, &backward_data_, &backward_weights_;
};

}  // namespace

std::unique_ptr<ConvolutionPlan> plan_convolution(Context& ctx, const Window& window,
                                                  const Shape& x, std::int64_t out_channels,
                                                  const ConvolutionOptions& options) {
  const Passes passes =
      choose_passes(window, x, out_channels, options, ctx.backend().numerics().precision);
  std::unique_ptr<ConvolutionPlan> onednn, own;
  if (passes.use(Algorithm::kOneDnn)) {
    onednn = plan_onednn_convolution(ctx, window, x, out_channels, passes, options.relu);
  }
  if (passes.use(Algorithm::kDirect) || passes.use(Algorithm::kWinograd)) {
    own = plan_direct_convolution(ctx, window, x, out_channels, passes, options.relu);
  } else if (passes.use(Algorithm::kColumns)) {
    own = plan_columns_convolution(ctx, window, x, out_channels, passes, options.relu);
  }
  if (onednn != nullptr && own != nullptr) {
    return std::make_unique<MixedConvolution>(std::move(own), std::move(onednn),
                                              ConvolutionShapes(window, x, out_channels), passes);
  }
  return onednn != nullptr ? std::move(onednn) : std::move(own);
}

}  // namespace infoplane::cpu
