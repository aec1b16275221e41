#include "tests/oracle/tuples.h"

#include <cmath>
#include <cstddef>

namespace infoplane::oracle {

int interval(float value, double low, double high, int bins, bool clamp) {
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

Result layer(const std::vector<float>& values, const std::vector<std::int32_t>& labels, int units,
             int classes, double low, double high, int bins, bool clamp) {
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
