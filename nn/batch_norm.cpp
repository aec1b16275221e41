#include "nn/batch_norm.h"

#include "core/tensor.h"
#include "ops/batch_norm.h"

namespace infoplane {

namespace {

std::vector<std::string> algorithms_of(const BatchNormOptions& options) {
  return options.relu ? std::vector<std::string>{kWithRelu} : std::vector<std::string>{};
}

}  // namespace

class BatchNorm::TrainStep final : public Step {
 public:
  TrainStep(Context& ctx, const BatchNorm& layer, const BatchNormOptions& options)
      : layer_(layer),
        options_(options),
        saved_mean_(ctx, {layer.channels_}),
        saved_inv_std_(ctx, {layer.channels_}) {}

  void forward(Context& ctx, View<const float> x, View<float> y) override {
    ops::batch_norm_forward_train(ctx, options_, x, layer_.gamma_.value, layer_.beta_.value,
                                  layer_.running_mean_.value, layer_.running_var_.value,
                                  saved_mean_, saved_inv_std_, y);
  }

  void backward(Context& ctx, View<const float> x, View<const float> /*y*/, View<float> dy,
                View<float> dx) override {
    ops::batch_norm_backward(ctx, options_, x, layer_.gamma_.value, layer_.beta_.value, saved_mean_,
                             saved_inv_std_, dy, dx.empty() ? dy : dx, layer_.gamma_.grad,
                             layer_.beta_.grad);
  }

  std::vector<std::string> algorithms() const override { return algorithms_of(options_); }

  bool backward_in_place() const override { return true; }

 private:
  const BatchNorm& layer_;
  BatchNormOptions options_;
  Tensor<float> saved_mean_;
  Tensor<float> saved_inv_std_;
};

class BatchNorm::EvalStep final : public Step {
 public:
  EvalStep(const BatchNorm& layer, const BatchNormOptions& options)
      : layer_(layer), options_(options) {}

  void forward(Context& ctx, View<const float> x, View<float> y) override {
    ops::batch_norm_forward_eval(ctx, options_, x, layer_.gamma_.value, layer_.beta_.value,
                                 layer_.running_mean_.value, layer_.running_var_.value, y);
  }

  void backward(Context&, View<const float>, View<const float>, View<float>, View<float>) override {
    throw UsageError("batch norm: planned for evaluation, which has no backward pass");
  }

  std::vector<std::string> algorithms() const override { return algorithms_of(options_); }

  bool forward_in_place() const override { return true; }

 private:
  const BatchNorm& layer_;
  BatchNormOptions options_;
};

BatchNorm::BatchNorm(std::int64_t channels, const BatchNormOptions& options)
    : channels_(channels),
      options_(options),
      gamma_{"gamma", {channels}, Init::kOnes, 1, {}, {}},
      beta_{"beta", {channels}, Init::kZeros, 1, {}, {}},
      running_mean_{"running_mean", {channels}, Init::kZeros, 1, {}, {}},
      running_var_{"running_var", {channels}, Init::kOnes, 1, {}, {}} {}

std::string BatchNorm::describe() const { return "batch norm"; }

Shape BatchNorm::output(const Shape& x) const {
  if ((x.rank() != 2 && x.rank() != 4) || x[1] != channels_) {
    throw ShapeError("batch norm: x is " + x.to_string() + ", expected " +
                     std::to_string(channels_) + " channels");
  }
  return x;
}

double BatchNorm::flop(const Shape& x) const { return 4.0 * static_cast<double>(x.numel()); }

std::unique_ptr<Step> BatchNorm::plan(Context& ctx, const Shape& x, Mode mode) {
  return make_step(ctx, x, mode, false);
}

std::unique_ptr<Step> BatchNorm::plan_with(Context& ctx, const Shape& x, Mode mode,
                                           Activation next) {
  return next == Activation::kRelu ? make_step(ctx, x, mode, true) : nullptr;
}

std::unique_ptr<Step> BatchNorm::make_step(Context& ctx, const Shape& x, Mode mode, bool relu) {
  BatchNormOptions options = options_;
  options.relu = relu;
  switch (mode) {
    case Mode::kTrain:
    case Mode::kTrainFirst:
      if (x.numel() / channels_ < 2) {
        throw UsageError(
            "batch norm: a training pass over " + x.to_string() +
            " has one value a channel, and so no variance; choose --batch or --micro-batch so "
            "that no pass has a single image");
      }
      return std::make_unique<TrainStep>(ctx, *this, options);
    case Mode::kEval: return std::make_unique<EvalStep>(*this, options);
  }
  throw UsageError("batch norm: unknown mode");
}

}  // namespace infoplane
