#include "core/tuples.h"

#include <charconv>
#include <string>

#include "core/error.h"

namespace infoplane {
namespace {

void check(int units, int bins) {
  if (units < 1) {
    throw UsageError("hidden layer: " + std::to_string(units) + " units, at least 1 is needed");
  }
  if (bins < 2 || bins > 256) {
    throw UsageError("hidden layer: " + std::to_string(bins) + " bins, 2 to 256 can be counted");
  }
}

}  // namespace

TupleBins equal_intervals(int units, int bins, float low, float high, bool clamp) {
  check(units, bins);
  if (!std::isfinite(low) || !std::isfinite(high) || low > high) {
    throw UsageError("hidden layer: the range from " + std::to_string(low) + " to " +
                     std::to_string(high) +
                     " is none; give two finite numbers, the lower one first");
  }
  TupleBins result{units, bins, clamp, {}};
  for (int k = 0; k < bins; ++k) {
    result.edges.push_back(interval_start(low, high, k, bins));
  }
  result.edges.push_back(high);
  return result;
}

TupleBins idnns_bins(int units, int bins) {
  check(units, bins);
  TupleBins result{units, bins, false, {}};
  for (int k = 0; k + 1 < bins; ++k) {
    result.edges.push_back(static_cast<float>(-1.0 + k * (2.0 / (bins - 1))));
  }
  result.edges.insert(result.edges.end(), {1.0f, 1.0f});
  return result;
}

std::optional<ValueRange> parse_range(std::string_view text) {
  const char* const end = text.data() + text.size();
  ValueRange range;
  const auto [comma, low_error] = std::from_chars(text.data(), end, range.low);
  if (low_error != std::errc() || comma == end || *comma != ',') {
    return std::nullopt;
  }
  const auto [rest, high_error] = std::from_chars(comma + 1, end, range.high);
  const bool good = high_error == std::errc() && rest == end && std::isfinite(range.low) &&
                    std::isfinite(range.high) && range.low < range.high;
  return good ? std::optional(range) : std::nullopt;
}

bool tuples_fit_number(int units, int bins) {
  WideRank largest = 0;  // B^k - 1
  const auto base = static_cast<WideRank>(bins);
  for (int k = 0; k < units; ++k) {
    if (__builtin_mul_overflow(largest, base, &largest) ||
        __builtin_add_overflow(largest, base - 1, &largest)) {
      return false;
    }
  }
  return true;
}

}  // namespace infoplane
