#pragma once

#include <filesystem>
#include <vector>

#include "bench/train.h"

namespace infoplane::bench {

/// The first steps of training, to be compared with another framework's from the same start.
struct LossesCase {
  TrainCase train;
  std::int64_t steps = 20;
  float lr = 1e-3f;
};

/// The loss of each step in nats, before the step's update, on made-up images in order, without
/// dropout and in float32. Where `start` is not empty, writes there what another framework needs to
/// take the same steps: a safetensors file with the initial parameters in their order, `images`
/// (bytes as floats, [N, ...], which the network sees divided by 255) and `labels`. Throws as
/// run_train() and write_safetensors() do.
std::vector<double> first_losses(const LossesCase& config, const std::filesystem::path& start);

}  // namespace infoplane::bench
