#pragma once

#include <string>
#include <vector>

#include "train/settings.h"

namespace infoplane {

/// The lines of config.toml that say what a run computes, without those of kExecutionKeys.
std::vector<std::string> computing_lines(const RunSettings& settings);

/// Checks that a run goes on as it began, given its computing_lines() then. Its epochs may be
/// others, unless its samples are spaced over all of them; so may the folder of its data, whose
/// checksums are compared elsewhere, and stop_after_transition. A key that only one of both has is
/// of another version. Throws DataError naming the first setting that differs.
void require_begun_settings(const std::vector<std::string>& begun, const RunSettings& now);

}  // namespace infoplane
