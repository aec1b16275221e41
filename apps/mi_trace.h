#pragma once

#include <filesystem>
#include <string>

#include "train/sampler.h"

namespace infoplane::apps {

/// What a sample was measured by.
struct Ruler {
  int bins = 0;
  std::string convention;
};

/// Adds a sample to a trace with the columns of a run's metrics.csv and, where this began the file,
/// `bins` and `convention` behind them; `report`, `figure` and the others read it as a run's. A
/// file that is not there is begun; processes that add to one file do so one after the other.
/// Throws DataError when it is no such trace; UsageError for a run's own trace, when the file has
/// this or a later step of the split already, or a later epoch, and when its samples were measured
/// by another ruler or, those of the split, on other rows, as their number or H(Y) tells. The file
/// is then as it was.
void append_to_trace(const std::filesystem::path& file, const Sample& sample, const Ruler& ruler);

}  // namespace infoplane::apps
