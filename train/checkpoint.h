#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "train/safetensors.h"

namespace infoplane {

/// How far a run has come: everything that later steps depend on besides tensors. Random draws and
/// the order of images are functions of seed and position, so there is no generator to save.
struct TrainerPosition {
  std::int64_t epoch = 0;          ///< epochs completed
  std::int64_t step_in_epoch = 0;  ///< steps of the epoch under way
  std::int64_t rows_in_epoch = 0;  ///< images of it
  std::int64_t steps = 0;          ///< steps of the run
  std::uint64_t passes = 0;        ///< forward and backward passes, which number the dropout masks
  bool start_sampled = false;      ///< the sample before the first step was taken

  /// Epochs that were begun, the one under way among them.
  std::int64_t epochs_begun() const { return epoch + (step_in_epoch > 0 ? 1 : 0); }
};

/// What a run needs to go on as if it had never stopped.
struct Checkpoint {
  TrainerPosition position;
  std::vector<std::string> settings;   ///< what the run computes; empty in those of before
  double loss_sum = 0.0;               ///< over rows_in_epoch, nats
  std::int64_t optimizer_steps = 0;    ///< Adam counts them
  std::int64_t metrics_bytes = 0;      ///< of metrics.csv when the checkpoint was taken
  std::int64_t per_class_bytes = 0;    ///< of per_class.csv
  std::int64_t layers_bytes = 0;       ///< of layers.csv; 0: there is none
  std::int64_t readings_bytes = 0;     ///< of readings.csv; 0: there is none
  std::int64_t tensorboard_bytes = 0;  ///< of the event file; 0: there was none
  std::vector<NamedTensor> tensors;    ///< parameters, running statistics, optimizer state
};

/// Replaces the file whole or not at all, as safetensors. Throws Error naming file and reason.
void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint);

/// Throws DataError naming the file when it is missing, damaged or no checkpoint of a run.
Checkpoint read_checkpoint(const std::filesystem::path& file);

}  // namespace infoplane
