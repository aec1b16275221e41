#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "core/context.h"
#include "data/dataset.h"
#include "train/checkpoint.h"
#include "train/sampler.h"
#include "train/settings.h"

namespace infoplane {

/// The folder a run writes into.
///
///   run.json       status, command line, version, host, device, libraries, data, times
///   config.toml    the resolved settings
///   metrics.csv    a row a sample
///   per_class.csv  a row a sample and class, classes from 0
///   layers.csv     a row a sample and hidden layer, layers from 1; only where they are sampled
///
///   checkpoint.safetensors  what the run needs to go on after it was stopped or killed
///
/// Files are replaced whole or grow by whole samples: what is there is always readable.
class RunDirectory {
 public:
  /// `runs/<UTC time>_<model>-<data>_s<seed>`, with characters that paths cannot hold replaced.
  static std::filesystem::path default_path(const RunSettings& settings);

  /// Creates the folder (and its parents) and the files. Throws UsageError when it exists and is
  /// not empty, Error when it cannot be written.
  RunDirectory(const std::filesystem::path& path, const RunSettings& settings,
               const std::vector<std::string>& argv, const Context& ctx, const DataSet& data,
               std::int64_t train_rows, std::int64_t validation_rows);

  /// Goes on in a folder that a run left, from its checkpoint: rows written after it are cut off.
  /// Throws DataError when the folder holds no run, or its data set is not `data` any more.
  RunDirectory(const std::filesystem::path& path, const Checkpoint& checkpoint,
               const DataSet& data);

  const std::filesystem::path& path() const { return path_; }

  /// Appends samples to the CSV files.
  void append(const std::vector<Sample>& samples);

  /// Makes the run resumable from here: flushes the rows, then replaces checkpoint.safetensors.
  void save(Checkpoint checkpoint);

  /// Writes the final status into run.json: "done", "interrupted" or "failed", with the reason.
  void finish(const std::string& status, const std::string& reason = "");

 private:
  void write_run_json(const std::string& status, const std::string& reason) const;

  std::filesystem::path path_;
  nlohmann::ordered_json description_;  ///< run.json's constant part
  std::string started_;                 ///< UTC
  AppendFile metrics_;
  AppendFile per_class_;
  std::optional<AppendFile> layers_;
};

/// The checkpoint of a run folder.
inline std::filesystem::path checkpoint_file(const std::filesystem::path& run) {
  return run / "checkpoint.safetensors";
}

/// The header of metrics.csv: columns are only ever appended.
inline constexpr char kMetricsHeader[] =
    "step,epoch,split,loss_nats,accuracy,i_xt_bits,i_ty_bits,h_y_bits,symbols,singletons,n,"
    "rejected";
inline constexpr char kPerClassHeader[] =
    "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy";
inline constexpr char kLayersHeader[] =
    "step,epoch,split,layer,units,i_xt_bits,i_ty_bits,symbols,singletons,n,rejected,low,high";

}  // namespace infoplane
