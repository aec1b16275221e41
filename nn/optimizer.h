#pragma once

#include <memory>
#include <string>

#include "core/geometry.h"
#include "core/tensor.h"
#include "nn/network.h"

namespace infoplane {

/// Moves a network's parameters along its gradients, all of them in one pass.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// One step with learning rate `lr`; reads the gradients, leaves them as they are.
  virtual void step(Context& ctx, Network& network, float lr) = 0;
};

/// SGD with momentum and weight decay (SgdOptions; its lr is ignored in favour of step()'s).
class Sgd final : public Optimizer {
 public:
  Sgd(Context& ctx, Network& network, const SgdOptions& options);
  void step(Context& ctx, Network& network, float lr) override;

 private:
  SgdOptions options_;
  Tensor<float> velocity_;
};

/// Adam (AdamOptions; its lr is ignored in favour of step()'s).
class Adam final : public Optimizer {
 public:
  Adam(Context& ctx, Network& network, const AdamOptions& options);
  void step(Context& ctx, Network& network, float lr) override;

 private:
  AdamOptions options_;
  Tensor<float> m_;
  Tensor<float> v_;
  std::int64_t steps_ = 0;
};

/// lr * factor^floor(epoch / every), epochs from 0.
struct StepSchedule {
  float lr = 0.1f;
  float factor = 0.1f;
  std::int64_t every = 20;

  float at(std::int64_t epoch) const;
};

}  // namespace infoplane
