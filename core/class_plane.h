#pragma once

#include <cmath>
#include <cstdint>

#include "core/hd.h"

namespace infoplane {

/// n log2 n of a count n > 0; a device may look small ones up instead.
INFOPLANE_HD double n_log2(std::uint64_t n) {
  return static_cast<double>(n) * log2(static_cast<double>(n));
}

/// One class against the rest (paper, section 4.4), from the symbols that hold rows of the class
/// alone. Each side carries the weight 1/2: a row of the class weighs w = 1 / (2 n_c), another
/// row v = 1 / (2 (N - n_c)).
///
/// With p = w n(t,c) + v (n(t) - n(t,c)),  H(T) = - sum over t of p log2 p  and  H(Y_c | T) = the
/// sum over t of  p log2 p  less the same of both parts of p. A symbol with rows of one side only
/// adds nothing to H(Y_c | T), and  w n log2(w n) = w (n log2 n + n log2 w)  to H(T): so all that
/// is needed are sums of n log2 n, which the planes share, and a logarithm of p for each pair of a
/// class and a symbol that holds it beside others.
class ClassPlane {
 public:
  INFOPLANE_HD ClassPlane(std::uint64_t own_rows, std::uint64_t all_rows)
      : own_weight_(0.5 / static_cast<double>(own_rows)),
        rest_weight_(0.5 / static_cast<double>(all_rows - own_rows)) {}

  /// Sums over symbols; those of two parts of the symbols add up. The class alone is in a `pure`
  /// symbol; the others are those it shares.
  struct Sums {
    double pure_log2 = 0.0;  ///< of n log2 n, n = n(t) = n(t,c)
    double own_log2 = 0.0;   ///< n = n(t,c), and so on, in shared symbols
    double rest_log2 = 0.0;  ///< n = n(t) - n(t,c)
    double rows_log2 = 0.0;  ///< n = n(t)
    double entropy = 0.0;    ///< of -p log2 p
    std::uint64_t pure_rows = 0;
    std::uint64_t own_rows = 0;
    std::uint64_t rows = 0;

    INFOPLANE_HD void add(const Sums& other) {
      pure_log2 += other.pure_log2;
      own_log2 += other.own_log2;
      rest_log2 += other.rest_log2;
      rows_log2 += other.rows_log2;
      entropy += other.entropy;
      pure_rows += other.pure_rows;
      own_rows += other.own_rows;
      rows += other.rows;
    }
  };

  /// A symbol with n(t,c) = `own` > 0 and n(t) = `rows`.
  INFOPLANE_HD void add(Sums& sums, std::uint64_t own, std::uint64_t rows) const {
    const double rows_log2 = n_log2(rows);
    if (own == rows) {
      add_pure(sums, own, 1, rows_log2);
    } else {
      const double p = weight(static_cast<double>(own), static_cast<double>(rows - own));
      add_shared(sums, own, rows, n_log2(own), n_log2(rows - own), rows_log2, p * log2(p));
    }
  }

  /// p of a symbol that holds `own` rows of the class and `rest` others.
  INFOPLANE_HD double weight(double own, double rest) const {
    return own * own_weight_ + rest * rest_weight_;
  }
  /// `times` symbols that hold `own` rows of the class alone; `own_log2` is own log2 own.
  INFOPLANE_HD static void add_pure(Sums& sums, std::uint64_t own, std::uint64_t times,
                                    double own_log2) {
    sums.pure_log2 += static_cast<double>(times) * own_log2;
    sums.pure_rows += times * own;
  }
  /// A symbol that holds others beside them; n log2 n of both and of the sum, and p log2 p.
  INFOPLANE_HD static void add_shared(Sums& sums, std::uint64_t own, std::uint64_t rows,
                                      double own_log2, double rest_log2, double rows_log2,
                                      double p_log2) {
    sums.own_log2 += own_log2;
    sums.rest_log2 += rest_log2;
    sums.rows_log2 += rows_log2;
    sums.entropy -= p_log2;
    sums.own_rows += own;
    sums.rows += rows;
  }

  /// I(X;T) = H(T), from the sums and from all symbols' sum of n(t) log2 n(t).
  INFOPLANE_HD double i_xt_bits(const Sums& sums, std::uint64_t all_rows,
                                double all_rows_log2) const {
    const double other_rows = static_cast<double>(all_rows - sums.pure_rows - sums.rows);
    const double other_log2 = all_rows_log2 - sums.pure_log2 - sums.rows_log2;
    const double bits = sums.entropy -
                        weighted(own_weight_, sums.pure_log2, static_cast<double>(sums.pure_rows)) -
                        weighted(rest_weight_, other_log2, other_rows);
    return bits > 0.0 ? bits : 0.0;  // never negative but for rounding
  }
  /// I(T;Y_c) = 1 - H(Y_c | T).
  INFOPLANE_HD double i_ty_bits(const Sums& sums) const {
    const double equivocation =
        -weighted(own_weight_, sums.own_log2, static_cast<double>(sums.own_rows)) -
        weighted(rest_weight_, sums.rest_log2, static_cast<double>(sums.rows - sums.own_rows)) -
        sums.entropy;
    const double bits = 1.0 - equivocation;
    return bits > 0.0 ? (bits < 1.0 ? bits : 1.0) : 0.0;  // likewise
  }
  /// Whether both sides have rows; a plane that is one-sided has no weights, and is zero.
  INFOPLANE_HD static bool defined(std::uint64_t own_rows, std::uint64_t all_rows) {
    return own_rows > 0 && own_rows < all_rows;
  }

 private:
  /// The sum of w n log2(w n), from those of n log2 n and of n.
  INFOPLANE_HD static double weighted(double weight, double n_log2, double n) {
    return weight * (n_log2 + n * log2(weight));
  }

  double own_weight_;
  double rest_weight_;
};

}  // namespace infoplane
