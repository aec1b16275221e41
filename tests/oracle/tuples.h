#pragma once

// The symbols of a hidden layer by their definition, as slowly as it reads. Includes nothing of
// core/, so that a mistake there cannot agree with itself here.

#include <cmath>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "tests/oracle/information.h"

namespace infoplane::oracle {

/// The interval of B of [low, high] that holds a value: -1 for a NaN, and for what is outside
/// unless it is to be clamped.
inline int interval(float value, double low, double high, int bins, bool clamp) {
  const auto v = static_cast<double>(value);
  if (std::isnan(v) || (!clamp && (v < low || v > high))) {
    return -1;
  }
  int cell = 0;
  for (int k = 1; k < bins; ++k) {
    cell += v >= low + (high - low) * k / bins ? 1 : 0;
  }
  return cell;
}

/// Counts values [N, K] with labels [N]. There is no output, and so nothing correct and no loss.
inline Result layer(const std::vector<float>& values, const std::vector<std::int32_t>& labels,
                    int units, int classes, double low, double high, int bins, bool clamp) {
  Result result;
  result.class_rows.resize(static_cast<std::size_t>(classes));
  result.class_correct.resize(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    Tuple tuple;
    bool good = true;
    for (std::size_t k = 0; k < static_cast<std::size_t>(units); ++k) {
      tuple.push_back(
          interval(values[i * static_cast<std::size_t>(units) + k], low, high, bins, clamp));
      good = good && tuple.back() >= 0;
    }
    if (!good) {
      ++result.bad_logits;
    } else if (labels[i] < 0 || labels[i] >= classes) {
      ++result.bad_labels;
    } else {
      ++result.rows;
      ++result.counts[{tuple, labels[i]}];
      ++result.class_rows[static_cast<std::size_t>(labels[i])];
    }
  }
  if (result.rows > 0) {
    finish(result, classes);
  }
  return result;
}

}  // namespace infoplane::oracle
