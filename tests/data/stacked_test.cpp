#include "data/stacked.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/data/files.h"

namespace infoplane {
namespace {

using test::expect_error;

/// `n` images of `image` whose pixels are all the image's number (below 256), labels i mod classes.
Split numbered(int n, std::int64_t image, int classes) {
  Split split;
  for (int i = 0; i < n; ++i) {
    split.pixels.insert(split.pixels.end(), static_cast<std::size_t>(image),
                        static_cast<std::uint8_t>(i));
    split.labels.push_back(i % classes);
  }
  return split;
}

DataSet numbered_set(const Shape& image, int classes) {
  DataSet set;
  set.image = image;
  set.classes = classes;
  for (int label = 0; label < classes; ++label) {
    set.class_names.push_back(std::to_string(label));
  }
  set.train = numbered(200, image.numel(), classes);
  set.validation = numbered(50, image.numel(), classes);
  return set;
}

TEST(Stacked, ImagesAreChannelsAndLabelsAreDigits) {
  const DataSet set = stack_images(numbered_set({2, 3, 4}, 10), 3);
  EXPECT_EQ(set.image, Shape({6, 3, 4}));
  EXPECT_EQ(set.classes, 1000);
  ASSERT_EQ(set.class_names.size(), 1000u);
  EXPECT_EQ(set.class_names[371], "3-7-1");
  for (const Split* split : {&set.train, &set.validation}) {
    const std::int64_t n = split == &set.train ? 200 : 50;
    ASSERT_EQ(split->size(), n);
    ASSERT_EQ(std::ssize(split->pixels), n * 72);
    for (std::int64_t i = 0; i < n; ++i) {
      int label = 0;
      for (int place = 0; place < 3; ++place) {
        const auto begin = split->pixels.begin() + i * 72 + place * 24;
        EXPECT_EQ(std::count(begin, begin + 24, *begin), 24) << i;
        label = label * 10 + *begin % 10;
      }
      EXPECT_EQ(split->labels[static_cast<std::size_t>(i)], label) << i;
    }
  }
}

TEST(Stacked, EachImageIsInEachPlaceOnceInOrdersOfItsOwn) {
  const Split split = stack_images(numbered_set({1, 1, 1}, 10), 3).train;
  std::vector<std::vector<int>> orders(3);
  for (std::size_t i = 0; i < split.pixels.size(); ++i) {
    orders[i % 3].push_back(split.pixels[i]);
  }
  EXPECT_TRUE(std::is_sorted(orders[0].begin(), orders[0].end()));
  for (const std::vector<int>& order : orders) {
    EXPECT_EQ(std::set<int>(order.begin(), order.end()).size(), 200u);
  }
  for (const auto& [a, b] : {std::pair(0, 1), std::pair(0, 2), std::pair(1, 2)}) {
    int same = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      same += orders[static_cast<std::size_t>(a)][i] == orders[static_cast<std::size_t>(b)][i];
    }
    EXPECT_LT(same, 10) << a << " and " << b;  // one is expected of a random order
  }
}

TEST(Stacked, ItsNameSaysItsKind) {
  const ImageKind three = parse_stacked("stacked:3:mnist").kind();
  EXPECT_EQ(three.image, Shape({3, 28, 28}));
  EXPECT_EQ(three.classes, 1000);
  const ImageKind two = parse_stacked("stacked:2:cifar100").kind();
  EXPECT_EQ(two.image, Shape({6, 32, 32}));
  EXPECT_EQ(two.classes, 10000);
}

TEST(Stacked, ANameThatCannotBeSaysWhy) {
  for (const std::string wrong :
       {"stacked:", "stacked:mnist", "stacked:2", "stacked::mnist", "stacked:1:mnist",
        "stacked:-2:mnist", "stacked:2x:mnist", "stacked:99999999999:mnist"}) {
    expect_error<UsageError>([&] { parse_stacked(wrong); },
                             {"'" + wrong + "'", "must be stacked:COUNT:NAME"});
  }
  expect_error<UsageError>([] { parse_stacked("stacked:2:mnsit"); },
                           {"cannot stack 'mnsit'", "did you mean 'mnist'?"});
  expect_error<UsageError>([] { parse_stacked("stacked:2:tishby"); }, {"cannot stack 'tishby'"});
  expect_error<UsageError>([] { parse_stacked("stacked:5:mnist"); },
                           {"more than 65536 classes", "stack fewer"});
  expect_error<UsageError>([] { parse_stacked("stacked:2000000000:mnist"); },
                           {"more than 65536 classes"});
}

}  // namespace
}  // namespace infoplane
