#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/progress.h"
#include "train/settings.h"

namespace infoplane::apps {

struct SweepOptions {
  std::vector<std::string> axes;  ///< as --sweep gives them
  int jobs = 1;
  bool dry_run = false;
  std::filesystem::path out;  ///< empty: one below runs/
};

/// Where the first seed comes from in a sweep over seeds that --repeats asks for.
constexpr char kFromRepeats[] = "--repeats";

/// Prints what the sweep will cost and, unless it is a dry run, carries it out. Returns the exit
/// code: 0 when all runs are done, 1 when some failed, 130 when it was interrupted.
int start_sweep(const Config& base, const SweepOptions& options, const Output& output);

/// Goes on with the sweep in a folder: what is done is left alone, what was interrupted resumed.
int resume_sweep(const std::filesystem::path& folder, const Output& output);

/// Prints what one run will cost.
void print_cost(const RunSettings& settings, const Output& output);

}  // namespace infoplane::apps
