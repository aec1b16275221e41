#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analysis/inversions.h"

namespace infoplane {

/// The percentage of a trace's inversions (analysis/inversions.h) with I(X;T) given to other
/// samples than its own. The inversions stay the same; only which of them agree changes.
struct InversionControl {
  int repeats = 0;    ///< how often I(X;T) was given away; 0 when nothing is inverted
  double mean = 0.0;  ///< over the repeats; with none, these are NaN
  double low = 0.0;   ///< the 2.5% quantile
  double high = 0.0;  ///< the 97.5% quantile
};

/// Deals I(X;T) out among the samples at random: what a column with these values, but without time
/// and without relation to the others, gives; about one half. Its range takes samples to be
/// independent, which neighbours in a trace are not. Equal seeds give equal results.
/// Errors as count_inversions, and UsageError for less than one repeat.
InversionControl control_dealt_out(std::span<const double> i_ty_bits,
                                   std::span<const double> accuracy,
                                   std::span<const double> i_xt_bits, int repeats,
                                   std::uint64_t seed);

/// How often control_moved() is made where nothing else is said.
inline constexpr int kMovesTried = 200;

/// Moves I(X;T) along the trace, its end coming in again at the start, by up to `most` evenly
/// spaced distances: what a column that drifts as smoothly as this one, but at another time, gives.
/// Of the two ranges, this is the one to compare a trace with. Errors as above.
InversionControl control_moved(std::span<const double> i_ty_bits, std::span<const double> accuracy,
                               std::span<const double> i_xt_bits, int most);

/// The largest share that a line in time gives in the place of I(X;T) when it turns at most once:
/// rising and then falling or the other way round, over up to `turns` evenly spaced places of the
/// turn, at the ends of the trace, too, where it is straight. At least one half, as a rising or a
/// falling line gives that; NaN when nothing is inverted. Errors as count_inversions, and
/// UsageError for less than two places.
double control_one_turn(std::span<const double> i_ty_bits, std::span<const double> accuracy,
                        int turns);

/// What the percentage of a trace may be of drifts alone.
struct Drifts {
  InversionControl moved;  ///< control_moved(), kMovesTried times
  double one_turn = 0.0;   ///< control_one_turn() at 100 places

  /// What a percentage has to pass: the upper end of the one, or the other. At least one half.
  double largest() const;
};

/// Errors as count_inversions.
Drifts drifts_of(std::span<const double> i_ty_bits, std::span<const double> accuracy,
                 std::span<const double> i_xt_bits);

/// The inversions among the first k samples, for each k of `lengths`; a k beyond the trace counts
/// as all of it. Errors as count_inversions.
std::vector<Inversions> count_inversions_of_starts(std::span<const double> i_ty_bits,
                                                   std::span<const double> accuracy,
                                                   std::span<const double> i_xt_bits,
                                                   std::span<const std::size_t> lengths);

}  // namespace infoplane
