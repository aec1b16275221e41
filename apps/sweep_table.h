#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "train/run_jobs.h"

namespace infoplane::apps {

/// A run of a sweep, and where it ended.
struct SweepRow {
  std::vector<std::string> values;  ///< of the sweep's axes
  JobStatus status;
};

/// The last validation sample of every run that is done, and mean and 95% interval over those that
/// differ in the seed alone: for people, and as one JSON object. Both throw DataError when a run
/// that is done has no readable metrics.csv.
std::string sweep_text(const std::filesystem::path& folder, const std::vector<std::string>& axes,
                       const std::vector<SweepRow>& rows);
std::string sweep_json(const std::filesystem::path& folder, const std::vector<std::string>& axes,
                       const std::vector<SweepRow>& rows);

}  // namespace infoplane::apps
