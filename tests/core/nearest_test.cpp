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

TEST(Suggestion, IsTheNearestNameWhereThatIsNearElseAll) {
  const std::vector<std::string> names = {"mnist", "fashion-mnist", "cifar10"};
  EXPECT_EQ(suggestion("mnsit", names), "did you mean 'mnist'?");
  EXPECT_EQ(suggestion("minsst", names), "did you mean 'mnist'?");  // two of six
  EXPECT_EQ(suggestion("fash", names), "did you mean 'fashion-mnist'?");
  EXPECT_EQ(suggestion("nosuch", names), "there are mnist, fashion-mnist and cifar10");
  EXPECT_EQ(suggestion("foo", {"paper"}), "there is paper");
  EXPECT_EQ(suggestion("mj", {"mi"}), "did you mean 'mi'?");
  EXPECT_EQ(suggestion("ab", {"cd"}), "there is cd");
  EXPECT_EQ(suggestion("", {"a"}), "did you mean 'a'?");
  EXPECT_EQ(suggestion("mnits", names, "see the list"), "did you mean 'mnist'? see the list");
  EXPECT_EQ(suggestion("x", {"paper"}, "see the list"), "there is paper; see the list");
  EXPECT_EQ(suggestion("anything", {}), "there are none");
}

}  // namespace
}  // namespace infoplane
