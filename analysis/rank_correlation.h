#pragma once

#include <span>
#include <vector>

namespace infoplane {

/// Ranks from 1, the smallest value first; equal values share the mean of their ranks.
std::vector<double> average_ranks(std::span<const double> values);

/// Kendall's tau-b, in [-1, 1]: agreeing less disagreeing pairs, over the geometric mean of the
/// pairs that are not tied in x and those that are not tied in y. NaN where one of them has no such
/// pair, or a value is NaN: it has no rank. Throws ShapeError when the lengths differ. O(n^2).
double kendall_tau_b(std::span<const double> x, std::span<const double> y);

/// Spearman's rho: Pearson's correlation of the average ranks. NaN where one side is constant or
/// has a NaN.
/// Throws ShapeError likewise.
double spearman_rho(std::span<const double> x, std::span<const double> y);

}  // namespace infoplane
