#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace infoplane::bench {

enum class Verdict { kSame, kFaster, kSlower, kUnclear, kOnlyInA, kOnlyInB };

std::string to_string(Verdict verdict);

/// One time of one configuration in two measurements.
struct Comparison {
  std::string config;             ///< "state=fresh n=1000000 ..."
  std::string time;               ///< "count"
  std::optional<double> a_min_s;  ///< none where one measurement lacks the configuration
  std::optional<double> b_min_s;
  std::optional<double> a_median_s;
  std::optional<double> b_median_s;
  Verdict verdict = Verdict::kUnclear;
  std::string machines;  ///< where A's and B's are not one: "A's against B's"
};

/// The minima and the medians, B's over A's, of two measurements are the same within this share.
constexpr double kSameWithin = 0.03;

/// The rule. `a` and `b` are Timings as JSON.
///   same     minima and medians both differ by at most 3 %
///   faster   the intervals from minimum to upper quartile do not overlap, and B's lies lower
///   slower   likewise, B's lies higher
///   unclear  anything else: measure again, with more repeats or on a quieter machine
/// It knows what one measurement saw. A machine that is slower an hour later is "slower", too:
/// measure A and B by turns, and believe what the turns agree on.
Verdict compare_times(const nlohmann::ordered_json& a, const nlohmann::ordered_json& b);

/// Every time of every configuration of two files that `infoplane bench mi` or `train` wrote, in
/// the order of A. Throws DataError, naming the file, when one is not such a file or they hold
/// different benchmarks.
std::vector<Comparison> compare_files(const std::string& file_a, const std::string& file_b);

nlohmann::ordered_json to_json(const Comparison& comparison);

}  // namespace infoplane::bench
