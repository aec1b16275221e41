#pragma once

#if defined(__x86_64__)

#include <immintrin.h>

#include <cmath>
#include <cstdint>

/// The words of AVX-512 that the kernels of this room are written in, with 16 lanes. Included by
/// the sources of such kernels alone, which define INFOPLANE_KERNEL functions with them; the twin
/// is cpu/vectors_avx2.h.

#define INFOPLANE_KERNEL \
  gnu::target("avx512f,avx512dq,avx512bw,avx512vl,fma,popcnt,prefer-vector-width=512")
#define INFOPLANE_INLINE INFOPLANE_KERNEL, gnu::always_inline

namespace infoplane::cpu::avx512 {

constexpr int kLanes = 16;

using F = __m512;
using I = __m512i;
using L = __m512i;
using Mask = __mmask16;

[[INFOPLANE_INLINE]] inline F all(float value) { return _mm512_set1_ps(value); }
[[INFOPLANE_INLINE]] inline I all(std::int32_t value) { return _mm512_set1_epi32(value); }

[[INFOPLANE_INLINE]] inline F add(F a, F b) { return _mm512_add_ps(a, b); }
[[INFOPLANE_INLINE]] inline F subtract(F a, F b) { return _mm512_sub_ps(a, b); }
[[INFOPLANE_INLINE]] inline F multiply(F a, F b) { return _mm512_mul_ps(a, b); }
[[INFOPLANE_INLINE]] inline F divide(F a, F b) { return _mm512_div_ps(a, b); }
[[INFOPLANE_INLINE]] inline F multiply_add(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
[[INFOPLANE_INLINE]] inline F negative_multiply_add(F a, F b, F c) {
  return _mm512_fnmadd_ps(a, b, c);
}
[[INFOPLANE_INLINE]] inline F larger(F a, F b) { return _mm512_max_ps(a, b); }
[[INFOPLANE_INLINE]] inline F smaller(F a, F b) { return _mm512_min_ps(a, b); }
[[INFOPLANE_INLINE]] inline I truncated(F a) { return _mm512_cvttps_epi32(a); }

[[INFOPLANE_INLINE]] inline I add(I a, I b) { return _mm512_add_epi32(a, b); }
[[INFOPLANE_INLINE]] inline I subtract(I a, I b) { return _mm512_sub_epi32(a, b); }
[[INFOPLANE_INLINE]] inline I multiply(I a, I b) { return _mm512_mullo_epi32(a, b); }
[[INFOPLANE_INLINE]] inline I both(I a, I b) { return _mm512_and_epi32(a, b); }
template <int kBits>
[[INFOPLANE_INLINE]] inline I shifted_left(I a) {
  return _mm512_slli_epi32(a, kBits);
}
template <int kBits>
[[INFOPLANE_INLINE]] inline I shifted_right(I a) {
  return _mm512_srli_epi32(a, kBits);
}
template <int kBits>
[[INFOPLANE_INLINE]] inline I shifted_right_signed(I a) {
  return _mm512_srai_epi32(a, kBits);
}
/// 1 << a.
[[INFOPLANE_INLINE]] inline I power_of_two(I a) { return _mm512_sllv_epi32(all(1), a); }
[[INFOPLANE_INLINE]] inline L power_of_two_64(L a) {
  return _mm512_sllv_epi64(_mm512_set1_epi64(1), a);
}
[[INFOPLANE_INLINE]] inline L add_int64(L a, L b) { return _mm512_add_epi64(a, b); }

[[INFOPLANE_INLINE]] inline Mask both(Mask a, Mask b) { return a & b; }
[[INFOPLANE_INLINE]] inline Mask equal(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
[[INFOPLANE_INLINE]] inline Mask equal(I a, I b) { return _mm512_cmpeq_epi32_mask(a, b); }
/// Not a < b: also where one is a NaN.
[[INFOPLANE_INLINE]] inline Mask not_below(F a, F b) {
  return _mm512_cmp_ps_mask(a, b, _CMP_NLT_UQ);
}
/// 0 <= a < b.
[[INFOPLANE_INLINE]] inline Mask below(I a, I b) {
  return _mm512_cmp_epu32_mask(a, b, _MM_CMPINT_LT);
}
[[INFOPLANE_INLINE]] inline Mask bit_set(I a, int bit) {
  return _mm512_test_epi32_mask(a, all(1 << bit));
}
[[INFOPLANE_INLINE]] inline F choose(Mask mask, F yes, F no) {
  return _mm512_mask_mov_ps(no, mask, yes);
}
[[INFOPLANE_INLINE]] inline I choose(Mask mask, I yes, I no) {
  return _mm512_mask_mov_epi32(no, mask, yes);
}
[[INFOPLANE_INLINE]] inline I only(Mask mask, I a) { return _mm512_maskz_mov_epi32(mask, a); }
/// A bit a row.
[[INFOPLANE_INLINE]] inline std::uint32_t bits(Mask mask) { return mask; }
[[INFOPLANE_INLINE]] inline Mask first_rows(int count) {
  return static_cast<Mask>((1u << count) - 1u);
}

[[INFOPLANE_INLINE]] inline __m256i low_half(I a) { return _mm512_castsi512_si256(a); }
[[INFOPLANE_INLINE]] inline __m256i high_half(I a) { return _mm512_extracti32x8_epi32(a, 1); }
[[INFOPLANE_INLINE]] inline L low_uint64(I a) { return _mm512_cvtepu32_epi64(low_half(a)); }
[[INFOPLANE_INLINE]] inline L high_uint64(I a) { return _mm512_cvtepu32_epi64(high_half(a)); }
/// Toward zero.
[[INFOPLANE_INLINE]] inline L low_int64(F a) {
  return _mm512_cvttps_epi64(_mm512_castps512_ps256(a));
}
[[INFOPLANE_INLINE]] inline L high_int64(F a) {
  return _mm512_cvttps_epi64(_mm512_extractf32x8_ps(a, 1));
}
[[INFOPLANE_INLINE]] inline I as_ints(F a) { return _mm512_castps_si512(a); }
[[INFOPLANE_INLINE]] inline F as_floats(I a) { return _mm512_castsi512_ps(a); }

/// sum + term in the rows of `mask`, of which half kHalf is meant.
template <int kHalf>
[[INFOPLANE_INLINE]] inline L add_where(Mask mask, L sum, L term) {
  return _mm512_mask_add_epi64(sum, static_cast<__mmask8>(mask >> (8 * kHalf)), sum, term);
}
[[INFOPLANE_INLINE]] inline std::uint64_t sum_of(L lanes) {
  alignas(64) std::uint64_t values[8];
  _mm512_store_si512(values, lanes);
  std::uint64_t sum = 0;  // unsigned, as _mm512_reduce_add_epi64 is not
  for (const std::uint64_t value : values) {
    sum += value;
  }
  return sum;
}
[[INFOPLANE_INLINE]] inline void store(void* to, I a) { _mm512_store_si512(to, a); }
[[INFOPLANE_INLINE]] inline I load_where(Mask mask, const std::int32_t* from) {
  return _mm512_maskz_loadu_epi32(mask, from);
}

constexpr float kRound = 0x1.8p+23f;  // adding it rounds to the nearest integer

/// q 2^n, rounded once: what vscalefps does. 0 where `mask` is not set.
[[INFOPLANE_INLINE]] inline F times_power_of_two(Mask mask, F q, F n, F /*shifted*/) {
  return _mm512_maskz_scalef_ps(mask, q, n);
}

[[INFOPLANE_INLINE]] inline F load(const float* from) { return _mm512_loadu_ps(from); }
/// The first `count` of a vector, the others -inf.
[[INFOPLANE_INLINE]] inline F load_first(int count, const float* from) {
  return _mm512_mask_loadu_ps(all(-INFINITY), first_rows(count), from);
}
[[INFOPLANE_INLINE]] inline void store(float* to, F a) { _mm512_storeu_ps(to, a); }
[[INFOPLANE_INLINE]] inline Mask at_least(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
/// The lanes added by a tree of halves.
[[INFOPLANE_INLINE]] inline float sum_of_halves(F a) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
[[INFOPLANE_INLINE]] inline float largest_lane(F a) {
  const __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

#include "cpu/vectors_exp.inc"

}  // namespace infoplane::cpu::avx512

#endif
