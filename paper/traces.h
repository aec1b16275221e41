#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "analysis/inversion_control.h"
#include "analysis/inversions.h"
#include "analysis/phases.h"
#include "report/run_record.h"

namespace infoplane::paper {

/// The samples of one split under one reading (analysis/readings.h), in the order of time, without
/// those that are no numbers.
struct Trace {
  std::vector<double> epoch;
  std::vector<double> i_xt_bits;
  std::vector<double> i_ty_bits;
  std::vector<double> accuracy;

  std::size_t size() const { return epoch.size(); }
  /// The first `samples` of them, or all when there are fewer or `samples` is 0.
  Trace first(std::size_t samples) const;
  /// These rows, in their order.
  Trace rows(const std::vector<std::size_t>& rows) const;
  Inversions inversions() const;
  Drifts drifts() const;
  std::vector<PathPoint> path() const;
  /// The sample nearest to an epoch. There must be one.
  PathPoint nearest(double to_epoch) const;
};

/// A run of an experiment, done or not.
struct TracedRun {
  RunRecord record;
  /// By split and reading: "paper", which is metrics.csv, and others where the run took readings.
  /// None is empty.
  std::map<std::string, std::map<std::string, Trace>> traces;

  /// Null where the run has none.
  const Trace* find(const std::string& split, const std::string& reading = "paper") const;
};

/// Throws DataError, naming the file, when it is damaged.
TracedRun read_traced_run(const std::filesystem::path& folder);

}  // namespace infoplane::paper
