#include "cpu/cpu_quota.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>

namespace infoplane::cpu {
namespace {

namespace fs = std::filesystem;

/// What a group's cpu.max, microseconds of time and of a period, leaves of `most`.
int processors_of_group(int most, const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  double quota = 0.0;  // not read where it is "max"
  double period = 0.0;
  if (!(file >> quota >> period) || quota <= 0.0 || period <= 0.0) {
    return most;
  }
  return static_cast<int>(std::clamp(std::ceil(quota / period), 1.0, static_cast<double>(most)));
}

}  // namespace

int processors_of_quota(int most, const std::string& own, const fs::path& root) {
  int processors = processors_of_group(most, root);
  std::istringstream lines(own);
  constexpr char kVersion2[] = "0::/";
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(kVersion2, 0) == 0) {
      fs::path group = root;
      for (const fs::path& part : fs::path(line.substr(sizeof kVersion2 - 1))) {
        group /= part;
        processors = processors_of_group(processors, group);
      }
    }
  }
  return processors;
}

int processors_of_quota(int most) {
  std::ifstream file("/proc/self/cgroup");
  const std::string own(std::istreambuf_iterator<char>(file), {});
  return processors_of_quota(most, own, "/sys/fs/cgroup");
}

}  // namespace infoplane::cpu
