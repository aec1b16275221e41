#include "analysis/measurement.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/joint_estimates.h"
#include "core/class_plane.h"

namespace infoplane {
namespace {

/// The planes of single classes.
std::vector<ClassInformation> class_planes(std::span<const JointCell> cells, int classes) {
  std::vector<std::uint64_t> label_rows(static_cast<std::size_t>(classes));
  for (const JointCell& cell : cells) {
    label_rows[static_cast<std::size_t>(cell.label)] += cell.count;
  }
  const auto rows = std::accumulate(label_rows.begin(), label_rows.end(), std::uint64_t{0});
  std::vector<ClassPlane> planes;
  planes.reserve(label_rows.size());
  for (const std::uint64_t own : label_rows) {
    planes.emplace_back(own, rows);
  }
  std::vector<ClassPlane::Sums> sums(planes.size());
  double rows_log2 = 0.0;  // the sum over symbols of n(t) log2 n(t)
  for (std::size_t first = 0, last = 0; first < cells.size(); first = last) {
    std::uint64_t symbol_rows = 0;
    for (; last < cells.size() && cells[last].symbol == cells[first].symbol; ++last) {
      symbol_rows += cells[last].count;
    }
    rows_log2 += n_log2(symbol_rows);
    for (const JointCell& cell : cells.subspan(first, last - first)) {
      const auto y = static_cast<std::size_t>(cell.label);
      planes[y].add(sums[y], cell.count, symbol_rows);
    }
  }
  std::vector<ClassInformation> result(planes.size());
  for (std::size_t c = 0; c < planes.size(); ++c) {
    result[c].class_index = static_cast<int>(c);
    result[c].n = static_cast<std::int64_t>(label_rows[c]);
    result[c].h_x_bits =
        class_h_x_bits(static_cast<double>(label_rows[c]), static_cast<double>(rows));
    if (ClassPlane::defined(label_rows[c], rows)) {
      result[c].i_xt_bits = planes[c].i_xt_bits(sums[c], rows, rows_log2);
      result[c].i_ty_bits = planes[c].i_ty_bits(sums[c]);
    }
  }
  return result;
}

}  // namespace

double tuple_alphabet(int classes, int bins) {
  double alphabet = 0.0;
  double of_sum = 1.0;  // tuples with a sum of s: binom(s + C - 1, s)
  for (int s = 0; s < bins; ++s) {
    alphabet += s > bins - classes ? of_sum : 0.0;
    of_sum = of_sum * (s + classes) / (s + 1);
  }
  return alphabet;
}

Information information_of_cells(std::span<const JointCell> cells, int classes, int bins) {
  const JointHistograms histograms = joint_histograms(cells, 0.0, 0.0);
  const JointEstimate plug_in = estimate(Estimator::kMl, histograms);
  Information result;
  result.rows = histograms.rows();
  result.classes = classes;
  result.bins = bins;
  for (const auto& [count, symbols] : histograms.t) {
    result.symbols += static_cast<std::int64_t>(symbols);
    result.singletons += count == 1 ? static_cast<std::int64_t>(symbols) : 0;
  }
  // Never negative but for rounding.
  result.h_t_bits = std::max(0.0, plug_in.h_t_bits);
  result.h_y_bits = std::max(0.0, plug_in.h_y_bits);
  result.h_ty_bits = std::max(0.0, plug_in.h_ty_bits);
  result.i_xt_bits = result.h_t_bits;
  result.i_ty_bits = mutual_information(result.h_t_bits, result.h_y_bits, result.h_ty_bits);
  result.i_xt_ceiling_bits = result.rows > 0 ? std::log2(static_cast<double>(result.rows)) : 0.0;
  result.per_class = class_planes(cells, classes);
  without_unknown(result);
  return result;
}

}  // namespace infoplane
