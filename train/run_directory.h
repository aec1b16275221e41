#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/atomic_file.h"
#include "core/context.h"
#include "core/file_lock.h"
#include "data/dataset.h"
#include "train/checkpoint.h"
#include "train/event_log.h"
#include "train/sampler.h"
#include "train/settings.h"
#include "train/tensorboard.h"

namespace infoplane {

/// The folder a run writes into.
///
///   run.json       status, command line, version, commit, host, device, instructions, libraries,
///                  data, times; what went on with it later, in "resumed"
///   config.toml    the resolved settings
///   metrics.csv    a row a sample
///   per_class.csv  a row a sample and class, classes from 0
///   layers.csv     a row a sample and hidden layer, layers from 1; only where they are sampled
///   readings.csv   a row a sample and reading (analysis/readings.h); only where they are taken
///   events.jsonl   what else happened (train/event_log.h)
///   tensorboard/   losses, accuracy, both informations and the picture, as TensorBoard reads them
///
///   checkpoint.safetensors  what the run needs to go on after it was stopped or killed
///
/// Files are replaced whole or grow by whole samples: what is there is always readable. One process
/// at a time writes into it.
class RunDirectory {
 public:
  /// Creates `runs/<UTC time>_<model>-<data>_s<seed>`, with characters that paths cannot hold
  /// replaced, and with a number behind it where another run began in that second.
  static std::filesystem::path make_default(const RunSettings& settings);

  /// Whether a run's folder has files or folders of that name.
  static bool writes(const std::string& name);

  /// Creates the folder (and its parents) and the files. Throws UsageError when it exists and is
  /// not empty, Error when it cannot be written.
  RunDirectory(const std::filesystem::path& path, const RunSettings& settings,
               const std::vector<std::string>& argv, const Context& ctx, const DataSet& data,
               std::int64_t train_rows, std::int64_t validation_rows);

  /// Goes on in a folder that a run left, from its checkpoint, which was read since `lock` holds
  /// the folder: what was written after it is cut off. Throws DataError when the folder holds no
  /// run, or its data set is not `data` any more.
  RunDirectory(FolderLock lock, const std::filesystem::path& path, const Checkpoint& checkpoint,
               const Context& ctx, const DataSet& data);

  const std::filesystem::path& path() const { return path_; }

  /// Whether it went on from a checkpoint.
  bool resumed() const { return resumed_; }

  /// Whether the checkpoint that it went on from is in events.jsonl.
  bool tells_of_checkpoint() const { return events_.has_checkpoint(); }

  /// Appends samples to the CSV files and to TensorBoard's file.
  void append(const std::vector<Sample>& samples);

  /// For TensorBoard: an epoch's mean training loss; the picture of the plane, a PNG file's bytes.
  void add_training_loss(std::int64_t step, double loss_nats);
  void add_picture(std::int64_t step, std::string_view png);

  /// Appends to events.jsonl.
  void log(const std::string& event, std::int64_t step, double epoch,
           const nlohmann::ordered_json& details = nlohmann::ordered_json::object());

  /// Makes the run resumable from here: flushes the rows, then replaces checkpoint.safetensors.
  /// Throws Error when that cannot be done; the checkpoint before it is then still there.
  void save(Checkpoint checkpoint);

  /// Writes the final status into run.json: "done", "interrupted" or "failed", with the reason. A
  /// run that is done with a reason ended before its last epoch.
  void finish(const std::string& status, const std::string& reason = "");

 private:
  void write_run_json(const std::string& status, const std::string& reason) const;

  std::filesystem::path path_;
  FolderLock lock_;
  bool resumed_ = false;
  nlohmann::ordered_json description_;  ///< run.json's constant part
  std::string started_;                 ///< UTC
  AppendFile metrics_;
  AppendFile per_class_;
  std::optional<AppendFile> layers_;
  std::optional<AppendFile> readings_;
  TensorBoardFile tensorboard_;
  EventLog events_;
};

/// A run's run.json. Throws DataError when that cannot be read, or says that the run began with
/// other data.
nlohmann::ordered_json require_same_data(const std::filesystem::path& run, const DataSet& data);

/// The checkpoint of a run folder.
inline std::filesystem::path checkpoint_file(const std::filesystem::path& run) {
  return run / "checkpoint.safetensors";
}

/// The line of metrics.csv that says a sample.
std::string metrics_row(const Sample& sample);

/// The header of metrics.csv: columns are only ever appended.
inline constexpr char kMetricsHeader[] =
    "step,epoch,split,loss_nats,accuracy,i_xt_bits,i_ty_bits,h_y_bits,symbols,singletons,n,"
    "rejected";
inline constexpr char kPerClassHeader[] =
    "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy";
inline constexpr char kLayersHeader[] =
    "step,epoch,split,layer,units,i_xt_bits,i_ty_bits,symbols,singletons,n,rejected,low,high";
inline constexpr char kReadingsHeader[] =
    "step,epoch,split,reading,i_xt_bits,i_ty_bits,accuracy,symbols,n";

}  // namespace infoplane
