#pragma once

#include <filesystem>

#include "core/error.h"
#include "data/catalog.h"
#include "data/progress.h"

namespace infoplane {

/// A file that none of its addresses gives.
class DownloadError : public DataError {
 public:
  using DataError::DataError;
};

/// Whether this build can download and unpack (INFOPLANE_DOWNLOAD).
bool can_download();

/// Downloads `remote` to the file `to` from the first of its addresses that gives a file of the
/// right SHA-256. Throws DownloadError, one line with the reason each address failed for, Error
/// when the file cannot be written, and Stopped; leaves no file then. Built without
/// INFOPLANE_DOWNLOAD it always throws.
void download(const Remote& remote, const std::filesystem::path& to, const Progress& progress);

}  // namespace infoplane
