#include "core/shape.h"

#include "core/error.h"
#include "core/view.h"
#include "tests/support/errors.h"

namespace infoplane {
namespace {

using test::expect_error;

TEST(Shape, CountsItsElements) {
  EXPECT_EQ(Shape{}.numel(), 0);
  EXPECT_EQ((Shape{7}.numel()), 7);
  EXPECT_EQ((Shape{2, 3, 4, 5}.numel()), 120);
  EXPECT_EQ((Shape{2, 0, 4}.numel()), 0);
  EXPECT_EQ((Shape{100000, 100000}.numel()), 10'000'000'000);
}

TEST(Shape, IsComparedByRankAndExtents) {
  EXPECT_EQ((Shape{2, 3}), (Shape{2, 3}));
  EXPECT_NE((Shape{2, 3}), (Shape{3, 2}));
  EXPECT_NE((Shape{2, 3}), (Shape{2, 3, 1}));
  EXPECT_NE((Shape{2}), (Shape{2, 0}));  // the absent extents are zeros inside
}

TEST(Shape, ChangesItsOutermostExtent) {
  const Shape shape{2, 3, 4, 5};
  EXPECT_EQ(shape.with_rows(9), (Shape{9, 3, 4, 5}));
  EXPECT_EQ(shape.row(), (Shape{3, 4, 5}));
  EXPECT_EQ(shape.row().batched(8), (Shape{8, 3, 4, 5}));
  EXPECT_EQ((Shape{7}.row()), Shape{});
  expect_error<ShapeError>([&] { shape.batched(2); }, {"[2, 3, 4, 5]"});
}

TEST(Shape, PrintsItself) {
  EXPECT_EQ(Shape{}.to_string(), "[]");
  EXPECT_EQ((Shape{128, 1, 28, 28}.to_string()), "[128, 1, 28, 28]");
}

TEST(Shape, RefusesFiveExtentsAndNegativeOnes) {
  expect_error<ShapeError>([] { Shape({1, 2, 3, 4, 5}); }, {"5 extents", "at most 4"});
  expect_error<ShapeError>([] { Shape({2, -3}); }, {"-3"});
}

TEST(Shape, RequirementsNameTheOpTheArgumentAndBothShapes) {
  require_rank("pool", "x", {1, 2}, 2);
  require_shape("pool", "x", {1, 2}, {1, 2});
  expect_error<ShapeError>(
      [] {
        require_rank("pool", "x", {1, 2}, 4);
      },
      {"pool: x is [1, 2], expected rank 4"});
  expect_error<ShapeError>(
      [] {
        require_shape("pool", "y", {1, 2}, {2, 1});
      },
      {"pool: y is [1, 2], expected [2, 1]"});
}

TEST(View, ShowsRowsOfTheSameMemory) {
  int numbers[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const View<int> view(numbers, {4, 3});
  EXPECT_EQ(view.size(), 12);
  EXPECT_EQ(view.bytes(), 48u);
  const View<const int> rows = view.rows(1, 2);
  EXPECT_EQ(rows.data(), numbers + 3);
  EXPECT_EQ(rows.shape(), (Shape{2, 3}));
  EXPECT_EQ(view.rows(4, 0).size(), 0);
  expect_error<ShapeError>([&] { view.rows(3, 2); }, {"3 to 5", "[4, 3]"});
  expect_error<ShapeError>([&] { view.rows(-1, 2); }, {"-1", "[4, 3]"});
}

TEST(View, TakesAnotherShapeOfEqualSize) {
  int numbers[12] = {};
  const View<int> view(numbers, {4, 3});
  EXPECT_EQ(view.reshaped({2, 3, 2}).shape(), (Shape{2, 3, 2}));
  EXPECT_EQ(view.reshaped({12}).data(), numbers);
  expect_error<ShapeError>([&] { view.reshaped({5, 2}); }, {"[4, 3]", "[5, 2]"});
}

TEST(View, IsEmptyWithoutMemory) {
  EXPECT_TRUE(View<float>().empty());
  EXPECT_EQ(View<float>().size(), 0);
}

}  // namespace
}  // namespace infoplane
