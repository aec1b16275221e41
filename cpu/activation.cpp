#include "cpu/activation.h"

#include <cmath>
#include <cstring>

#include "core/counting.h"
#include "cpu/parallel.h"
#include "cpu/simd.h"

namespace infoplane::cpu {
namespace {

/// tanh to 2 ulp, in a form that vectorises. Below 0.625 an odd polynomial (Cephes tanhf), where
/// the quotient would cancel; above, (1 - e) / (1 + e) with e = exp(-2 |x|). A NaN stays one.
[[gnu::always_inline]] inline float tanh_of(float x) {
  const float magnitude = std::fabs(x);
  const float z = x * x;
  float series = -5.70498872745e-3f;
  series = series * z + 2.06390887954e-2f;
  series = series * z - 5.37397155531e-2f;
  series = series * z + 1.33314422036e-1f;
  series = series * z - 3.33332819422e-1f;
  const float small = x + x * (z * series);
  const float e = exp_nonpositive(-2.0f * magnitude);
  const float large = std::copysign((1.0f - e) / (1.0f + e), x);
  return magnitude >= 0.625f ? large : small;
}

INFOPLANE_CPU_CLONES
void relu(const float* x, float* y, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    y[i] = x[i] < 0.0f ? 0.0f : x[i];  // this way round a NaN stays one
  }
}

INFOPLANE_CPU_CLONES
void relu_backward(const float* y, const float* dy, float* dx, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    dx[i] = y[i] <= 0.0f ? 0.0f : dy[i];
  }
}

INFOPLANE_CPU_CLONES
void tanh(const float* x, float* y, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    y[i] = tanh_of(x[i]);
  }
}

INFOPLANE_CPU_CLONES
void tanh_backward(const float* y, const float* dy, float* dx, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    dx[i] = (1.0f - y[i] * y[i]) * dy[i];
  }
}

void copy(const float* x, float* y, std::int64_t n) {
  if (x != y) {
    std::memcpy(y, x, static_cast<std::size_t>(n) * sizeof(float));
  }
}

}  // namespace

void relu_in_place(float* y, std::int64_t n) { relu(y, y, n); }

void activation_forward(Context& ctx, Activation kind, View<const float> x, View<float> y) {
  parallel_for(ctx, x.size(), kElementGrain, [&](std::int64_t first, std::int64_t last) {
    const float* from = x.data() + first;
    float* to = y.data() + first;
    switch (kind) {
      case Activation::kIdentity: return copy(from, to, last - first);
      case Activation::kRelu: return relu(from, to, last - first);
      case Activation::kTanh: return tanh(from, to, last - first);
    }
  });
}

void activation_backward(Context& ctx, Activation kind, View<const float> y, View<const float> dy,
                         View<float> dx) {
  parallel_for(ctx, y.size(), kElementGrain, [&](std::int64_t first, std::int64_t last) {
    const float* out = y.data() + first;
    const float* from = dy.data() + first;
    float* to = dx.data() + first;
    switch (kind) {
      case Activation::kIdentity: return copy(from, to, last - first);
      case Activation::kRelu: return relu_backward(out, from, to, last - first);
      case Activation::kTanh: return tanh_backward(out, from, to, last - first);
    }
  });
}

}  // namespace infoplane::cpu
