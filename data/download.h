#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/error.h"
#include "data/catalog.h"

namespace infoplane {

/// Called while a file comes in: its name, the bytes so far, and all of them or 0 when unknown.
using Progress =
    std::function<void(const std::string& file, std::int64_t done, std::int64_t total)>;

/// A file that none of its addresses gives.
class DownloadError : public DataError {
 public:
  using DataError::DataError;
};

/// Whether this build can download and unpack (INFOPLANE_DOWNLOAD).
bool can_download();

/// Downloads `remote` to the file `to` from the first of its addresses that gives a file of the
/// right SHA-256. Throws DownloadError, one line with the reason each address failed for, and
/// DataError when the file cannot be written; leaves no file then. Built without
/// INFOPLANE_DOWNLOAD it always throws.
void download(const Remote& remote, const std::filesystem::path& to, const Progress& progress);

}  // namespace infoplane
