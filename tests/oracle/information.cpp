#include "tests/oracle/information.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace infoplane::oracle {
namespace {

/// How many of the inner edges of linspace(0, 1, bins + 1) are at most p: intervals [a, b), the
/// last one closed.
int digitize(double p, int bins) {
  int bin = 0;
  for (int k = 1; k < bins; ++k) {
    bin += p >= static_cast<double>(k) / bins ? 1 : 0;
  }
  return bin;
}

/// Whether p lies within `ulps` units in the last place (of a float) of an inner edge.
bool near_edge(double p, int bins, int ulps) {
  for (int k = 1; k < bins; ++k) {
    const double edge = static_cast<double>(k) / bins;
    const double ulp = std::ldexp(1.0, std::ilogb(edge) - 23);
    if (std::abs(p - edge) <= ulps * ulp) {
      return true;
    }
  }
  return false;
}

bool valid_logits(const float* logits, int classes) {
  bool finite = false;
  for (int c = 0; c < classes; ++c) {
    if (std::isnan(logits[c]) || logits[c] == std::numeric_limits<float>::infinity()) {
      return false;
    }
    finite = finite || std::isfinite(logits[c]);
  }
  return finite;
}

/// Entropy in bits of weights that sum to one.
double entropy(const std::vector<double>& weights) {
  double sum = 0.0;
  for (const double weight : weights) {
    sum -= weight > 0.0 ? weight * std::log2(weight) : 0.0;
  }
  return sum;
}

/// H(T) and I(T;Y) of rows (t, y) that carry weights: by entropies of the weighted counts.
Plane weighted_plane(const std::map<std::pair<Tuple, int>, double>& weights) {
  std::map<Tuple, double> t;
  std::map<int, double> y;
  std::vector<double> ty;
  for (const auto& [symbol_label, weight] : weights) {
    t[symbol_label.first] += weight;
    y[symbol_label.second] += weight;
    ty.push_back(weight);
  }
  std::vector<double> p_t;
  std::vector<double> p_y;
  for (const auto& entry : t) {
    p_t.push_back(entry.second);
  }
  for (const auto& entry : y) {
    p_y.push_back(entry.second);
  }
  return {entropy(p_t), entropy(p_t) + entropy(p_y) - entropy(ty)};
}

}  // namespace

std::vector<double> softmax(const float* logits, int classes) {
  const double largest = *std::max_element(logits, logits + classes);
  std::vector<double> p;
  double sum = 0.0;
  for (int c = 0; c < classes; ++c) {
    p.push_back(std::exp(static_cast<double>(logits[c]) - largest));
    sum += p.back();
  }
  for (double& value : p) {
    value /= sum;
  }
  return p;
}

void finish(Result& result, int classes) {
  std::map<Tuple, std::uint64_t> t;
  std::vector<double> p_t;
  std::vector<double> p_y(static_cast<std::size_t>(classes));
  std::vector<double> p_ty;
  const double n = static_cast<double>(result.rows);
  for (const auto& [symbol_label, count] : result.counts) {
    t[symbol_label.first] += count;
    p_y[static_cast<std::size_t>(symbol_label.second)] += static_cast<double>(count) / n;
    p_ty.push_back(static_cast<double>(count) / n);
  }
  for (const auto& entry : t) {
    p_t.push_back(static_cast<double>(entry.second) / n);
    result.singletons += entry.second == 1 ? 1 : 0;
  }
  result.symbols = static_cast<std::int64_t>(t.size());
  result.h_t_bits = entropy(p_t);
  result.h_y_bits = entropy(p_y);
  result.h_ty_bits = entropy(p_ty);
  for (int c = 0; c < classes; ++c) {
    const std::int64_t own = result.class_rows[static_cast<std::size_t>(c)];
    const std::int64_t rest = result.rows - own;
    if (own == 0 || rest == 0) {
      result.class_planes.push_back({});
      continue;
    }
    std::map<std::pair<Tuple, int>, double> weights;
    for (const auto& [symbol_label, count] : result.counts) {
      const bool in_class = symbol_label.second == c;
      weights[{symbol_label.first, in_class ? 1 : 0}] +=
          static_cast<double>(count) * 0.5 / static_cast<double>(in_class ? own : rest);
    }
    result.class_planes.push_back(weighted_plane(weights));
  }
}

Result information(const std::vector<float>& logits, const std::vector<std::int32_t>& labels,
                   int classes, int bins) {
  Result result;
  result.class_rows.resize(static_cast<std::size_t>(classes));
  result.class_correct.resize(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const float* z = logits.data() + i * static_cast<std::size_t>(classes);
    const int label = labels[i];
    if (!valid_logits(z, classes)) {
      ++result.bad_logits;
      continue;
    }
    if (label < 0 || label >= classes) {
      ++result.bad_labels;
      continue;
    }
    const std::vector<double> p = softmax(z, classes);
    Tuple tuple;
    bool near = false;
    for (const double value : p) {
      tuple.push_back(digitize(value, bins));
      near = near || near_edge(value, bins, 4);
    }
    ++result.rows;
    ++result.counts[{tuple, label}];
    ++result.class_rows[static_cast<std::size_t>(label)];
    result.class_correct[static_cast<std::size_t>(label)] +=
        std::max_element(z, z + classes) - z == label ? 1 : 0;
    result.near_edges += near ? 1 : 0;
    const double largest = *std::max_element(z, z + classes);
    double sum = 0.0;
    for (int c = 0; c < classes; ++c) {
      sum += std::exp(static_cast<double>(z[c]) - largest);
    }
    result.loss_nats += std::log(sum) + std::min(16384.0, largest - static_cast<double>(z[label]));
  }
  if (result.rows > 0) {
    result.loss_nats /= static_cast<double>(result.rows);
    finish(result, classes);
  }
  return result;
}

}  // namespace infoplane::oracle
