#include "core/bf16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace infoplane {
namespace {

float rounded(float value) { return from_bf16(to_bf16(value)); }

TEST(Bf16, KeepsWhatItHas) {
  for (std::uint32_t bits = 0; bits <= 0xFFFFu; ++bits) {
    const Bf16 value{static_cast<std::uint16_t>(bits)};
    if (!std::isnan(from_bf16(value))) {
      ASSERT_EQ(to_bf16(from_bf16(value)).bits, bits);
    }
  }
}

TEST(Bf16, RoundsToTheNearestAndTiesToEven) {
  // Steps of 1/128 from 1 on.
  EXPECT_EQ(rounded(1.0f + 1.0f / 300.0f), 1.0f);
  EXPECT_EQ(rounded(1.0f + 1.0f / 200.0f), 1.0f + 1.0f / 128.0f);
  EXPECT_EQ(rounded(1.0f + 1.0f / 256.0f), 1.0f);
  EXPECT_EQ(rounded(1.0f + 3.0f / 256.0f), 1.0f + 2.0f / 128.0f);
  EXPECT_EQ(rounded(-1.0f - 3.0f / 256.0f), -1.0f - 2.0f / 128.0f);
  for (std::uint32_t bits = 0; bits < 0x7F7F0000u; bits += 40503u) {
    const float value = float_from_bits(bits);
    const float below = float_from_bits(bits & 0xFFFF0000u);
    const float above = float_from_bits((bits & 0xFFFF0000u) + 0x10000u);
    const float got = rounded(value);
    ASSERT_TRUE(got == below || got == above) << value;
    ASSERT_LE(std::fabs(got - value), std::fmin(value - below, above - value)) << value;
  }
}

TEST(Bf16, HasFloat32sRangeAndItsExceptions) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(rounded(kInfinity), kInfinity);
  EXPECT_EQ(rounded(-kInfinity), -kInfinity);
  EXPECT_EQ(rounded(std::numeric_limits<float>::max()), kInfinity);
  EXPECT_EQ(rounded(0x1p-133f), 0x1p-133f);
  EXPECT_TRUE(std::signbit(rounded(-0.0f)));
  EXPECT_TRUE(std::isnan(rounded(NAN)));
  EXPECT_TRUE(std::isnan(rounded(float_from_bits(0x7F800001u))));  // its lower half would be lost
  EXPECT_TRUE(std::isnan(rounded(float_from_bits(0xFFFFFFFFu))));  // which would carry over
}

}  // namespace
}  // namespace infoplane
