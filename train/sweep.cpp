#include "train/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "core/error.h"

namespace infoplane {
namespace {

constexpr std::int64_t kMostValues = 10000;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty()
             ? std::optional(value)
             : std::nullopt;
}

/// "1..5" becomes 1, 2, 3, 4, 5; anything else stays as it is.
void append_values(std::vector<std::string>& values, const std::string& item,
                   const std::string& text) {
  const std::size_t dots = item.find("..");
  const auto first = whole_number(std::string_view(item).substr(0, dots));
  const auto last = dots == std::string::npos
                        ? std::nullopt
                        : whole_number(std::string_view(item).substr(dots + 2));
  if (!first || !last) {
    values.push_back(item);
    return;
  }
  const auto count = static_cast<std::uint64_t>(*last) - static_cast<std::uint64_t>(*first) + 1;
  if (*last < *first || count - 1 >= static_cast<std::uint64_t>(kMostValues)) {
    throw UsageError(
        fmt::format("--sweep {}: '{}' is no range of 1 to {} numbers", text, item, kMostValues));
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    values.push_back(std::to_string(*first + static_cast<std::int64_t>(i)));
  }
}

/// As a folder's name: whatever could trouble a path or a shell becomes a dash.
std::string safe(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '.' && c != '_'; },
      '-');
  return text;
}

std::string name_of(const std::vector<SweepAxis>& axes, const std::vector<std::string>& values,
                    std::set<std::string>& taken) {
  std::string name;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    name += (i == 0 ? "" : "_") + safe(axes[i].key + "-" + values[i]);
  }
  for (int copy = 2; !taken.insert(name).second; ++copy) {  // "a/b" and "a:b"
    name += "-" + std::to_string(copy);
  }
  return name;
}

}  // namespace

SweepAxis parse_axis(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw UsageError(
        fmt::format("--sweep: '{}' is not KEY=VALUE,VALUE,... or KEY=FIRST..LAST", text));
  }
  SweepAxis axis{text.substr(0, equals), {}};
  for (std::size_t at = equals + 1; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    append_values(axis.values, text.substr(at, comma - at), text);
    at = comma + 1;
  }
  const std::set<std::string> distinct(axis.values.begin(), axis.values.end());
  if (distinct.size() != axis.values.size() || distinct.count("") != 0) {
    throw UsageError(
        fmt::format("--sweep: '{}' holds a value twice, or an empty one; remove it", text));
  }
  return axis;
}

RunPlan plan_sweep(const Config& base, const std::vector<SweepAxis>& axes, int jobs) {
  RunPlan plan;
  std::int64_t count = 1;
  for (const SweepAxis& axis : axes) {
    if (std::find(plan.axes.begin(), plan.axes.end(), axis.key) != plan.axes.end()) {
      throw UsageError("--sweep: '" + axis.key + "' is given twice; join its values by commas");
    }
    plan.axes.push_back(axis.key);
    count *= static_cast<std::int64_t>(axis.values.size());
    if (count > kMostValues) {
      throw UsageError(fmt::format("--sweep: more than {} runs; take fewer values", kMostValues));
    }
  }
  plan.jobs = static_cast<int>(std::min<std::int64_t>(jobs, count));
  std::set<std::string> taken;
  std::map<std::string, std::string> names;  // by all settings
  for (std::int64_t index = 0; index < count; ++index) {
    Config config = base;
    PlannedRun run;
    run.values.resize(axes.size());
    std::int64_t rest = index;
    for (std::size_t i = axes.size(); i-- > 0;) {
      const auto size = static_cast<std::int64_t>(axes[i].values.size());
      run.values[i] = axes[i].values[static_cast<std::size_t>(rest % size)];
      rest /= size;
      config.set(axes[i].key, run.values[i], "--sweep");
    }
    run.settings = config.resolve();
    run.name = name_of(axes, run.values, taken);
    if (const auto same = names.emplace(to_toml(run.settings), run.name); !same.second) {
      throw UsageError("--sweep: " + same.first->second + " and " + run.name +
                       " are one run; leave one out");
    }
    plan.runs.push_back(std::move(run));
  }
  share_cores(plan);
  return plan;
}

}  // namespace infoplane
