#include "core/nearest.h"

#include <gtest/gtest.h>

namespace infoplane {
namespace {

TEST(EditDistance, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("abc", ""), 3);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("mnsit", "mnist"), 1);  // one swap of neighbours
  EXPECT_EQ(edit_distance("CIFAR10", "cifar10"), 0);
}

TEST(Nearest, PicksTheLikelyOne) {
  const std::vector<std::string> names = {"mnist", "fashion-mnist", "cifar10", "cifar100"};
  EXPECT_EQ(nearest("mnsit", names), "mnist");
  EXPECT_EQ(nearest("cifar-100", names), "cifar100");
  EXPECT_EQ(nearest("fashion", names), "fashion-mnist");  // it begins so
  EXPECT_EQ(nearest("", {"ab", "c"}), "c");
  EXPECT_EQ(nearest("xy", {"ab", "cd"}), "ab");  // the first of equals
  EXPECT_EQ(nearest("anything", {}), "");
}

}  // namespace
}  // namespace infoplane
