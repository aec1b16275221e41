#pragma once

#include <cstdint>
#include <span>

#include "analysis/estimators.h"
#include "core/joint_counts.h"

namespace infoplane {

/// What estimators and reliability need to know of a joint table n(t, y).
struct JointHistograms {
  CountOfCounts t;
  CountOfCounts y;
  CountOfCounts ty;
  double t_alphabet = 0.0;  ///< values that T could take
  double y_alphabet = 0.0;  ///< labels that there could be

  std::int64_t rows() const;
};

/// From cells, ordered by symbol as JointCounts::cells_to_host_sync gives them.
JointHistograms joint_histograms(std::span<const JointCell> cells, double t_alphabet,
                                 double y_alphabet);

/// Entropies by one estimator. Raw: corrected values may be negative or pass log2 N or H(Y).
struct JointEstimate {
  double h_t_bits = 0.0;
  double h_y_bits = 0.0;
  double h_ty_bits = 0.0;

  double i_xt_bits() const { return h_t_bits; }
  double i_ty_bits() const { return h_t_bits + h_y_bits - h_ty_bits; }
};

/// kJamesStein shrinks the joint table towards a uniform one over t_alphabet times y_alphabet
/// cells, and takes all three entropies from it (Hausser and Strimmer, section 5), so that I(T;Y)
/// is that of one distribution and not negative.
JointEstimate estimate(Estimator estimator, const JointHistograms& histograms);

/// How far plug-in I(T;Y) can be trusted.
struct Reliability {
  /// 1 - f1 / N, f1 the symbols seen once: about the probability that a further row's symbol has
  /// been seen (Good and Turing). 0 for an empty table.
  double coverage = 0.0;
  /// (K_TY - K_T - K_Y + 1) / (2 N ln 2), K the distinct values seen: about how much plug-in I(T;Y)
  /// is too large (Miller and Madow). As good as the number of symbols is: with many singletons it
  /// says "much" rather than how much, and the shuffled labels say more.
  double i_ty_bias_bits = 0.0;
};
Reliability reliability(const JointHistograms& histograms);

}  // namespace infoplane
