#pragma once

#include <filesystem>

#include "train/sampler.h"

namespace infoplane::apps {

/// Adds a sample to a trace with the columns of a run's metrics.csv, which `report`, `figure` and
/// the others read as one. A file that is not there is begun; processes that add to one file do so
/// one after the other. Throws DataError when it is no such trace, UsageError for a run's own
/// trace, and when it has this or a later step of the split already, or a later epoch; the file is
/// then as it was.
void append_to_trace(const std::filesystem::path& file, const Sample& sample);

}  // namespace infoplane::apps
