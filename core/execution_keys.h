#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace infoplane {

/// Keys of a run's configuration that say where and how fast it runs, and nothing of what it
/// computes but its rounding, which on two devices differs: runs that differ in no others are
/// repeats of each other.
inline constexpr std::array<std::string_view, 7> kExecutionKeys = {
    "data_dir", "device", "threads", "pin", "cuda_graphs", "determinism", "checkpoint_every"};

inline bool is_execution_key(std::string_view key) {
  return std::find(kExecutionKeys.begin(), kExecutionKeys.end(), key) != kExecutionKeys.end();
}

}  // namespace infoplane
