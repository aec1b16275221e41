#pragma once

#include <cmath>
#include <cstdint>

#include "core/float_bits.h"
#include "core/hd.h"

/// The arithmetic that turns a row of logits into bins. One definition for every device: explicit
/// operations, each correctly rounded, in one stated order, so that the same logits give the same
/// bins to the bit wherever they are counted. docs/counting.md says why each step is as it is.
namespace infoplane {

// The four operations, spelled so that no compiler contracts, reassociates or flushes them.
#if defined(__CUDA_ARCH__)
INFOPLANE_HD float mul_rn(float a, float b) { return __fmul_rn(a, b); }
INFOPLANE_HD float add_rn(float a, float b) { return __fadd_rn(a, b); }
INFOPLANE_HD float fma_rn(float a, float b, float c) { return __fmaf_rn(a, b, c); }
INFOPLANE_HD float divide_rn(float a, float b) { return __fdiv_rn(a, b); }
INFOPLANE_HD float reciprocal_rn(float a) { return __frcp_rn(a); }
#else
// Host code that uses these is compiled with -ffp-contract=off.
INFOPLANE_HD float mul_rn(float a, float b) { return a * b; }
INFOPLANE_HD float add_rn(float a, float b) { return a + b; }
INFOPLANE_HD float fma_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
INFOPLANE_HD float divide_rn(float a, float b) { return a / b; }
INFOPLANE_HD float reciprocal_rn(float a) { return 1.0f / a; }
#endif

/// exp(d) = significand * 2^n.
struct ReducedExp {
  float significand;  ///< in [0.7, 1.42)
  float shifted;      ///< 1.5 * 2^23 + n: n is its lowest 9 bits
};

/// d = n ln 2 + r, |r| <= ln 2 / 2; exp(r) = 1 + r (1 + r q(r)) with a minimax q of degree 4
/// (relative error 2^-28.3). For -104 <= d <= 0.
INFOPLANE_HD ReducedExp reduce_exp(float d) {
  constexpr float kLog2E = 0x1.715476p+0f;
  constexpr float kLn2Hi = 0x1.62e400p-1f;  // 15 significant bits: n * kLn2Hi is exact
  constexpr float kLn2Lo = 0x1.7f7d1cp-20f;
  constexpr float kRound = 0x1.8p+23f;  // adding it rounds to the nearest integer
  const float shifted = fma_rn(d, kLog2E, kRound);
  const float n = add_rn(shifted, -kRound);
  float r = fma_rn(n, -kLn2Hi, d);
  r = fma_rn(n, -kLn2Lo, r);
  float q = 0x1.6a2352p-10f;
  q = fma_rn(q, r, 0x1.123a6cp-7f);
  q = fma_rn(q, r, 0x1.5558f4p-5f);
  q = fma_rn(q, r, 0x1.555490p-3f);
  q = fma_rn(q, r, 0x1.fffffcp-2f);
  q = fma_rn(q, r, 1.0f);
  q = fma_rn(q, r, 1.0f);
  return {q, shifted};
}

/// d, or where exp(d) is zero anyway something that exp can be computed of. On many processors a
/// product that underflows takes a hundred cycles; a GPU has it for nothing, and a maximum takes
/// fewer registers.
#if defined(__CUDA_ARCH__)
INFOPLANE_HD float computable(float d) { return d > -104.0f ? d : -104.0f; }
#else
INFOPLANE_HD float computable(float d) { return d >= -104.0f ? d : 0.0f; }
#endif

/// exp(d) for d <= 0 or d = -inf, error below 0.89 ulp (the largest over every float from -104 to
/// 0), denormal results included; exp(0) = 1. Two exact powers of two, so that a denormal is
/// rounded once.
INFOPLANE_HD float exp_nonpositive(float d) {
  const ReducedExp e = reduce_exp(computable(d));
  // n is between -151 and 0; n = low + high keeps both powers of two in range.
  const std::int32_t exponent = static_cast<std::int32_t>(bits_of(e.shifted) << 23) >> 23;
  const std::int32_t low = exponent >> 1;
  const std::int32_t high = exponent - low;
  const float scale_low = float_from_bits(static_cast<std::uint32_t>(low + 127) << 23);
  const float scale_high = float_from_bits(static_cast<std::uint32_t>(high + 127) << 23);
  const float result = mul_rn(mul_rn(e.significand, scale_low), scale_high);
  return d >= -104.0f ? result : 0.0f;
}

/// From here to 0, exp(d) is far enough from the denormal numbers for exp_ordinary.
constexpr float kLeastOrdinary = -86.0f;

/// exp_nonpositive(d), to the bit, for kLeastOrdinary <= d <= 0 alone, in half as many steps: the
/// power of two is added to the exponent of the significand.
INFOPLANE_HD float exp_ordinary(float d) {
  const ReducedExp e = reduce_exp(d);
  return float_from_bits(bits_of(e.significand) + (bits_of(e.shifted) << 23));
}

/// Losses are summed as integers of this many to a nat, so that the sum over rows does not depend
/// on their order.
constexpr float kLossUnits = 0x1p+28f;

/// Natural logarithm of s in [1, 2^22], in units of 2^-28 nat; error below 32 of them, 1.2e-7 nat.
///
/// s = m 2^e, m in (sqrt(1/2), sqrt(2)]; log m = 2 atanh(u), u = (m - 1) / (m + 1), |u| <= 0.1716.
INFOPLANE_HD std::uint32_t log_of_sum_fixed(float s) {
  constexpr std::uint32_t kLn2 = 186065279;  // in these units
  const std::int32_t bits = static_cast<std::int32_t>(bits_of(s));
  const std::int32_t exponent = (bits - 0x3F3504F4) >> 23;
  const float m = float_from_bits(static_cast<std::uint32_t>(bits - (exponent << 23)));
  const float u = divide_rn(add_rn(m, -1.0f), add_rn(m, 1.0f));
  const float w = mul_rn(u, u);
  float series = 0x1.c71c72p-4f;               // 1/9
  series = fma_rn(series, w, 0x1.24924ap-3f);  // 1/7
  series = fma_rn(series, w, 0x1.99999ap-3f);  // 1/5
  series = fma_rn(series, w, 0x1.555556p-2f);  // 1/3
  series = fma_rn(series, w, 1.0f);
  const float log_m = mul_rn(mul_rn(u, 2.0f * kLossUnits), series);
  // Unsigned, as 22 ln 2 is more than 31 bits; a negative term wraps, and the sum comes out right.
  return static_cast<std::uint32_t>(exponent) * kLn2 +
         static_cast<std::uint32_t>(static_cast<std::int32_t>(log_m));
}

/// The bin of a probability: floor(bins * p), the product taken toward zero; p = 1 falls into the
/// last bin. Equal to comparing p, as a double, with the edges k / bins.
INFOPLANE_HD int bin_index(float p, int bins) {
#if defined(__CUDA_ARCH__)
  const int bin = static_cast<int>(__fmul_rz(p, static_cast<float>(bins)));
#else
  // 24 + 8 bits fit a double: the product is exact, and the conversion takes it toward zero.
  const int bin = static_cast<int>(static_cast<double>(p) * static_cast<double>(bins));
#endif
  return bin < bins ? bin : bins - 1;
}

/// Sums are taken in one order: 32 strided partial sums, then a tree of halves. One thread a row
/// and 32 threads a row do the same additions.
constexpr int kSumLanes = 32;

/// partial[0] += ... by the tree: lane k takes lane k + 16, then k + 8, 4, 2, 1.
INFOPLANE_HD float sum_lanes(float (&partial)[kSumLanes]) {
  for (int half = kSumLanes / 2; half > 0; half /= 2) {
    for (int lane = 0; lane < half; ++lane) {
      partial[lane] = add_rn(partial[lane], partial[lane + half]);
    }
  }
  return partial[0];
}

/// What a row's softmax needs before its bins are known.
struct RowSoftmax {
  float max = 0.0f;
  float sum = 1.0f;         ///< sum of exp(z - max), in [1, C]
  float reciprocal = 1.0f;  ///< 1 / sum, correctly rounded
  int argmax = 0;           ///< the first of the largest
  bool valid = false;       ///< no NaN, no +inf, at least one finite logit
};

/// The largest logit of a row, read through `z(c)`, c in [0, classes), and whether the row is
/// valid.
template <class Logit>
INFOPLANE_HD RowSoftmax row_maximum(int classes, const Logit& z) {
  RowSoftmax row;
  row.max = z(0);
  bool nan = row.max != row.max;
  for (int c = 1; c < classes; ++c) {
    const float value = z(c);
    nan = nan || value != value;
    if (value > row.max) {
      row.max = value;
      row.argmax = c;
    }
  }
  constexpr float kLargest = 0x1.fffffep+127f;
  row.valid = !nan && row.max >= -kLargest && row.max <= kLargest;
  return row;
}

/// The same with the sum of a row that is valid.
template <class Logit>
INFOPLANE_HD RowSoftmax row_softmax(int classes, const Logit& z) {
  RowSoftmax row = row_maximum(classes, z);
  if (!row.valid) {
    return row;
  }
  float partial[kSumLanes] = {};
  for (int base = 0; base < classes; base += kSumLanes) {
    for (int lane = 0; lane < kSumLanes; ++lane) {
      if (base + lane < classes) {
        partial[lane] = add_rn(partial[lane], exp_nonpositive(add_rn(z(base + lane), -row.max)));
      }
    }
  }
  row.sum = sum_lanes(partial);
  row.reciprocal = reciprocal_rn(row.sum);
  return row;
}

/// The probability of a class: exp(z - max) times the rounded 1 / sum.
INFOPLANE_HD float row_probability(const RowSoftmax& row, float logit) {
  return mul_rn(exp_nonpositive(add_rn(logit, -row.max)), row.reciprocal);
}

/// A row's loss, -log p of its class = log S + (max - logit), in units of 2^-28 nat. The difference
/// is one rounded subtraction and at most 16,384 nats: 2^21 rows at the cap fit 64 bits, and more
/// are for add_loss (core/joint_counts.h).
INFOPLANE_HD std::uint64_t row_loss_fixed(const RowSoftmax& row, float logit) {
  const float difference = add_rn(row.max, -logit);
  const float capped = difference < 16384.0f ? difference : 16384.0f;
  // Through a signed integer: the one conversion that every instruction set has.
  return std::uint64_t{log_of_sum_fixed(row.sum)} +
         static_cast<std::uint64_t>(static_cast<std::int64_t>(mul_rn(capped, kLossUnits)));
}

/// Nats of a sum of row_loss_fixed.
INFOPLANE_HD double loss_nats(std::uint64_t fixed) {
  return static_cast<double>(fixed) / static_cast<double>(kLossUnits);
}

}  // namespace infoplane
