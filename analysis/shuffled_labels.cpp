#include "analysis/shuffled_labels.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/permute.h"
#include "core/rng.h"

namespace infoplane {
namespace {

double n_log_n(std::uint64_t n) {
  const double x = static_cast<double>(n);
  return n > 1 ? x * std::log(x) : 0.0;
}

/// Rows ordered by symbol: how many rows each symbol has, and the labels of all rows.
struct Rows {
  std::vector<std::uint64_t> symbol_rows;
  std::vector<std::int32_t> labels;
  std::int32_t label_count = 0;  ///< labels are less than this
};

Rows expand(std::span<const JointCell> cells) {
  Rows rows;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i == 0 || cells[i].symbol != cells[i - 1].symbol) {
      rows.symbol_rows.push_back(0);
    }
    rows.symbol_rows.back() += cells[i].count;
    rows.labels.insert(rows.labels.end(), cells[i].count, cells[i].label);
    rows.label_count = std::max(rows.label_count, cells[i].label + 1);
  }
  return rows;
}

/// Sum of n(t, y) ln n(t, y) over the cells that the labels make, where n(y) and n(t) are given.
double sum_over_cells(const Rows& rows) {
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(rows.label_count));
  double sum = 0.0;
  auto label = rows.labels.begin();
  for (const std::uint64_t size : rows.symbol_rows) {
    const auto end = label + static_cast<std::ptrdiff_t>(size);
    if (size > 1) {  // a single row's term is zero
      std::for_each(label, end, [&](std::int32_t y) { ++counts[static_cast<std::size_t>(y)]; });
      std::for_each(label, end, [&](std::int32_t y) {
        sum += n_log_n(std::exchange(counts[static_cast<std::size_t>(y)], 0));
      });
    }
    label = end;
  }
  return sum;
}

/// N ln N less the sums of n ln n over symbols and over labels: with the sum over cells added, and
/// divided by N, it is I(T;Y) in nats.
double sum_over_margins(const Rows& rows) {
  std::vector<std::uint64_t> label_rows(static_cast<std::size_t>(rows.label_count));
  for (const std::int32_t y : rows.labels) {
    ++label_rows[static_cast<std::size_t>(y)];
  }
  double sum = n_log_n(rows.labels.size());
  for (const std::uint64_t n : rows.symbol_rows) {
    sum -= n_log_n(n);
  }
  for (const std::uint64_t n : label_rows) {
    sum -= n_log_n(n);
  }
  return sum;
}

}  // namespace

ShuffledLabels shuffle_labels(std::span<const JointCell> cells, int repeats, std::uint64_t seed) {
  if (repeats < 1) {
    throw UsageError("shuffled labels: " + std::to_string(repeats) +
                     " repeats, at least 1 is needed");
  }
  ShuffledLabels result{repeats, 0.0, 0.0};
  if (cells.empty()) {
    return result;
  }
  Rows rows = expand(cells);
  const double margins = sum_over_margins(rows);
  const double nats_to_bits = 1.0 / (std::numbers::ln2 * static_cast<double>(rows.labels.size()));
  std::vector<double> i_ty_bits;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    permute({seed, kNullStream, static_cast<std::uint32_t>(repeat)}, rows.labels);
    // Never negative but for rounding.
    i_ty_bits.push_back(std::max(0.0, (sum_over_cells(rows) + margins) * nats_to_bits));
    result.i_ty_mean_bits += i_ty_bits.back() / repeats;
  }
  double squares = 0.0;
  for (const double value : i_ty_bits) {
    squares += (value - result.i_ty_mean_bits) * (value - result.i_ty_mean_bits);
  }
  result.i_ty_sd_bits = repeats > 1 ? std::sqrt(squares / (repeats - 1)) : 0.0;
  return result;
}

}  // namespace infoplane
