#pragma once

#if defined(__x86_64__)

#include <immintrin.h>

#include <cmath>
#include <cstdint>

/// The words of AVX2 that the kernels of this room are written in, with 8 lanes; the twin of
/// cpu/vectors_avx512.h. What this instruction set lacks:
///   masks       lanes of ones
///   vscalefps   an exact product with a power of two, then one rounded product

#define INFOPLANE_KERNEL gnu::target("avx2,fma,popcnt,tune=haswell")
#define INFOPLANE_INLINE INFOPLANE_KERNEL, gnu::always_inline

namespace infoplane::cpu::avx2 {

constexpr int kLanes = 8;

using F = __m256;
using I = __m256i;
using L = __m256i;
using Mask = __m256i;  // ones where a row is selected

[[INFOPLANE_INLINE]] inline F all(float value) { return _mm256_set1_ps(value); }
[[INFOPLANE_INLINE]] inline I all(std::int32_t value) { return _mm256_set1_epi32(value); }

[[INFOPLANE_INLINE]] inline F add(F a, F b) { return _mm256_add_ps(a, b); }
[[INFOPLANE_INLINE]] inline F subtract(F a, F b) { return _mm256_sub_ps(a, b); }
[[INFOPLANE_INLINE]] inline F multiply(F a, F b) { return _mm256_mul_ps(a, b); }
[[INFOPLANE_INLINE]] inline F divide(F a, F b) { return _mm256_div_ps(a, b); }
[[INFOPLANE_INLINE]] inline F multiply_add(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
[[INFOPLANE_INLINE]] inline F negative_multiply_add(F a, F b, F c) {
  return _mm256_fnmadd_ps(a, b, c);
}
[[INFOPLANE_INLINE]] inline F larger(F a, F b) { return _mm256_max_ps(a, b); }
[[INFOPLANE_INLINE]] inline F smaller(F a, F b) { return _mm256_min_ps(a, b); }
[[INFOPLANE_INLINE]] inline I truncated(F a) { return _mm256_cvttps_epi32(a); }

[[INFOPLANE_INLINE]] inline I add(I a, I b) { return _mm256_add_epi32(a, b); }
[[INFOPLANE_INLINE]] inline I subtract(I a, I b) { return _mm256_sub_epi32(a, b); }
[[INFOPLANE_INLINE]] inline I multiply(I a, I b) { return _mm256_mullo_epi32(a, b); }
[[INFOPLANE_INLINE]] inline I both(I a, I b) { return _mm256_and_si256(a, b); }  // of masks, too
template <int kBits>
[[INFOPLANE_INLINE]] inline I shifted_left(I a) {
  return _mm256_slli_epi32(a, kBits);
}
template <int kBits>
[[INFOPLANE_INLINE]] inline I shifted_right(I a) {
  return _mm256_srli_epi32(a, kBits);
}
template <int kBits>
[[INFOPLANE_INLINE]] inline I shifted_right_signed(I a) {
  return _mm256_srai_epi32(a, kBits);
}
/// 1 << a.
[[INFOPLANE_INLINE]] inline I power_of_two(I a) { return _mm256_sllv_epi32(all(1), a); }
[[INFOPLANE_INLINE]] inline L power_of_two_64(L a) {
  return _mm256_sllv_epi64(_mm256_set1_epi64x(1), a);
}
[[INFOPLANE_INLINE]] inline L add_int64(L a, L b) { return _mm256_add_epi64(a, b); }

[[INFOPLANE_INLINE]] inline Mask equal(F a, F b) {
  return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_EQ_OQ));
}
[[INFOPLANE_INLINE]] inline Mask equal(I a, I b) { return _mm256_cmpeq_epi32(a, b); }
/// Not a < b: also where one is a NaN.
[[INFOPLANE_INLINE]] inline Mask not_below(F a, F b) {
  return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_NLT_UQ));
}
/// 0 <= a < b.
[[INFOPLANE_INLINE]] inline Mask below(I a, I b) {
  return _mm256_andnot_si256(_mm256_srai_epi32(a, 31), _mm256_cmpgt_epi32(b, a));
}
/// Its sign alone is meant: choose() looks at nothing else.
[[INFOPLANE_INLINE]] inline Mask bit_set(I a, int bit) { return _mm256_slli_epi32(a, 31 - bit); }
[[INFOPLANE_INLINE]] inline F choose(Mask mask, F yes, F no) {
  return _mm256_blendv_ps(no, yes, _mm256_castsi256_ps(mask));
}
[[INFOPLANE_INLINE]] inline I choose(Mask mask, I yes, I no) {
  return _mm256_castps_si256(choose(mask, _mm256_castsi256_ps(yes), _mm256_castsi256_ps(no)));
}
[[INFOPLANE_INLINE]] inline I only(Mask mask, I a) { return both(mask, a); }
/// A bit a row.
[[INFOPLANE_INLINE]] inline std::uint32_t bits(Mask mask) {
  return static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(mask)));
}
[[INFOPLANE_INLINE]] inline I lane_numbers() { return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7); }
[[INFOPLANE_INLINE]] inline Mask first_rows(int count) {
  return _mm256_cmpgt_epi32(all(std::int32_t{count}), lane_numbers());
}

[[INFOPLANE_INLINE]] inline __m128i low_half(I a) { return _mm256_castsi256_si128(a); }
[[INFOPLANE_INLINE]] inline __m128i high_half(I a) { return _mm256_extracti128_si256(a, 1); }
[[INFOPLANE_INLINE]] inline L low_uint64(I a) { return _mm256_cvtepu32_epi64(low_half(a)); }
[[INFOPLANE_INLINE]] inline L high_uint64(I a) { return _mm256_cvtepu32_epi64(high_half(a)); }
/// Toward zero, of 0 <= a < 2^52: an integer of that size, added to 2^52, is in the low bits.
[[INFOPLANE_INLINE]] inline L to_int64(__m128 a) {
  const __m256d magic = _mm256_set1_pd(0x1p+52);
  const __m256d shifted = _mm256_add_pd(_mm256_floor_pd(_mm256_cvtps_pd(a)), magic);
  return _mm256_xor_si256(_mm256_castpd_si256(shifted), _mm256_castpd_si256(magic));
}
[[INFOPLANE_INLINE]] inline L low_int64(F a) { return to_int64(_mm256_castps256_ps128(a)); }
[[INFOPLANE_INLINE]] inline L high_int64(F a) { return to_int64(_mm256_extractf128_ps(a, 1)); }
[[INFOPLANE_INLINE]] inline I as_ints(F a) { return _mm256_castps_si256(a); }
[[INFOPLANE_INLINE]] inline F as_floats(I a) { return _mm256_castsi256_ps(a); }

/// sum + term in the rows of `mask`, of which half kHalf is meant.
template <int kHalf>
[[INFOPLANE_INLINE]] inline L add_where(Mask mask, L sum, L term) {
  const __m128i half = kHalf == 0 ? low_half(mask) : high_half(mask);
  return _mm256_add_epi64(sum, both(_mm256_cvtepi32_epi64(half), term));
}
[[INFOPLANE_INLINE]] inline void store(void* to, I a) {
  _mm256_store_si256(static_cast<__m256i*>(to), a);
}
[[INFOPLANE_INLINE]] inline std::uint64_t sum_of(L lanes) {
  alignas(32) std::uint64_t values[4];
  store(values, lanes);
  return values[0] + values[1] + values[2] + values[3];
}
[[INFOPLANE_INLINE]] inline I load_where(Mask mask, const std::int32_t* from) {
  return _mm256_maskload_epi32(from, mask);
}

constexpr float kRound = 0x1.8p+23f + 64.0f;  // adding it rounds to the nearest integer

/// q 2^n, rounded once: `shifted` holds n + 64 in its low bits, so that q 2^(n + 64) is exact. 0
/// where `mask` is not set.
[[INFOPLANE_INLINE]] inline F times_power_of_two(Mask mask, F q, F /*n*/, F shifted) {
  const I power = add(shifted_left<23>(as_ints(shifted)), all(std::int32_t{127 << 23}));
  const F exact = multiply(as_floats(both(mask, as_ints(q))), as_floats(both(mask, power)));
  return multiply(exact, all(0x1p-64f));
}

[[INFOPLANE_INLINE]] inline F load(const float* from) { return _mm256_loadu_ps(from); }
/// The first `count` of a vector, the others -inf.
[[INFOPLANE_INLINE]] inline F load_first(int count, const float* from) {
  const Mask mask = first_rows(count);
  return choose(mask, _mm256_maskload_ps(from, mask), all(-INFINITY));
}
[[INFOPLANE_INLINE]] inline void store(float* to, F a) { _mm256_storeu_ps(to, a); }
[[INFOPLANE_INLINE]] inline Mask at_least(F a, F b) {
  return as_ints(_mm256_cmp_ps(a, b, _CMP_GE_OQ));
}
/// The lanes added by a tree of halves.
[[INFOPLANE_INLINE]] inline float sum_of_halves(F a) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
[[INFOPLANE_INLINE]] inline float largest_lane(F a) {
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

#include "cpu/vectors_exp.inc"

}  // namespace infoplane::cpu::avx2

#endif
