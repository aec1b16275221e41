#include "analysis/measurement.h"

#include <algorithm>
#include <cmath>

#include "analysis/joint_estimates.h"

namespace infoplane {
namespace {

/// One class against the rest (paper, section 4.4): what a row of either side weighs.
struct Weights {
  double own = 0.0;   // 1/2 over the class's rows; 0 for a class that has no plane
  double rest = 0.0;  // 1/2 over all others
  double log2_rest = 0.0;
};

double x_log2_x(double x) { return x > 0.0 ? x * std::log2(x) : 0.0; }

Weights weights_of(double own_rows, double rows) {
  if (own_rows == 0.0 || own_rows == rows) {
    return {};
  }
  const double rest = 0.5 / (rows - own_rows);
  return {0.5 / own_rows, rest, std::log2(rest)};
}

/// Adds a symbol to the planes of all classes: `cells` are its labels.
void add_symbol(std::span<const JointCell> cells, const std::vector<Weights>& weights,
                std::vector<double>& own_rows, std::vector<ClassInformation>& planes) {
  double rows = 0.0;
  for (const JointCell& cell : cells) {
    own_rows[static_cast<std::size_t>(cell.label)] = static_cast<double>(cell.count);
    rows += static_cast<double>(cell.count);
  }
  const double log2_rows = std::log2(rows);
  for (std::size_t c = 0; c < planes.size(); ++c) {
    if (own_rows[c] == 0.0) {
      const double rest = rows * weights[c].rest;
      planes[c].i_xt_bits -= rest * (log2_rows + weights[c].log2_rest);
      continue;  // one-sided: it adds as much to H(T) as to H(T,Y)
    }
    const double own = own_rows[c] * weights[c].own;
    const double rest = (rows - own_rows[c]) * weights[c].rest;
    planes[c].i_xt_bits -= x_log2_x(own + rest);
    planes[c].i_ty_bits += x_log2_x(own) + x_log2_x(rest) - x_log2_x(own + rest);
  }
  for (const JointCell& cell : cells) {
    own_rows[static_cast<std::size_t>(cell.label)] = 0.0;
  }
}

std::vector<ClassInformation> class_planes(std::span<const JointCell> cells, int classes) {
  std::vector<ClassInformation> planes(static_cast<std::size_t>(classes));
  double rows = 0.0;
  for (const JointCell& cell : cells) {
    planes[static_cast<std::size_t>(cell.label)].n += static_cast<std::int64_t>(cell.count);
    rows += static_cast<double>(cell.count);
  }
  std::vector<Weights> weights(planes.size());
  std::transform(planes.begin(), planes.end(), weights.begin(),
                 [rows](const ClassInformation& plane) {
                   return weights_of(static_cast<double>(plane.n), rows);
                 });
  std::vector<double> own_rows(planes.size());
  for (std::size_t first = 0, last = 0; first < cells.size(); first = last) {
    while (last < cells.size() && cells[last].symbol == cells[first].symbol) {
      ++last;
    }
    add_symbol(cells.subspan(first, last - first), weights, own_rows, planes);
  }
  for (std::size_t c = 0; c < planes.size(); ++c) {
    planes[c].class_index = static_cast<int>(c);
    if (weights[c].own > 0.0) {
      const double n = static_cast<double>(planes[c].n);
      planes[c].h_x_bits = 1.0 + 0.5 * (std::log2(n) + std::log2(rows - n));
      planes[c].i_ty_bits += 1.0;
    }
    // Never negative but for rounding.
    planes[c].i_xt_bits = std::max(0.0, planes[c].i_xt_bits);
    planes[c].i_ty_bits = std::max(0.0, planes[c].i_ty_bits);
  }
  return planes;
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
  result.i_ty_bits = std::max(0.0, plug_in.i_ty_bits());
  result.i_xt_ceiling_bits = result.rows > 0 ? std::log2(static_cast<double>(result.rows)) : 0.0;
  result.per_class = class_planes(cells, classes);
  without_unknown(result);
  return result;
}

}  // namespace infoplane
