#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "bench/timing.h"
#include "core/device.h"
#include "core/numerics.h"
#include "core/shape.h"

namespace infoplane::bench {

/// One configuration of `infoplane bench train`.
struct TrainCase {
  std::string model = "fc-3";
  std::string data = "cifar10";  ///< a name of the catalog, whose shape counts, or tishby
  std::int64_t batch = 128;
  Device device = Device::kCpu;
  int threads = 1;                                    ///< of the host
  bool cuda_graphs = true;                            ///< record the step, as training does
  std::optional<Precision> precision = std::nullopt;  ///< none: the device's usual one
  Determinism determinism = Determinism::kBitwise;
};

/// Images of one sample of the information plane.
constexpr std::int64_t kSampleImages = 10000;

struct TrainResult {
  TrainCase config;
  std::string machine;
  Numerics numerics;
  std::string not_recorded;  ///< why the step could not be recorded; empty when nothing went wrong
  std::int64_t parameters = 0;
  double forward_flop = 0.0;  ///< of one image, a multiply-add counted as two
  /// Of one image in a training step: three forward passes (outputs, gradients of inputs and of
  /// weights), less the gradient of the images, which nobody wants.
  double step_flop = 0.0;
  double loss_nats = 0.0;      ///< mean over all steps; finite
  double ceiling_flops = 0.0;  ///< of a large matrix product, in the same run
  Timing step;                 ///< gather, forward, loss, backward, optimizer: one batch
  /// kSampleImages in evaluation mode: the time of one batch, times their number.
  Timing sample_forward;
  Timing sample_count;  ///< clear, count and information of kSampleImages

  double images_per_second() const;
  double ceiling_share() const;            ///< step_flop a second, of ceiling_flops
  double sample_share_of_forward() const;  ///< what counting adds to a sample's forward passes
  double sample_share_of_step() const;     ///< a sample, forward passes and all, over a step
};

/// Times training steps on made-up images (uniform bytes, labels in turn) of the data set's
/// shape, with the optimizer of the model and a small learning rate: what a step costs does not
/// depend on it. Throws
/// UsageError for an unknown model or data set, and Error when the loss is not finite.
TrainResult run_train(const TrainCase& config, int repeats);

nlohmann::ordered_json to_json(const TrainResult& result);

}  // namespace infoplane::bench
