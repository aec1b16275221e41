#include "apps/run_folders.h"

#include <fmt/format.h>

#include "apps/console.h"
#include "core/error.h"
#include "train/run_plan.h"

namespace infoplane::apps {

namespace fs = std::filesystem;

std::vector<fs::path> run_folders(const std::vector<fs::path>& named) {
  std::vector<fs::path> folders;
  for (const fs::path& path : named) {
    if (!has_plan(path)) {
      folders.push_back(path);
      continue;
    }
    const std::vector<PlannedRun> runs = read_plan(path).runs;
    std::size_t found = 0;
    for (const PlannedRun& run : runs) {
      if (fs::exists(path / run.name / "metrics.csv")) {
        folders.push_back(path / run.name);
        ++found;
      }
    }
    if (found == 0) {
      throw DataError(path.string() + ": none of its runs has a trace yet; start them with " +
                      "`infoplane resume " + path.string() + "`");
    }
    if (found < runs.size()) {
      warn({fmt::format("{}: {} of its {} runs have no trace yet", path.string(),
                        runs.size() - found, runs.size())});
    }
  }
  return folders;
}

}  // namespace infoplane::apps
