#include "tests/support/values.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>

#include "core/bf16.h"
#include "core/rng.h"

namespace infoplane::test {

std::vector<float> random_values(std::int64_t n, std::uint64_t seed, float low, float high) {
  const RandomStream stream{seed, kTestStream, 0};
  std::vector<float> values(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = low + (high - low) * uniform_float(stream.word(i));
  }
  return values;
}

std::vector<float> rounded_to_bf16(std::vector<float> values) {
  for (float& value : values) {
    value = from_bf16(to_bf16(value));
  }
  return values;
}

std::vector<std::int32_t> random_integers(std::int64_t n, std::uint64_t seed, std::int32_t count) {
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

template std::vector<double> doubles(const std::vector<float>&);
template std::vector<double> doubles(const std::vector<std::uint8_t>&);
template std::vector<double> doubles(const std::vector<std::int32_t>&);

template <class T>
std::vector<T> channels_last(const Shape& shape, const std::vector<T>& plain) {
  std::vector<T> result(plain.size());
  const std::int64_t channels = shape[1];
  const std::int64_t pixels = shape[2] * shape[3];
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t p = 0; p < pixels; ++p) {
        result[static_cast<std::size_t>((n * pixels + p) * channels + c)] =
            plain[static_cast<std::size_t>((n * channels + c) * pixels + p)];
      }
    }
  }
  return result;
}

template std::vector<float> channels_last(const Shape&, const std::vector<float>&);
template std::vector<double> channels_last(const Shape&, const std::vector<double>&);
template std::vector<std::uint8_t> channels_last(const Shape&, const std::vector<std::uint8_t>&);
template std::vector<std::int32_t> channels_last(const Shape&, const std::vector<std::int32_t>&);

void expect_near(const std::vector<float>& actual, const std::vector<double>& expected,
                 double absolute, double relative) {
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

}  // namespace infoplane::test
