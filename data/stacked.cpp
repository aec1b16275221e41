#include "data/stacked.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "core/data_name.h"
#include "core/error.h"
#include "core/nearest.h"
#include "data/split.h"

namespace infoplane {

namespace {

constexpr std::int64_t kMostClasses = 65536;  // as of arrays (data/arrays.h)

/// classes^count, or anything above kMostClasses where it is more.
std::int64_t combinations(int classes, int count) {
  std::int64_t result = 1;
  for (int i = 0; i < count && result <= kMostClasses; ++i) {
    result *= classes;
  }
  return result;
}

Split stack_split(const Split& split, int count, int classes) {
  const std::int64_t n = split.size();
  const std::int64_t image = static_cast<std::int64_t>(split.pixels.size()) / n;
  Split stacked;
  stacked.pixels.resize(static_cast<std::size_t>(n * count * image));
  stacked.labels.resize(static_cast<std::size_t>(n));
  for (int place = 0; place < count; ++place) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    if (place > 0) {
      order = shuffled_order(n, static_cast<std::uint64_t>(place));
    }
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t from = order[static_cast<std::size_t>(i)];
      std::copy_n(split.pixels.begin() + from * image, image,
                  stacked.pixels.begin() + (i * count + place) * image);
      std::int32_t& label = stacked.labels[static_cast<std::size_t>(i)];
      label = label * classes + split.labels[static_cast<std::size_t>(from)];
    }
  }
  return stacked;
}

std::vector<std::string> stack_names(const std::vector<std::string>& names, int count) {
  std::vector<std::string> stacked = names;
  for (int place = 1; place < count; ++place) {
    std::vector<std::string> longer;
    for (const std::string& name : stacked) {
      for (const std::string& next : names) {
        longer.push_back(name + "-" + next);
      }
    }
    stacked = std::move(longer);
  }
  return stacked;
}

}  // namespace

ImageKind StackedName::kind() const {
  const Shape& image = of->image;
  return {{count * image[0], image[1], image[2]},
          static_cast<int>(combinations(of->classes, count))};
}

StackedName parse_stacked(const std::string& name) {
  const std::string rest = name.substr(kStackedPrefix.size());
  const std::size_t colon = rest.find(':');
  StackedName stacked;
  const char* const end = rest.data() + std::min(colon, rest.size());
  const auto parsed = std::from_chars(rest.data(), end, stacked.count);
  if (colon == std::string::npos || parsed.ec != std::errc() || parsed.ptr != end ||
      stacked.count < 2) {
    throw UsageError("data set '" + name +
                     "' must be stacked:COUNT:NAME, such as stacked:2:mnist, COUNT 2 or more");
  }
  const std::string of = rest.substr(colon + 1);
  stacked.of = find_known(of);
  if (stacked.of == nullptr) {
    throw UsageError("data set '" + name + "': cannot stack '" + of + "'; " +
                     suggestion(of, known_names()));
  }
  if (combinations(stacked.of->classes, stacked.count) > kMostClasses) {
    throw UsageError("data set '" + name + "' would have more than " +
                     std::to_string(kMostClasses) + " classes; stack fewer images");
  }
  return stacked;
}

DataSet stack_images(DataSet set, int count) {
  set.train = stack_split(set.train, count, set.classes);
  set.validation = stack_split(set.validation, count, set.classes);
  set.image = {count * set.image[0], set.image[1], set.image[2]};
  set.classes = static_cast<int>(combinations(set.classes, count));
  set.class_names = stack_names(set.class_names, count);
  return set;
}

}  // namespace infoplane
