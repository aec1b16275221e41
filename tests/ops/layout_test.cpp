#include "ops/layout.h"

#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/guarded.h"
#include "tests/support/values.h"

namespace infoplane {
namespace {

using namespace test;

class LayoutTest : public DeviceTest {};

TEST_P(LayoutTest, PlainIsChannelsThenRowsThenColumns) {
  Context ctx = make_context();
  const Guarded<float> x(ctx, {1, 2, 1, 3}, {11, 21, 12, 22, 13, 23});  // channel, column
  Guarded<float> y(ctx, {1, 6});
  ops::to_plain(ctx, x, y);
  EXPECT_EQ(y.to_host_sync(), (std::vector<float>{11, 12, 13, 21, 22, 23}));
}

TEST_P(LayoutTest, ThereAndBack) {
  Context ctx = make_context();
  for (const Shape& shape : {Shape{1, 1, 1, 1}, Shape{33, 31, 2, 3}, Shape{2, 60, 4, 4},
                             Shape{3, 3, 32, 32}, Shape{5, 1, 28, 28}, Shape{4, 33, 1, 1}}) {
    SCOPED_TRACE(shape.to_string());
    const Shape rows{shape[0], shape.row().numel()};
    const auto values = random_values(shape.numel(), 1);
    const Guarded<float> x(ctx, shape, channels_last(shape, values));
    Guarded<float> y(ctx, rows), back(ctx, shape);
    ops::to_plain(ctx, x, y);
    EXPECT_TRUE(same_bits(y.to_host_sync(), values));
    ops::from_plain(ctx, y, back);
    EXPECT_TRUE(same_bits(back.to_host_sync(), x.to_host_sync()));
  }
}

TEST_P(LayoutTest, ShapesMustAgree) {
  Context ctx = make_context();
  Guarded<float> x(ctx, {2, 3, 4, 4}), y(ctx, {2, 47}), vector(ctx, {96});
  expect_error<ShapeError>([&] { ops::to_plain(ctx, x, y); }, {"to_plain", "[2, 47]", "[2, 48]"});
  expect_error<ShapeError>([&] { ops::from_plain(ctx, y, x); },
                           {"from_plain", "[2, 47]", "[2, 48]"});
  expect_error<ShapeError>([&] { ops::to_plain(ctx, vector, y); }, {"to_plain", "[96]", "rank 4"});
}

INFOPLANE_FOR_EACH_DEVICE(LayoutTest);

}  // namespace
}  // namespace infoplane
