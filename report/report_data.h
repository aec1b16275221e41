#pragma once

#include <string>
#include <vector>

#include "analysis/phases.h"
#include "report/run_record.h"

namespace infoplane {

struct ReportOptions {
  PhaseRule rule;          ///< how phases are told apart
  int display_window = 9;  ///< samples of the moving mean that "smoothed" shows, odd
};

/// Everything a report shows, as one JSON object: `title`, `rule`, `groups` (runs that are seeds of
/// one configuration, with means and intervals) and `runs` (splits with their samples, phases,
/// inversions, classes and layers; where the run came from). All numbers that take a computation
/// are computed here. Throws UsageError without runs or for an even window.
nlohmann::ordered_json report_data(const std::vector<RunRecord>& runs,
                                   const ReportOptions& options);

}  // namespace infoplane
