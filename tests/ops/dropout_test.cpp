#include "ops/dropout.h"

#include <cmath>

#include "core/rng.h"
#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/guarded.h"
#include "tests/support/values.h"

namespace infoplane {
namespace {

using namespace test;

constexpr std::uint64_t kSeed = 0x1234'5678'9ABC'DEF0u;
constexpr std::uint64_t kStep = 77;
constexpr std::uint32_t kLayer = 5;

/// Whether the unit that draws word `index` is kept, from the definition in ops/dropout.h.
bool kept(std::uint64_t index, double p, std::uint64_t step = kStep) {
  const PhiloxWords words =
      philox4x32_10({{static_cast<std::uint32_t>(index / 4), 0, static_cast<std::uint32_t>(step),
                      0x0200'0000u + kLayer}},
                    static_cast<std::uint32_t>(kSeed), static_cast<std::uint32_t>(kSeed >> 32));
  return static_cast<double>(words.word[index % 4]) >= std::floor(p * 4294967296.0);
}

class DropoutTest : public DeviceTest {
 protected:
  Context make_seeded_context() const {
    Context ctx = make_context();
    ctx.random() = {kSeed, kStep};
    return ctx;
  }
};

TEST_P(DropoutTest, TheMaskIsTheDefinitions) {
  Context ctx = make_seeded_context();
  for (const float p : {0.0f, 0.1f, 0.5f, 0.9f}) {
    for (const std::int64_t n : {1, 3, 31, 33, 1000, 70001}) {
      SCOPED_TRACE(testing::Message() << "p = " << p << ", " << n << " elements");
      const auto xs = random_values(n, 1, 0.5f, 1.5f);
      const Guarded<float> x(ctx, {n}, xs);
      Guarded<float> y(ctx, {n});
      ops::dropout(ctx, p, kLayer, x, y);
      std::vector<double> expected;
      for (std::size_t i = 0; i < xs.size(); ++i) {
        expected.push_back(kept(i, p) ? static_cast<double>(xs[i]) / (1.0 - static_cast<double>(p))
                                      : 0.0);
      }
      expect_near(y.to_host_sync(), expected, 1e-30, 3e-7);  // a dropped unit is exactly zero
    }
  }
}

TEST_P(DropoutTest, ChannelsDrawOnceEach) {
  Context ctx = make_seeded_context();
  for (const Shape& shape :
       {Shape{1, 1, 1, 1}, Shape{3, 31, 4, 5}, Shape{2, 33, 1, 7}, Shape{40, 60, 4, 4}}) {
    SCOPED_TRACE(shape.to_string());
    const auto xs = random_values(shape.numel(), 2, 0.5f, 1.5f);
    const Guarded<float> x(ctx, shape, channels_last(shape, xs));
    Guarded<float> y(ctx, shape);
    ops::dropout_channels(ctx, 0.25f, kLayer, x, y);
    const std::int64_t pixels = shape[2] * shape[3];
    std::vector<double> expected;
    for (std::size_t i = 0; i < xs.size(); ++i) {
      expected.push_back(kept(i / static_cast<std::size_t>(pixels), 0.25)
                             ? static_cast<double>(xs[i]) / 0.75
                             : 0.0);
    }
    expect_near(plain(shape, y.to_host_sync()), expected, 1e-30, 3e-7);
  }
}

TEST_P(DropoutTest, KeepsItsShare) {
  Context ctx = make_seeded_context();
  constexpr std::int64_t n = 200000;
  const Guarded<float> x(ctx, {n}, std::vector<float>(n, 1.0f));
  for (const float p : {0.1f, 0.5f, 0.8f}) {
    Guarded<float> y(ctx, {n});
    ops::dropout(ctx, p, kLayer, x, y);
    double kept_units = 0.0;
    for (const float value : y.to_host_sync()) {
      kept_units += value > 0.0f ? 1.0 : 0.0;
    }
    const double deviation = std::sqrt(n * static_cast<double>(p) * (1.0 - static_cast<double>(p)));
    EXPECT_NEAR(kept_units, n * (1.0 - static_cast<double>(p)), 5.0 * deviation);
  }
}

TEST_P(DropoutTest, GradientPassesWhereTheUnitWasKept) {
  Context ctx = make_seeded_context();
  const Shape shape{7, 33, 3, 3};
  const auto dys = random_values(shape.numel(), 4);
  const Guarded<float> ones(ctx, shape, std::vector<float>(dys.size(), 1.0f));
  const Guarded<float> dy(ctx, shape, dys);
  Guarded<float> y(ctx, shape), dx(ctx, shape);
  using Op = void (*)(Context&, float, std::uint32_t, View<const float>, View<float>);
  for (const Op op : {Op{ops::dropout}, Op{ops::dropout_channels}}) {
    op(ctx, 0.5f, kLayer, ones, y);
    op(ctx, 0.5f, kLayer, dy, dx);
    const std::vector<float> mask = y.to_host_sync();
    std::vector<double> expected;
    for (std::size_t i = 0; i < mask.size(); ++i) {
      expected.push_back(static_cast<double>(mask[i]) * static_cast<double>(dys[i]));
    }
    expect_near(dx.to_host_sync(), expected, 1e-30, 3e-7);
  }
}

TEST_P(DropoutTest, StepStreamAndSeedEachChangeTheMask) {
  Context ctx = make_seeded_context();
  const Guarded<float> x(ctx, {256}, std::vector<float>(256, 1.0f));
  const auto mask = [&](std::uint64_t seed, std::uint64_t step, std::uint32_t stream) {
    ctx.random() = {seed, step};
    Guarded<float> y(ctx, {256});
    ops::dropout(ctx, 0.5f, stream, x, y);
    return y.to_host_sync();
  };
  const auto base = mask(kSeed, 1, 0);
  EXPECT_EQ(base, mask(kSeed, 1, 0));
  EXPECT_NE(base, mask(kSeed + 1, 1, 0));
  EXPECT_NE(base, mask(kSeed + (std::uint64_t{1} << 32), 1, 0));
  EXPECT_NE(base, mask(kSeed, 2, 0));
  EXPECT_NE(base, mask(kSeed, 1, 1));
}

TEST_P(DropoutTest, InPlaceGivesTheSame) {
  Context ctx = make_seeded_context();
  const Shape shape{5, 31, 4, 4};
  const auto xs = random_values(shape.numel(), 5);
  const Guarded<float> x(ctx, shape, xs);
  Guarded<float> y(ctx, shape), in_place(ctx, shape, xs);
  ops::dropout(ctx, 0.3f, kLayer, x, y);
  ops::dropout(ctx, 0.3f, kLayer, in_place, in_place);
  EXPECT_TRUE(same_bits(y.to_host_sync(), in_place.to_host_sync()));
  Guarded<float> channels(ctx, shape), channels_in_place(ctx, shape, xs);
  ops::dropout_channels(ctx, 0.3f, kLayer, x, channels);
  ops::dropout_channels(ctx, 0.3f, kLayer, channels_in_place, channels_in_place);
  EXPECT_TRUE(same_bits(channels.to_host_sync(), channels_in_place.to_host_sync()));
}

TEST_P(DropoutTest, ADroppedInfinityIsZero) {
  Context ctx = make_seeded_context();
  const Guarded<float> x(ctx, {64}, std::vector<float>(64, INFINITY));
  Guarded<float> y(ctx, {64});
  ops::dropout(ctx, 0.5f, kLayer, x, y);
  const std::vector<float> values = y.to_host_sync();
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values[i], kept(i, 0.5) ? INFINITY : 0.0f);
  }
}

TEST_P(DropoutTest, ArgumentsMustFit) {
  Context ctx = make_seeded_context();
  Guarded<float> x(ctx, {2, 3}), y(ctx, {3, 2});
  expect_error<ShapeError>([&] { ops::dropout(ctx, 0.5f, 0, x, y); },
                           {"dropout", "y", "[3, 2]", "[2, 3]"});
  expect_error<ShapeError>([&] { ops::dropout_channels(ctx, 0.5f, 0, x, x); },
                           {"dropout_channels", "x", "[2, 3]", "rank 4"});
  for (const float p : {-0.1f, 1.0f, NAN}) {
    expect_error<UsageError>([&] { ops::dropout(ctx, p, 0, x, x); }, {"dropout", "0 <= p < 1"});
  }
}

INFOPLANE_FOR_EACH_DEVICE(DropoutTest);

}  // namespace
}  // namespace infoplane
