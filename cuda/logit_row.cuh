#pragma once

#include "core/counting.h"
#include "cuda/grid.cuh"

// A row of logits, a thread's or a warp's, read in the way that suits the number of classes. All
// ways do the arithmetic of core/counting.h's row_softmax, and give its results to the bit.
namespace infoplane::cuda {

/// Reads one row of logits for core/counting.h's row_softmax.
struct LogitRow {
  const float* z;

  INFOPLANE_HD float operator()(int c) const { return z[c]; }
};

/// Logits c to c + 3; in one access if kQuads, when `classes` is a multiple of four, and otherwise
/// with -inf, a probability of zero, behind the last class.
template <bool kQuads>
__device__ inline float4 four_logits(int classes, const float* z, int c) {
  if constexpr (kQuads) {
    return *reinterpret_cast<const float4*>(z + c);
  } else {
    constexpr float kNone = -__builtin_huge_valf();
    return {z[c], c + 1 < classes ? z[c + 1] : kNone, c + 2 < classes ? z[c + 2] : kNone,
            c + 3 < classes ? z[c + 3] : kNone};
  }
}

/// exp(d) for d <= 0; if kOrdinary, for d >= kLeastOrdinary alone, in half as many steps.
template <bool kOrdinary>
__device__ inline float exp_of(float d) {
  return kOrdinary ? exp_ordinary(d) : exp_nonpositive(d);
}

/// The sum of exponentials in row_softmax's order. Four of its lanes at a time, over the whole row:
/// as much as a thread's registers hold beside the 32 partial sums.
template <bool kQuads, bool kOrdinary>
__device__ inline float sum_of_exp(int classes, const float* z, float max) {
  float partial[kSumLanes] = {};
  for (int lane = 0; lane < kSumLanes; lane += 4) {
    for (int c = lane; c < classes; c += kSumLanes) {
      const float4 four = four_logits<kQuads>(classes, z, c);
      partial[lane] = add_rn(partial[lane], exp_of<kOrdinary>(add_rn(four.x, -max)));
      partial[lane + 1] = add_rn(partial[lane + 1], exp_of<kOrdinary>(add_rn(four.y, -max)));
      partial[lane + 2] = add_rn(partial[lane + 2], exp_of<kOrdinary>(add_rn(four.z, -max)));
      partial[lane + 3] = add_rn(partial[lane + 3], exp_of<kOrdinary>(add_rn(four.w, -max)));
    }
  }
  return sum_lanes(partial);
}

/// row_softmax of a row in memory, four logits at a time.
template <bool kQuads>
__device__ inline RowSoftmax row_softmax_wide(int classes, const float* z) {
  RowSoftmax row;
  row.max = z[0];
  float min = z[0];
  bool nan = false;
  for (int c = 0; c < classes; c += 4) {
    const float4 four = four_logits<kQuads>(classes, z, c);
    const float values[4] = {four.x, four.y, four.z, four.w};
    for (int i = 0; i < 4; ++i) {
      nan = nan || values[i] != values[i];
      min = values[i] < min ? values[i] : min;
      if (values[i] > row.max) {
        row.max = values[i];
        row.argmax = c + i;
      }
    }
  }
  constexpr float kLargest = 0x1.fffffep+127f;
  row.valid = !nan && row.max >= -kLargest && row.max <= kLargest;
  if (row.valid) {
    // Without quads there is the -inf of four_logits, which is not ordinary.
    row.sum = kQuads && add_rn(min, -row.max) >= kLeastOrdinary
                  ? sum_of_exp<kQuads, kQuads>(classes, z, row.max)
                  : sum_of_exp<kQuads, false>(classes, z, row.max);
    row.reciprocal = reciprocal_rn(row.sum);
  }
  return row;
}

/// row_softmax of a row of few classes, whose exponentials stay in registers. Overwrites `e`, the
/// logits, with exp(z - max).
template <int kClasses>
__device__ inline RowSoftmax row_softmax_in_place(float (&e)[kClasses]) {
  static_assert(kClasses <= kSumLanes);  // no lane has two
  RowSoftmax row;
  row.max = e[0];
  for (int c = 1; c < kClasses; ++c) {
    if (e[c] > row.max) {
      row.max = e[c];
      row.argmax = c;
    }
  }
  bool ordinary = true;
  for (int c = 0; c < kClasses; ++c) {
    e[c] = add_rn(e[c], -row.max);
    ordinary = ordinary && e[c] >= kLeastOrdinary;
  }
  row.valid = true;
  if (ordinary) {
    for (int c = 0; c < kClasses; ++c) {
      e[c] = exp_ordinary(e[c]);
    }
  } else {
    for (int c = 0; c < kClasses; ++c) {
      // Not a number: a logit is none, or the largest is infinite and so less itself.
      row.valid = row.valid && e[c] == e[c];
      e[c] = exp_nonpositive(e[c]);
    }
  }
  // sum_lanes without the lanes that are zero: adding those changes nothing.
  float partial[kClasses];
  for (int c = 0; c < kClasses; ++c) {
    partial[c] = e[c];
  }
  for (int half = kSumLanes / 2; half > 0; half /= 2) {
    for (int lane = 0; lane < half; ++lane) {
      if (lane + half < kClasses) {
        partial[lane] = add_rn(partial[lane], partial[lane + half]);
      }
    }
  }
  row.sum = partial[0];
  row.reciprocal = reciprocal_rn(row.sum);
  return row;
}

/// Below this difference to the largest logit a class's bin is zero: bin >= 1 needs
/// B exp(d) / S >= 1, so d >= log S - log B, but for roundings of less than 2^-17.
__device__ inline float least_in_a_bin(float sum, int bins) {
  const std::int64_t cutoff = std::int64_t{log_of_sum_fixed(sum)} -
                              std::int64_t{log_of_sum_fixed(static_cast<float>(bins))};
  return static_cast<float>(cutoff) * (1.0f / kLossUnits) - 0x1p-10f;
}

/// Neighbouring classes by 32, a class a lane: a bit each. From the 33rd on they share bits.
using ClassGroups = std::uint32_t;
constexpr int kClassGroups = 32;

/// The sum of exponentials of a warp's lane, which has a class of each group. Adds to `groups`, if
/// there is one, those of which it lies no further than `least` below the largest.
template <bool kOrdinary>
__device__ inline float sum_of_lane(int classes, const float* z, float max, float least,
                                    ClassGroups* groups) {
  float sum = 0.0f;
  ClassGroups group = 1;
  for (int c = static_cast<int>(threadIdx.x) % kWarpThreads; c < classes; c += kWarpThreads) {
    const float d = add_rn(z[c], -max);
    sum = add_rn(sum, exp_of<kOrdinary>(d));
    if (groups != nullptr) {
      *groups |= d >= least ? group : 0;
      group = group << 1 | group >> (kClassGroups - 1);
    }
  }
  return sum;
}

/// row_softmax of a row that the 32 threads of a warp share; known to all of them. Lane l has
/// classes l, l + 32, and so on, which is the order that row_softmax defines. `groups`, if
/// there is one, becomes those of which a class may have a bin of `bins` other than zero.
__device__ inline RowSoftmax row_softmax_of_warp(int classes, const float* z, int bins = 1,
                                                 ClassGroups* groups = nullptr) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpThreads;
  static_assert(kSumLanes == kWarpThreads);
  constexpr float kInfinity = __builtin_huge_valf();
  RowSoftmax row;
  row.max = lane < classes ? z[lane] : -kInfinity;
  row.argmax = lane;
  float min = kInfinity;  // of the lane
  bool nan = false;
  for (int c = lane; c < classes; c += kWarpThreads) {
    nan = nan || z[c] != z[c];
    min = z[c] < min ? z[c] : min;
    if (z[c] > row.max) {
      row.max = z[c];
      row.argmax = c;
    }
  }
  for (unsigned half = kWarpThreads / 2; half > 0; half /= 2) {
    const float max = __shfl_down_sync(kWholeWarp, row.max, half);
    const int argmax = __shfl_down_sync(kWholeWarp, row.argmax, half);
    if (max > row.max || (max == row.max && argmax < row.argmax)) {
      row.max = max;
      row.argmax = argmax;
    }
  }
  row.max = __shfl_sync(kWholeWarp, row.max, 0);
  row.argmax = __shfl_sync(kWholeWarp, row.argmax, 0);
  constexpr float kLargest = 0x1.fffffep+127f;
  row.valid =
      __ballot_sync(kWholeWarp, nan ? 1 : 0) == 0 && row.max >= -kLargest && row.max <= kLargest;
  if (!row.valid) {  // the same for the whole warp
    return row;
  }
  const bool extreme = add_rn(min, -row.max) < kLeastOrdinary;
  const float least = least_in_a_bin(1.0f, bins);  // a row's sum is not smaller
  ClassGroups of_lane = 0;
  ClassGroups* noted = groups != nullptr ? &of_lane : nullptr;
  float partial = __ballot_sync(kWholeWarp, extreme ? 1 : 0) == 0
                      ? sum_of_lane<true>(classes, z, row.max, least, noted)
                      : sum_of_lane<false>(classes, z, row.max, least, noted);
  for (unsigned half = kWarpThreads / 2; half > 0; half /= 2) {  // lane k takes lane k + half
    partial = add_rn(partial, __shfl_down_sync(kWholeWarp, partial, half));
    if (groups != nullptr) {
      of_lane |= __shfl_down_sync(kWholeWarp, of_lane, half);
    }
  }
  row.sum = __shfl_sync(kWholeWarp, partial, 0);
  if (groups != nullptr) {
    *groups = __shfl_sync(kWholeWarp, of_lane, 0);
  }
  row.reciprocal = reciprocal_rn(row.sum);
  return row;
}

}  // namespace infoplane::cuda
