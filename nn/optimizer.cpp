#include "nn/optimizer.h"

#include "core/error.h"
#include "ops/optimizer.h"

namespace infoplane {

Sgd::Sgd(Context& ctx, Network& network, const SgdOptions& options) : options_(options) {
  if (options.momentum != 0.0f) {
    velocity_ = Tensor<float>(ctx, network.values().shape());
  }
}

void Sgd::step(Context& ctx, Network& network, Deferred<float> lr, Deferred<std::int64_t> /*t*/) {
  options_.lr = lr;
  ops::sgd_step(ctx, options_, network.values(), network.gradients(), velocity_);
}

std::vector<std::pair<std::string, View<float>>> Sgd::state() {
  if (velocity_.empty()) {
    return {};
  }
  return {{"velocity", velocity_.view()}};
}

Adam::Adam(Context& ctx, Network& network, const AdamOptions& options)
    : options_(options), m_(ctx, network.values().shape()), v_(ctx, network.values().shape()) {}

void Adam::step(Context& ctx, Network& network, Deferred<float> lr, Deferred<std::int64_t> t) {
  options_.lr = lr;
  ops::adam_step(ctx, options_, t, network.values(), network.gradients(), m_, v_);
}

std::vector<std::pair<std::string, View<float>>> Adam::state() {
  return {{"m", m_.view()}, {"v", v_.view()}};
}

float StepSchedule::at(std::int64_t epoch) const {
  float rate = lr;
  for (std::int64_t drop = 0; drop < epoch / every; ++drop) {
    rate *= factor;
  }
  return rate;
}

std::unique_ptr<Optimizer> make_optimizer(Context& ctx, Network& network, const std::string& name,
                                          float momentum, float weight_decay) {
  if (name == "adam") {
    AdamOptions options;
    options.weight_decay = weight_decay;
    return std::make_unique<Adam>(ctx, network, options);
  }
  if (name != "sgd" && name != "bgd") {
    throw UsageError("optimizer '" + name + "' is none of sgd, bgd, adam");
  }
  SgdOptions options;
  options.momentum = momentum;
  options.weight_decay = weight_decay;
  return std::make_unique<Sgd>(ctx, network, options);
}

}  // namespace infoplane
