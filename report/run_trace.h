#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "report/plane_figure.h"

namespace infoplane {

/// One row of a run's metrics.csv.
struct TraceRow {
  std::int64_t step = 0;
  double epoch = 0.0;
  std::string split;
  double loss_nats = 0.0;
  double accuracy = 0.0;
  double i_xt_bits = 0.0;
  double i_ty_bits = 0.0;
  double h_y_bits = 0.0;
  std::int64_t symbols = 0;  ///< this and the next two: 0 where the file lacks the column
  std::int64_t singletons = 0;
  std::int64_t rejected = 0;
  std::int64_t n = 0;
};

/// The trace of a run that is named by its folder, or is given by its trace alone. Throws
/// DataError, naming some of the runs in it, for a folder that is none.
std::filesystem::path trace_file(const std::filesystem::path& run);

/// Reads metrics.csv, as report/csv_table.h says: by column names, and without the unfinished last
/// line that a killed run leaves. Throws DataError with file and line for a missing file, a
/// missing column, a cell that is no number, an accuracy outside [0, 1] and steps of a split that
/// fall. What was left out is said in `warnings`, where
/// given.
std::vector<TraceRow> read_trace(const std::filesystem::path& metrics_csv,
                                 std::vector<std::string>* warnings = nullptr);

/// The plane of a run: a path a split, with the largest log2 N and H(Y) of its samples, bounds of
/// all that is drawn.
PlaneFigure plane_of(const std::string& title, const std::vector<TraceRow>& trace);

}  // namespace infoplane
