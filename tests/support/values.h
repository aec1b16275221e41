#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "core/rng.h"
#include "core/shape.h"

namespace infoplane::test {

/// `n` floats in [low, high), the same for the same seed everywhere.
inline std::vector<float> random_values(std::int64_t n, std::uint64_t seed, float low = -1.0f,
                                        float high = 1.0f) {
  const RandomStream stream{seed, kTestStream, 0};
  std::vector<float> values(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = low + (high - low) * uniform_float(stream.word(i));
  }
  return values;
}

/// `n` integers in [0, count).
inline std::vector<std::int32_t> random_integers(std::int64_t n, std::uint64_t seed,
                                                 std::int32_t count) {
  const RandomStream stream{seed, kTestStream, 1};
  std::vector<std::int32_t> values(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<std::int32_t>(stream.word(i) % static_cast<std::uint32_t>(count));
  }
  return values;
}

template <class T>
std::vector<double> doubles(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

/// From row-major [N, C, H, W] to the memory order of core/shape.h, (N, H, W, C).
template <class T>
std::vector<T> channels_last(const Shape& shape, const std::vector<T>& plain) {
  std::vector<T> result(plain.size());
  const std::int64_t pixels = shape[2] * shape[3];
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    for (std::int64_t c = 0; c < shape[1]; ++c) {
      for (std::int64_t p = 0; p < pixels; ++p) {
        result[static_cast<std::size_t>((n * pixels + p) * shape[1] + c)] =
            plain[static_cast<std::size_t>((n * shape[1] + c) * pixels + p)];
      }
    }
  }
  return result;
}

/// The inverse of channels_last.
template <class T>
std::vector<T> plain(const Shape& shape, const std::vector<T>& last) {
  return channels_last(Shape{shape[0], shape[2] * shape[3], shape[1], 1}, last);
}

/// Every element within `absolute + relative * |expected|`; a NaN never is. Names the worst.
inline void expect_near(const std::vector<float>& actual, const std::vector<double>& expected,
                        double absolute, double relative = 0.0) {
  ASSERT_EQ(actual.size(), expected.size());
  std::size_t worst = 0;
  double worst_excess = 0.0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double error = std::fabs(static_cast<double>(actual[i]) - expected[i]);
    const double excess =
        error == 0.0 ? 0.0 : error / (absolute + relative * std::fabs(expected[i]));
    if (!(excess <= worst_excess)) {
      worst = i;
      worst_excess = excess;
      if (std::isnan(excess)) {
        break;
      }
    }
  }
  EXPECT_LE(worst_excess, 1.0) << "element " << worst << " of " << actual.size() << " is "
                               << actual[worst] << ", expected " << expected[worst];
}

/// Equal bit for bit, NaNs and signs of zero included.
template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

}  // namespace infoplane::test
