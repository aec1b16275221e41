#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/numerics.h"
#include "core/tuples.h"
#include "data/dataset.h"
#include "ops/context.h"

namespace infoplane {

/// When the information plane is sampled.
struct SamplePlan {
  enum class Spacing { kIterations, kEpochs, kLogarithmic };
  Spacing spacing = Spacing::kIterations;
  std::int64_t every = 50;              ///< iterations between samples
  std::int64_t first_epoch_every = 50;  ///< the same within the first epoch
  std::int64_t count = 0;               ///< samples over the run, when logarithmic
  bool train = false;                   ///< the training split, too
  std::int64_t train_images = 0;        ///< the first N images of it; 0: all
  bool readings = false;                ///< each sample again under changed conditions, too
  bool layers = false;                  ///< the hidden layers, too
  int layer_bins = 30;                  ///< intervals that a hidden layer's range is divided into
  /// That range; values outside go to the end intervals. None: [-1, 1] for tanh, and for other
  /// activations the smallest and the largest value of each sample.
  std::optional<ValueRange> layer_range;

  /// Rows of the training split, which has so many images, in each sample.
  std::int64_t train_rows(std::int64_t images) const {
    return !train ? 0 : train_images == 0 ? images : std::min(train_images, images);
  }
  bool operator==(const SamplePlan&) const = default;
};

/// Everything that decides what a run computes: fully resolved, so that writing it down and
/// reading it back repeats the run.
struct RunSettings {
  std::string model;
  std::string data;
  std::filesystem::path data_dir;     ///< empty: the usual places
  std::optional<std::int64_t> limit;  ///< N images of each split (data/dataset.h)
  std::optional<int> classes;         ///< only the images of the first C classes
  std::string optimizer;              ///< "sgd", "bgd" (the whole training set a step) or "adam"
  std::int64_t epochs = 0;
  std::int64_t batch = 0;        ///< images a step; 0: all of them
  std::int64_t micro_batch = 0;  ///< images a pass within a step; 0: the whole batch
  float lr = 0.0f;
  float momentum = 0.0f;
  float weight_decay = 0.0f;
  float lr_factor = 0.0f;
  std::int64_t lr_every = 0;
  std::uint64_t seed = 0;
  std::string device;       ///< "cpu" or "cuda"
  int threads = 0;          ///< 0: the physical cores
  bool pin = false;         ///< each of them stays on a core of its own
  bool cuda_graphs = true;  ///< on CUDA, launch a training step as one graph
  Precision precision = Precision::kFp32;
  Determinism determinism = Determinism::kBitwise;
  int bins = 0;
  std::int64_t checkpoint_every = 0;       ///< epochs between two checkpoints
  std::int64_t stop_after_transition = 0;  ///< epochs past the transition that end it; 0: never
  SamplePlan sample;

  bool operator==(const RunSettings&) const = default;
};

/// How a run computes.
ops::ContextOptions context_options(const RunSettings& settings);

/// What momentum is when nothing says it.
float usual_momentum(const std::string& optimizer);

/// Which images a run trains on and measures.
DataOptions data_options(const RunSettings& settings);

/// Values by key before they are resolved, each with where it came from. Later sources win:
/// TOML file < environment < flags; the presets of model and data set lie below all of them.
class Config {
 public:
  /// Throws UsageError, with the nearest known key, for an unknown one.
  void set(const std::string& key, const std::string& value, const std::string& source);

  /// "key=value", as --set takes it. Throws UsageError when there is no "=".
  void set_assignment(const std::string& assignment, const std::string& source);

  /// Reads the settings that a run or a plan of runs wrote down. As read_toml, but a precision that
  /// an older version does not name is the one that it had.
  void read_run(const std::filesystem::path& file);

  /// Takes over every value that `other` has.
  void set_all(const Config& other);

  /// Reads a TOML file as config.toml is written. Throws DataError when it cannot be read and
  /// UsageError, with file and line, for bad syntax or an unknown key.
  void read_toml(const std::filesystem::path& file);

  /// Takes INFOPLANE_EPOCHS and its like; INFOPLANE_DATA is a folder, not a key (data/locate.h), so
  /// the data set's name is INFOPLANE_DATASET.
  void read_environment();

  /// Where a key's value comes from; empty when it is not set.
  std::string source_of(const std::string& key) const;

  /// Fills in what was not set and checks every value; `auto` becomes the device that is there, and
  /// the precision its usual one. Throws UsageError naming key, source and what is allowed.
  RunSettings resolve() const;

  struct Value {
    std::string text;
    std::string source;
  };

 private:
  std::map<std::string, Value> values_;
};

/// A key of the configuration, for help texts.
struct ConfigKey {
  std::string name;
  std::string help;
};
const std::vector<ConfigKey>& config_keys();

/// The environment variable that sets a key.
std::string environment_name(const std::string& key);

/// A line for each variable that is there and nearly, but not quite, named like one of a key.
std::vector<std::string> mistyped_environment();

/// config.toml: every key, resolved.
std::string to_toml(const RunSettings& settings);

}  // namespace infoplane
