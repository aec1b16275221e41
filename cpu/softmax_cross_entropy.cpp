#include "cpu/softmax_cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/counting.h"
#include "cpu/parallel.h"
#include "cpu/simd.h"

namespace infoplane::cpu {
namespace {

/// Leaves exp(z - max) in `e`, which may be z, and returns their sum: row_softmax's, in its order,
/// without the lanes that are zero, as adding those changes nothing.
inline __attribute__((always_inline)) float sum_exponentials(int classes, const float* z, float max,
                                                             float* e) {
  float partial[kSumLanes] = {};
  for (int base = 0; base < classes; base += kSumLanes) {
    const int lanes = std::min(kSumLanes, classes - base);
#pragma omp simd
    for (int lane = 0; lane < lanes; ++lane) {
      e[base + lane] = exp_nonpositive(z[base + lane] - max);
      partial[lane] += e[base + lane];
    }
  }
  int width = std::min(kSumLanes, classes);
  for (int half = kSumLanes / 2; half > 0; half /= 2) {
    for (int lane = half; lane < width; ++lane) {
      partial[lane - half] += partial[lane];
    }
    width = std::min(width, half);
  }
  return partial[0];
}

/// Rows of logits and dlogits [rows, classes] with their labels; a row's loss into losses[row]. A
/// row without a softmax (NaN, +inf, or nothing finite) makes NaNs: a diverged run must show.
INFOPLANE_CPU_CLONES
void loss_rows(int classes, float scale, const float* logits, const std::int32_t* labels,
               std::int64_t rows, double* losses, float* dlogits) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* z = logits + r * classes;
    float* dz = dlogits + r * classes;
    const std::int32_t label = labels[r];
    if (label < 0 || label >= classes) {
      losses[r] = kNan;
      for (int c = 0; c < classes; ++c) {
        dz[c] = 0.0f;
      }
      continue;
    }
    const RowSoftmax row = row_maximum(
        classes, [z](int c) __attribute__((always_inline)) { return z[c]; });
    if (!row.valid) {
      losses[r] = kNan;
      for (int c = 0; c < classes; ++c) {
        dz[c] = static_cast<float>(kNan);
      }
      continue;
    }
    const double margin = static_cast<double>(row.max) - static_cast<double>(z[label]);
    const float sum = sum_exponentials(classes, z, row.max, dz);
    const float reciprocal = reciprocal_rn(sum);
    losses[r] = std::log(static_cast<double>(sum)) + margin;
#pragma omp simd
    for (int c = 0; c < classes; ++c) {
      dz[c] = scale * (dz[c] * reciprocal - (c == label ? 1.0f : 0.0f));
    }
  }
}

}  // namespace

void softmax_cross_entropy(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                           float scale, View<double> loss_sum, View<float> dlogits) {
  const std::int64_t rows = logits.shape()[0];
  const int classes = static_cast<int>(logits.shape()[1]);
  auto* losses = static_cast<double*>(ctx.scratch(static_cast<std::size_t>(rows) * sizeof(double)));
  parallel_for_items(ctx, rows, 8 * classes, [&](std::int64_t first, std::int64_t last) {
    loss_rows(classes, scale, logits.data() + first * classes, labels.data() + first, last - first,
              losses + first, dlogits.data() + first * classes);
  });
  double sum = 0.0;
  for (std::int64_t r = 0; r < rows; ++r) {
    sum += losses[r];
  }
  loss_sum.data()[0] += sum;
}

}  // namespace infoplane::cpu
