#pragma once

#include <filesystem>

#include "train/sampler.h"

namespace infoplane::apps {

/// Adds a sample to a trace with the columns of a run's metrics.csv, which `report`, `figure` and
/// the others read as one. A file that is not there is begun. Throws DataError when it is no such
/// trace, UsageError when it has a later step of the split already; the file is then as it was.
void append_to_trace(const std::filesystem::path& file, const Sample& sample);

}  // namespace infoplane::apps
