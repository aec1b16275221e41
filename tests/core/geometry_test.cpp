#include "core/geometry.h"

#include "core/error.h"
#include "tests/support/errors.h"

namespace infoplane {
namespace {

using test::expect_error;

Shape output(const Window& window, const Shape& x, std::int64_t channels = 7) {
  return window.output("op", x, channels);
}

TEST(Window, OutputSizes) {
  EXPECT_EQ(output(Window::square(5, 1, 2), {128, 1, 28, 28}, 10), (Shape{128, 10, 28, 28}));
  EXPECT_EQ(output(Window::square(2, 2, 0), {1, 7, 28, 28}), (Shape{1, 7, 14, 14}));
  EXPECT_EQ(output(Window::square(2, 2, 0), {1, 7, 7, 7}), (Shape{1, 7, 3, 3}));
  EXPECT_EQ(output(Window::square(3, 2, 0), {1, 7, 7, 7}), (Shape{1, 7, 3, 3}));
  EXPECT_EQ(output(Window::square(1, 2, 0), {1, 7, 3, 3}), (Shape{1, 7, 2, 2}));
  EXPECT_EQ(output(Window::square(11, 4, 5), {1, 3, 32, 32}, 64), (Shape{1, 64, 8, 8}));
  EXPECT_EQ(output({3, 1, 2, 1, 1, 0}, {2, 3, 9, 5}), (Shape{2, 7, 5, 5}));
  EXPECT_EQ(output(Window::square(3, 1, 0), {1, 1, 3, 3}), (Shape{1, 7, 1, 1}));
}

TEST(Window, RefusesWhatDoesNotFit) {
  expect_error<ShapeError>(
      [] {
        output(Window::square(3, 1, 0), {4, 3});
      },
      {"op: x is [4, 3]", "[N, C, H, W]"});
  expect_error<ShapeError>(
      [] {
        output(Window::square(5, 1, 0), {1, 1, 4, 9});
      },
      {"window 5 x 5", "4 x 9"});
  expect_error<ShapeError>([] { output(Window::square(0, 1, 0), {1, 1, 4, 9}); }, {"kernel 0 x 0"});
  expect_error<ShapeError>([] { output(Window::square(1, 0, 0), {1, 1, 4, 9}); }, {"stride 0 x 0"});
  expect_error<ShapeError>(
      [] {
        output(Window::square(1, 1, -1), {1, 1, 4, 9});
      },
      {"padding -1 x -1"});
}

}  // namespace
}  // namespace infoplane
