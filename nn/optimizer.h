#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/geometry.h"
#include "core/tensor.h"
#include "nn/network.h"

namespace infoplane {

/// Moves a network's parameters along its gradients, all of them in one pass.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// Enqueues step `t`, from 1, with learning rate `lr`; reads the gradients, leaves them as they
  /// are.
  virtual void step(Context& ctx, Network& network, Deferred<float> lr,
                    Deferred<std::int64_t> t) = 0;

  /// What it keeps between steps, by name, each as flat as Network::values().
  virtual std::vector<std::pair<std::string, View<float>>> state() = 0;
};

/// SGD with momentum and weight decay (SgdOptions; its lr is ignored in favour of step()'s). Every
/// step is like the first: it does not look at `t`.
class Sgd final : public Optimizer {
 public:
  Sgd(Context& ctx, Network& network, const SgdOptions& options);
  void step(Context& ctx, Network& network, Deferred<float> lr, Deferred<std::int64_t> t) override;
  std::vector<std::pair<std::string, View<float>>> state() override;

 private:
  SgdOptions options_;
  Tensor<float> velocity_;
};

/// Adam (AdamOptions; its lr is ignored in favour of step()'s).
class Adam final : public Optimizer {
 public:
  Adam(Context& ctx, Network& network, const AdamOptions& options);
  void step(Context& ctx, Network& network, Deferred<float> lr, Deferred<std::int64_t> t) override;
  std::vector<std::pair<std::string, View<float>>> state() override;

 private:
  AdamOptions options_;
  Tensor<float> m_;
  Tensor<float> v_;
};

/// "sgd" or "bgd" (one step of SGD on all images), with momentum, or "adam", without. Throws
/// UsageError for another name.
std::unique_ptr<Optimizer> make_optimizer(Context& ctx, Network& network, const std::string& name,
                                          float momentum, float weight_decay);

/// lr * factor^floor(epoch / every), epochs from 0.
struct StepSchedule {
  float lr = 0.1f;
  float factor = 0.1f;
  std::int64_t every = 20;

  float at(std::int64_t epoch) const;
};

}  // namespace infoplane
