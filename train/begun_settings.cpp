#include "train/begun_settings.h"

#include <fmt/format.h>

#include <map>
#include <sstream>

#include "core/error.h"
#include "core/execution_keys.h"

namespace infoplane {
namespace {

/// Of a line of to_toml(); empty for one without.
std::string key_of(const std::string& line) {
  const std::size_t end = line.find(" = ");
  return end == std::string::npos ? "" : line.substr(0, end);
}

}  // namespace

std::vector<std::string> computing_lines(const RunSettings& settings) {
  std::istringstream text(to_toml(settings));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    const std::string key = key_of(line);
    if (!key.empty() && !is_execution_key(key)) {
      lines.push_back(line);
    }
  }
  return lines;
}

void require_begun_settings(const std::vector<std::string>& begun, const RunSettings& now) {
  std::map<std::string, std::string> lines;
  for (const std::string& line : begun) {
    lines[key_of(line)] = line;
  }
  for (const std::string& line : computing_lines(now)) {
    const std::string key = key_of(line);
    const auto before = lines.find(key);
    const bool may_change =
        key == "data" || key == "stop_after_transition" ||
        (key == "epochs" && now.sample.spacing != SamplePlan::Spacing::kLogarithmic);
    if (before != lines.end() && before->second != line && !may_change) {
      throw DataError(fmt::format(
          "the run began with '{}' and cannot go on with '{}'{}; leave it as it began, or "
          "train anew",
          before->second, line,
          key == "epochs" ? fmt::format(": its samples are spaced over all epochs (sample.every = "
                                        "log:{})",
                                        now.sample.count)
                          : ""));
    }
  }
}

}  // namespace infoplane
