#pragma once

// The information plane by its definitions, in double precision, as slowly as it reads. Includes
// nothing of core/, so that a mistake there cannot agree with itself here.

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace infoplane::oracle {

using Tuple = std::vector<int>;  // a symbol: the bin of every class's probability

/// softmax by its definition, less the largest logit; -inf is a probability of zero.
std::vector<double> softmax(const float* logits, int classes);

struct Plane {
  double i_xt_bits = 0.0;
  double i_ty_bits = 0.0;
};

/// Everything that counting a data set gives.
struct Result {
  std::map<std::pair<Tuple, int>, std::uint64_t> counts;  // n(t, y)
  std::int64_t rows = 0;
  std::int64_t bad_logits = 0;
  std::int64_t bad_labels = 0;
  std::int64_t near_edges = 0;  // rows with a probability within 4 ulp of an edge
  std::int64_t symbols = 0;
  std::int64_t singletons = 0;
  double h_t_bits = 0.0;
  double h_y_bits = 0.0;
  double h_ty_bits = 0.0;
  double loss_nats = 0.0;
  std::vector<std::int64_t> class_rows;
  std::vector<std::int64_t> class_correct;
  std::vector<Plane> class_planes;
};

/// From counts to entropies.
void finish(Result& result, int classes);

/// Counts logits [N, C] with labels [N] in `bins` intervals.
Result information(const std::vector<float>& logits, const std::vector<std::int32_t>& labels,
                   int classes, int bins);

}  // namespace infoplane::oracle
