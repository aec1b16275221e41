#pragma once

#include <filesystem>

#include "data/catalog.h"
#include "data/download.h"

namespace infoplane {

struct GetOptions {
  std::filesystem::path destination;  ///< the data set goes to destination/NAME
  std::filesystem::path from;         ///< a folder or an archive that the user has; empty: download
  Progress progress = {};             ///< of downloads, copies and unpacking; none: silent
};

struct GetResult {
  std::filesystem::path folder;
  bool was_there = false;  ///< already complete and sound: nothing was done
};

/// Brings a data set to destination/NAME, from its publisher or from what the user has. Everything
/// is gathered in a hidden folder in there, read once as a check, compared with the catalog's image
/// and counts, and only then renamed into place. What is there already and stands these checks
/// stays. Holds the folder for this process alone meanwhile; on failure nothing is left behind.
///
/// Throws DataError when the data cannot be had or are not what they should be, Error when they
/// cannot be written, UsageError when another process is at work in the folder, Stopped when the
/// progress says so.
GetResult get_dataset(const KnownDataSet& known, const GetOptions& options);

}  // namespace infoplane
