// Stands in for download.cpp and archive.cpp where INFOPLANE_DOWNLOAD is off.
#include "data/archive.h"
#include "data/download.h"
#include "data/file.h"

namespace infoplane {

bool can_download() { return false; }

void download(const Remote& remote, const std::filesystem::path&, const Progress&) {
  throw DownloadError(remote.file + ": this build cannot download (INFOPLANE_DOWNLOAD=OFF)");
}

void extract(const std::filesystem::path& archive, const std::vector<std::string>&,
             const std::filesystem::path&, const Progress&) {
  bad_file(
      archive,
      "this build cannot unpack archives (INFOPLANE_DOWNLOAD=OFF); unpack it with tar and name "
      "the folder with --from");
}

}  // namespace infoplane
