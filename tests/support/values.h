#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "core/shape.h"

namespace infoplane::test {

/// `n` floats in [low, high), the same for the same seed everywhere.
std::vector<float> random_values(std::int64_t n, std::uint64_t seed, float low = -1.0f,
                                 float high = 1.0f);

/// Each to the nearest bfloat16, as a float32 again.
std::vector<float> rounded_to_bf16(std::vector<float> values);

/// `n` integers in [0, count).
std::vector<std::int32_t> random_integers(std::int64_t n, std::uint64_t seed, std::int32_t count);

/// T is float, or an integer of 8 or 32 bits.
template <class T>
std::vector<double> doubles(const std::vector<T>& values);

/// From row-major [N, C, H, W] to the memory order of core/shape.h, (N, H, W, C). T is float,
/// double or an integer of 8 or 32 bits.
template <class T>
std::vector<T> channels_last(const Shape& shape, const std::vector<T>& plain);

/// The inverse of channels_last.
template <class T>
std::vector<T> plain(const Shape& shape, const std::vector<T>& last) {
  return channels_last(Shape{shape[0], shape[2] * shape[3], shape[1], 1}, last);
}

/// Every element within `absolute + relative * |expected|`; a NaN never is. Names the worst.
void expect_near(const std::vector<float>& actual, const std::vector<double>& expected,
                 double absolute, double relative = 0.0);

/// Equal bit for bit, NaNs and signs of zero included.
template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

}  // namespace infoplane::test
