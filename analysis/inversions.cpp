#include "analysis/inversions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "core/error.h"

namespace infoplane {
namespace {

// A pair that counts is one that three columns put in the same order: a = I(T;Y), b = -Acc and
// c = I(X;T). Of three total orders, a pair has either all three agreeing or exactly one couple of
// them, so over all pairs
//   agree(a,b) + agree(b,c) + agree(a,c) = 3 all + (pairs - all),
// and agree(.,.) of two orders is counted by a merge sort. Ties are broken so that a tied pair
// never has all three agree: those of a by descending b then c, of b by descending c then a, of c
// by descending a then b, and where all are tied by index, in a against b.

using Column = std::vector<double>;
using Order = std::vector<std::int64_t>;  // the place of each sample in a total order

/// Places in ascending order of `first`; ties by descending `second`, then `third`, then by index,
/// ascending or descending.
Order places(const Column& first, const Column& second, const Column& third, bool index_ascends) {
  std::vector<std::size_t> sorted(first.size());
  std::iota(sorted.begin(), sorted.end(), std::size_t{0});
  std::sort(sorted.begin(), sorted.end(), [&](std::size_t i, std::size_t j) {
    if (first[i] != first[j]) {
      return first[i] < first[j];
    }
    if (second[i] != second[j]) {
      return second[i] > second[j];
    }
    if (third[i] != third[j]) {
      return third[i] > third[j];
    }
    return index_ascends ? i < j : i > j;
  });
  Order order(first.size());
  for (std::size_t place = 0; place < sorted.size(); ++place) {
    order[sorted[place]] = static_cast<std::int64_t>(place);
  }
  return order;
}

/// Sorts [first, last) and returns how many of its pairs were in ascending order.
std::int64_t merge_counting_ascents(Order::iterator first, Order::iterator last) {
  if (last - first < 2) {
    return 0;
  }
  const auto middle = first + (last - first) / 2;
  std::int64_t ascents =
      merge_counting_ascents(first, middle) + merge_counting_ascents(middle, last);
  auto left = first;
  for (auto right = middle; right != last; ++right) {
    left = std::lower_bound(left, middle, *right);
    ascents += left - first;
  }
  std::inplace_merge(first, middle, last);
  return ascents;
}

/// Pairs that two total orders put in the same order.
std::int64_t agreeing_pairs(const Order& a, const Order& b) {
  Order b_by_a(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    b_by_a[static_cast<std::size_t>(a[i])] = b[i];
  }
  return merge_counting_ascents(b_by_a.begin(), b_by_a.end());
}

void require_numbers(const Column& column, const char* name) {
  for (std::size_t i = 0; i < column.size(); ++i) {
    if (std::isnan(column[i])) {
      throw DataError("inversions: " + std::string(name) + " of sample " + std::to_string(i) +
                      " is not a number; leave the sample out");
    }
  }
}

}  // namespace

double Inversions::percentage() const {
  return inversions > 0 ? static_cast<double>(agreeing) / static_cast<double>(inversions)
                        : std::numeric_limits<double>::quiet_NaN();
}

Inversions count_inversions(std::span<const double> i_ty_bits, std::span<const double> accuracy,
                            std::span<const double> i_xt_bits) {
  if (accuracy.size() != i_ty_bits.size() || i_xt_bits.size() != i_ty_bits.size()) {
    throw ShapeError("inversions: " + std::to_string(i_ty_bits.size()) + " samples of I(T;Y), " +
                     std::to_string(accuracy.size()) + " of accuracy and " +
                     std::to_string(i_xt_bits.size()) + " of I(X;T); they must be as many");
  }
  const Column a(i_ty_bits.begin(), i_ty_bits.end());
  Column b(accuracy.begin(), accuracy.end());
  const Column c(i_xt_bits.begin(), i_xt_bits.end());
  require_numbers(a, "I(T;Y)");
  require_numbers(b, "accuracy");
  require_numbers(c, "I(X;T)");
  for (double& value : b) {
    value = -value;
  }

  const auto samples = static_cast<std::int64_t>(a.size());
  const Column no_column(a.size(), 0.0);
  const Order two_a = places(a, b, no_column, true);
  const Order two_b = places(b, no_column, a, false);
  const Order order_a = places(a, b, c, true);
  const Order order_b = places(b, c, a, false);
  const Order order_c = places(c, a, b, true);
  const std::int64_t couples = agreeing_pairs(order_a, order_b) + agreeing_pairs(order_b, order_c) +
                               agreeing_pairs(order_a, order_c);
  const std::int64_t pairs = samples * (samples - 1) / 2;
  return {samples, agreeing_pairs(two_a, two_b), (couples - pairs) / 2};
}

}  // namespace infoplane
