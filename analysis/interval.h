#pragma once

#include <cmath>
#include <span>

namespace infoplane {

/// A mean over independent repeats (seeds) with its 95% confidence interval, mean +- half_width.
struct MeanInterval {
  double mean = 0.0;
  double half_width = 0.0;  ///< t s / sqrt(R); NaN for a single repeat, which says nothing of it
  int repeats = 0;

  /// Half the 95% interval of one more repeat: t s sqrt(1 + 1/R), sqrt(R + 1) times as wide.
  double prediction_half_width() const { return half_width * std::sqrt(repeats + 1.0); }
};

/// Student's interval. Throws UsageError without values.
MeanInterval mean_interval(std::span<const double> values);

/// The 97.5% quantile of Student's t with `degrees` >= 1 degrees of freedom, to 4 digits.
double student_t_975(int degrees);

/// The value below which a part of them lies, interpolated; `sorted` ascends and is not empty.
double quantile(std::span<const double> sorted, double part);

}  // namespace infoplane
