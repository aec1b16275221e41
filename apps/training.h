#pragma once

#include <atomic>
#include <string>

#include "apps/progress.h"
#include "train/run_directory.h"
#include "train/trainer.h"

namespace infoplane::apps {

/// Trains from where `trainer` is to the end, with everything that `train` and `resume` share:
/// progress, checkpoints, events, the picture, early stopping, run.json's last status, and a clean
/// end when `stop` becomes true (apps/signals.h). Returns the exit code: 0, or 130 when it was
/// interrupted. Throws what the run failed of. A checkpoint on the way that cannot be written is a
/// warning; the last one is not.
int run_to_end(const RunSettings& settings, Trainer& trainer, RunDirectory& run,
               const std::string& device, const Output& output, std::atomic<bool>& stop);

}  // namespace infoplane::apps
