#pragma once

#include <cstdint>
#include <span>

namespace infoplane {

/// How a training trace's accuracy and information disagree (paper, section 4.1).
struct Inversions {
  std::int64_t samples = 0;
  std::int64_t inversions = 0;  ///< pairs (i, j) with I(T_i;Y) < I(T_j;Y) and Acc_i > Acc_j
  std::int64_t agreeing = 0;    ///< of these, the pairs with I(X;T_i) < I(X;T_j)

  /// The paper's percentage, agreeing / inversions, in [0, 1]; not a number when nothing is
  /// inverted. With few inversions it says nothing: show their number beside it.
  double percentage() const;
};

/// Counts the pairs of a trace: three columns of one length, a row a sample. All inequalities are
/// strict, so a tie in either of the first two columns is no inversion, and one in the third does
/// not agree. O(n log n). Throws ShapeError when the lengths differ and DataError when a value is
/// not a number.
Inversions count_inversions(std::span<const double> i_ty_bits, std::span<const double> accuracy,
                            std::span<const double> i_xt_bits);

}  // namespace infoplane
