#pragma once

#include <filesystem>
#include <string>

namespace infoplane::cpu {

/// How many of `most` processors a control group's quota (cgroup v2, as `docker --cpus` sets it)
/// gives time for, rounded up: the least of the process's own group and those above it.
/// `own` is what /proc/self/cgroup holds, `root` the folder where the groups are.
int processors_of_quota(int most, const std::string& own, const std::filesystem::path& root);

/// The same for this process.
int processors_of_quota(int most);

}  // namespace infoplane::cpu
