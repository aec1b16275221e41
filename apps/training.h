#pragma once

#include <string>

#include "train/run_directory.h"
#include "train/trainer.h"

namespace infoplane::apps {

/// Trains from where `trainer` is to the end, with everything that `train` and `resume` share: the
/// table of epochs, checkpoints, the picture, Ctrl-C and SIGTERM, run.json's last status. Returns
/// the exit code: 0, or 130 when it was interrupted. Throws what the run failed of.
int run_to_end(const RunSettings& settings, Trainer& trainer, RunDirectory& run,
               const std::string& device, bool json);

}  // namespace infoplane::apps
