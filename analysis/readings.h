#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "analysis/conventions.h"
#include "analysis/information_meter.h"
#include "core/tensor.h"

namespace infoplane {

/// One sample of the plane, measured with one condition changed.
struct Reading {
  std::string name;
  double i_xt_bits = 0.0;
  double i_ty_bits = 0.0;
  std::int64_t symbols = 0;
  std::int64_t n = 0;  ///< rows counted
};

/// The names, in the order of the results:
///
///   paper             nothing changed: what metrics.csv has
///   miller_madow, grassberger2003, chao_shen, jackknife, james_stein
///                     the estimator (analysis/estimators.h)
///   first_3000        the rows: the first 3000
///   ib_cnn            the convention (analysis/conventions.h), its first 3000 rows included
///   bins_5, bins_20, bins_50   the intervals of [0, 1]; left out where a sample's classes are too
///                     many for them (core/hashed_counts.h): 50 from 91 classes on, 20 from 691
///   shuffled_labels   the labels, permuted among the rows, always the same way: what is left of
///                     I(T;Y) is what a finite sample makes of nothing
const std::vector<std::string>& reading_names();

/// Takes all readings of samples: logits batch by batch, then take_sync().
class ReadingTaker {
 public:
  /// For samples of up to `most_rows` rows of `classes` logits in `bins` intervals. Errors as
  /// InformationMeter.
  ReadingTaker(Context& ctx, int classes, int bins, std::int64_t most_rows);

  void clear() { rows_ = 0; }

  /// Keeps logits [N, C] and labels [N]. Enqueues. Throws ShapeError beyond most_rows.
  void add(View<const float> logits, View<const std::int32_t> labels);

  /// The readings of what was added since clear(), in the order of reading_names(), without those
  /// of too many bins. Waits.
  std::vector<Reading> take_sync();

 private:
  struct OtherBins {
    int bins;
    InformationMeter meter;
  };

  Context& ctx_;
  int classes_;
  int bins_;
  std::int64_t rows_ = 0;
  Tensor<float> logits_;               ///< [most_rows, C]
  Tensor<std::int32_t> labels_;        ///< [most_rows]
  Tensor<std::int32_t> permuted_;      ///< [most_rows]
  InformationMeter meter_;             ///< in bins_ intervals
  std::vector<OtherBins> other_bins_;  ///< of kBins, those that can be counted
};

}  // namespace infoplane
