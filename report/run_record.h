#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report/run_trace.h"

namespace infoplane {

/// One row of a run's per_class.csv.
struct ClassRow {
  std::int64_t step = 0;
  std::int64_t class_index = 0;
  std::int64_t n = 0;
  double h_x_bits = 0.0;
  double i_xt_bits = 0.0;
  double i_ty_bits = 0.0;
  double accuracy = 0.0;
};

/// One row of a run's layers.csv.
struct LayerRow {
  std::int64_t step = 0;
  double epoch = 0.0;
  std::string layer;
  std::int64_t units = 0;
  double i_xt_bits = 0.0;
  double i_ty_bits = 0.0;
};

/// What a run directory holds of one split, each in the order of its file.
struct SplitRecord {
  std::string split;
  std::vector<TraceRow> rows;
  std::vector<ClassRow> class_rows;
  std::vector<LayerRow> layer_rows;

  /// One quantity of every row.
  std::vector<double> column(double TraceRow::*quantity) const;
};

/// A run as its directory tells it, whatever of it is there.
struct RunRecord {
  std::filesystem::path path;
  std::string label;  ///< "fc-3 on mnist", or the folder's name
  std::optional<std::int64_t> seed;
  nlohmann::ordered_json description;           ///< run.json; an empty object where it is missing
  std::string config;                           ///< config.toml; empty where it is missing
  std::map<std::string, std::string> settings;  ///< config.toml by key, "sample.every" and so on
  std::vector<SplitRecord> splits;              ///< validation first
  std::vector<std::string> warnings;            ///< of its data: unfinished, a torn line, gaps, ...
  std::vector<std::string> notes;  ///< of the rest: a file missing, another version, ...

  const SplitRecord* find(const std::string& split) const;
};

/// The splits of which the runs have samples, each once: validation and train first, then the
/// others as they come.
std::vector<std::string> splits_of(const std::vector<RunRecord>& runs);

/// What bounds a split's samples, by the last of them that has rows; zeros where none has.
struct SplitBounds {
  std::int64_t n = 0;
  double h_y_bits = 0.0;  ///< H(Y), of I(T;Y)

  /// log2 N, of I(X;T).
  double i_xt_ceiling_bits() const { return n > 0 ? std::log2(static_cast<double>(n)) : 0.0; }
};
SplitBounds bounds_of(const SplitRecord& split);

/// The text at a key of an object; empty where there is none.
std::string text_or_empty(const nlohmann::ordered_json& object, const std::string& key);

/// The settings in a config.toml by key, "sample.every" and so on. Throws DataError, naming file
/// and line, when it is damaged.
std::map<std::string, std::string> read_settings(const std::filesystem::path& file);

/// Reads a run directory, or one trace in CSV. Only the trace has to be there; what else is missing
/// or odd is a note or a warning. Throws DataError, naming file and line, for a trace that is
/// missing and for any file that is there and damaged.
RunRecord read_run(const std::filesystem::path& run);
std::vector<RunRecord> read_runs(const std::vector<std::filesystem::path>& runs);

}  // namespace infoplane
