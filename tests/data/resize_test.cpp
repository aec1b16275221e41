#include "data/resize.h"

#include <gmock/gmock.h>

#include <array>

namespace infoplane {
namespace {

// Mitchell and Netravali's kernel is 16/18 at 0, 1/18 at 1 and 0 at 2: a step of 255 is rounded off
// by 255/18 at either side. Both versions of stb must have it.
TEST(Resize, FiltersAnAxisThatStaysAsItIs) {
  const std::array<std::uint8_t, 4> row = {0, 0, 255, 255};
  std::array<std::uint8_t, 8> rows{};
  ASSERT_TRUE(resize_pixels(row.data(), 4, 1, rows.data(), 4, 2, 1));
  EXPECT_THAT(rows, testing::ElementsAre(0, 14, 241, 255, 0, 14, 241, 255));
}

}  // namespace
}  // namespace infoplane
