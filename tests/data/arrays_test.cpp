#include "data/arrays.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

#include "data/npy.h"
#include "tests/data/files.h"
#include "tests/data/limits.h"
#include "tests/support/sanitized.h"

namespace infoplane {
namespace {

using test::Bytes;
using test::expect_error;
using test::npy;
using test::raw;
using test::TemporaryFolder;

class Arrays : public testing::Test {
 protected:
  DataSet load(const Bytes& images, const Bytes& labels) {
    return load_arrays({folder_.write("images.npy", images), folder_.write("labels.npy", labels)},
                       std::nullopt, options_);
  }
  void expect_bad(const Bytes& images, const Bytes& labels, const std::vector<std::string>& parts) {
    expect_error<DataError>([&] { load(images, labels); }, parts);
  }

  TemporaryFolder folder_;
  DataOptions options_;
};

/// Ten uint8 images of 2 x 2: image i is filled with i, and its label is i mod 3.
const Bytes kImages = [] {
  Bytes pixels;
  for (std::uint8_t i = 0; i < 10; ++i) {
    pixels.insert(pixels.end(), 4, i);
  }
  return npy("|u1", "(10, 2, 2)", pixels);
}();
const Bytes kLabels = npy("<i8", "(10,)", raw<std::int64_t>({0, 1, 2, 0, 1, 2, 0, 1, 2, 0}));

TEST_F(Arrays, SplitsEightyToTwentyAndKeepsPairsTogether) {
  const DataSet set = load(kImages, kLabels);
  EXPECT_EQ(set.image, Shape({1, 2, 2}));
  EXPECT_EQ(set.classes, 3);
  EXPECT_EQ(set.class_names, (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_FLOAT_EQ(set.scale, 1.0f / 255.0f);
  EXPECT_EQ(set.train.size(), 8);
  EXPECT_EQ(set.validation.size(), 2);
  std::set<int> seen;
  for (const Split* split : {&set.train, &set.validation}) {
    for (std::int64_t i = 0; i < split->size(); ++i) {
      const int image = split->pixels[static_cast<std::size_t>(4 * i)];
      seen.insert(image);
      EXPECT_EQ(split->sources.rows[static_cast<std::size_t>(i)], image);
      EXPECT_EQ(split->pixels[static_cast<std::size_t>(4 * i + 3)], image);
      EXPECT_EQ(split->labels[static_cast<std::size_t>(i)], image % 3);
    }
  }
  EXPECT_EQ(seen.size(), 10u);
}

TEST_F(Arrays, TheSeedDecidesTheSplit) {
  const DataSet first = load(kImages, kLabels);
  EXPECT_EQ(load(kImages, kLabels).train.pixels, first.train.pixels);
  options_.seed = 1;
  EXPECT_NE(load(kImages, kLabels).train.pixels, first.train.pixels);
}

TEST_F(Arrays, AValidationPartThatIsGivenIsTheSameForEverySeed) {
  const ArrayFiles training{folder_.write("x.npy", kImages), folder_.write("y.npy", kLabels)};
  const ArrayFiles validation{
      folder_.write("vx.npy",
                    npy("|u1", "(4, 2, 2)", {9, 9, 9, 9, 8, 8, 8, 8, 7, 7, 7, 7, 6, 6, 6, 6})),
      folder_.write("vy.npy", npy("|u1", "(4,)", {0, 0, 1, 1}))};
  const DataSet set = load_arrays(training, validation, options_);
  EXPECT_EQ(set.classes, 3);
  EXPECT_EQ(set.train.size(), 10);
  EXPECT_EQ(set.validation.labels, (std::vector<std::int32_t>{0, 0, 1, 1}));
  EXPECT_EQ(set.validation.pixels[4], 8);
  EXPECT_EQ(set.validation.sources.rows, (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(set.files.size(), 4u);
  options_.seed = 1;
  const DataSet other = load_arrays(training, validation, options_);
  EXPECT_NE(other.train.pixels, set.train.pixels);
  EXPECT_EQ(other.validation.pixels, set.validation.pixels);
  options_.limit = 3;
  const DataSet some = load_arrays(training, validation, options_);
  EXPECT_EQ(some.train.size(), 3);
  EXPECT_EQ(some.validation.size(), 3);
  options_.seed = 2;
  EXPECT_EQ(load_arrays(training, validation, options_).validation.sources.rows,
            some.validation.sources.rows);
}

TEST_F(Arrays, AValidationPartThatDoesNotFitIsRefused) {
  const ArrayFiles training{folder_.write("x.npy", kImages), folder_.write("y.npy", kLabels)};
  const Bytes labels = npy("|u1", "(2,)", {0, 2});
  const auto expect_refused = [&](const Bytes& images, const Bytes& of_them,
                                  const std::vector<std::string>& parts) {
    const ArrayFiles validation{folder_.write("vx.npy", images), folder_.write("vy.npy", of_them)};
    expect_error<DataError>([&] { load_arrays(training, validation, options_); }, parts);
  };
  const Bytes images = npy("|u1", "(2, 2, 2)", Bytes(8));
  expect_refused(npy("|u1", "(2, 2, 3)", Bytes(12)), labels,
                 {"vx.npy: images have shape (2, 2, 3)", "x.npy, (10, 2, 2)"});
  expect_refused(npy("<f4", "(2, 2, 2)", Bytes(32)), labels,
                 {"vx.npy: images are of dtype '<f4'", "x.npy, of '|u1'", "divided by 255"});
  expect_refused(images, npy("|u1", "(2,)", {0, 3}),
                 {"vy.npy: label 3 of image 1", "training labels, 0 to 2, lack"});
  expect_refused(images, npy("|u1", "(3,)", {0, 1, 2}),
                 {"vy.npy: holds 3 labels", "vx.npy holds 2"});
  expect_refused(npy("<i8", "(2, 2, 2)", Bytes(64)), labels, {"vx.npy: images are of dtype '<i8'"});
}

TEST_F(Arrays, LimitTakesTheFirstOfEachSplit) {
  const DataSet whole = load(kImages, kLabels);
  options_.limit = 3;
  const DataSet some = load(kImages, kLabels);
  EXPECT_EQ(some.train.size(), 3);
  EXPECT_EQ(some.validation.size(), 2);
  EXPECT_EQ(some.train.sources.rows.size(), 3u);
  EXPECT_TRUE(
      std::equal(some.train.pixels.begin(), some.train.pixels.end(), whole.train.pixels.begin()));
}

TEST_F(Arrays, FloatsAreUsedAsTheyAre) {
  const Bytes labels = npy("|u1", "(2, 1)", {1, 0});
  for (const bool wide : {false, true}) {
    const DataSet set = load(wide ? npy("<f8", "(2, 3)", raw<double>({1, 2, 3, 4, 5, 6}))
                                  : npy("<f4", "(2, 3)", raw<float>({1, 2, 3, 4, 5, 6})),
                             labels);
    EXPECT_EQ(set.image, Shape({3}));
    EXPECT_EQ(set.scale, 1.0f);
    EXPECT_TRUE(set.train.pixels.empty());
    const bool first = set.train.labels[0] == 1;
    EXPECT_EQ(set.train.values,
              first ? (std::vector<float>{1, 2, 3}) : (std::vector<float>{4, 5, 6}));
  }
}

TEST_F(Arrays, FloatsFarBeyondOneAreNoted) {
  const auto notes = [&](const std::vector<float>& values) {
    return load(npy("<f4", "(4, 1)", raw(values)), npy("|u1", "(4,)", {0, 1, 0, 1})).notes;
  };
  EXPECT_TRUE(notes({-16, 16, 0.5, 0}).empty());
  options_.limit = 3;  // all that trains
  for (const float far : {255.0f, -17.5f}) {
    const std::vector<std::string> said = notes({far, far, far, far});
    ASSERT_EQ(said.size(), 1u);
    EXPECT_NE(
        said[0].find("images.npy: values of " + std::string(far > 0 ? "255" : "-17.5") + " to "),
        std::string::npos)
        << said[0];
    EXPECT_NE(said[0].find("divided by 255"), std::string::npos);
  }
  const ArrayFiles training{folder_.write("x.npy", npy("<f4", "(2, 1)", raw<float>({0, 1}))),
                            folder_.write("y.npy", npy("|u1", "(2,)", {0, 1}))};
  const ArrayFiles validation{folder_.write("vx.npy", npy("<f4", "(2, 1)", raw<float>({0, 99}))),
                              training.labels};
  const std::vector<std::string> said = load_arrays(training, validation, options_).notes;
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said[0].find("vx.npy: values of 0 to 99"), std::string::npos) << said[0];
}

TEST_F(Arrays, RejectsOtherTypesAndShapes) {
  expect_bad(npy("<i4", "(1, 2)", raw<std::int32_t>({1, 2})), kLabels,
             {"images.npy: images are of dtype '<i4'", "astype"});
  expect_bad(npy("|u1", "(4,)", {1, 2, 3, 4}), kLabels, {"images have shape (4,)"});
  expect_bad(kImages, npy("<f4", "(1,)", raw<float>({1})), {"labels.npy: holds <f4"});
  expect_bad(kImages, npy("|u1", "(5, 2)", Bytes(10)), {"labels have shape (5, 2)"});
}

TEST_F(Arrays, RejectsCountsAndLabelsThatDoNotFit) {
  expect_bad(kImages, npy("|u1", "(9,)", Bytes(9)),
             {"labels.npy: holds 9 labels", "images.npy holds 10 images"});
  expect_bad(kImages, npy("|u1", "(10,)", Bytes(10)), {"every label is 0", "two classes"});
  expect_bad(npy("|u1", "(1, 1)", {3}), npy("|u1", "(1,)", {1}), {"holds one image"});
  std::vector<std::int64_t> labels(10, 1);
  labels[4] = -1;
  expect_bad(kImages, npy("<i8", "(10,)", raw(labels)), {"label -1 of image 4 is out of range"});
  labels[4] = 70000;
  expect_bad(kImages, npy("<i8", "(10,)", raw(labels)), {"label 70000 of image 4"});
}

TEST_F(Arrays, ChannelsLastBecomeChannelsFirst) {
  const auto pixels = [&](const std::string& shape, const Bytes& image) {
    Bytes all;
    for (int i = 0; i < 10; ++i) {
      all.insert(all.end(), image.begin(), image.end());
    }
    return load(npy("|u1", "(10, " + shape + ")", all), kLabels);
  };
  const DataSet last = pixels("2, 2, 3", {1, 2, 3, 11, 12, 13, 21, 22, 23, 31, 32, 33});
  EXPECT_EQ(last.image, Shape({3, 2, 2}));
  EXPECT_EQ(Bytes(last.train.pixels.begin(), last.train.pixels.begin() + 12),
            (Bytes{1, 11, 21, 31, 2, 12, 22, 32, 3, 13, 23, 33}));
  ASSERT_EQ(last.notes.size(), 1u);
  EXPECT_NE(last.notes[0].find("(10, 2, 2, 3) are taken as (N, H, W, C)"), std::string::npos);
  EXPECT_EQ(pixels("2, 2, 1", {1, 2, 3, 4}).image, Shape({1, 2, 2}));
  for (const auto& [shape, image] :
       {std::pair("3, 2, 2", Shape({3, 2, 2})), std::pair("1, 2, 3", Shape({1, 2, 3})),
        std::pair("3, 2, 3", Shape({3, 2, 3})), std::pair("2, 3, 2", Shape({2, 3, 2}))}) {
    Bytes content(static_cast<std::size_t>(image.numel()));
    std::iota(content.begin(), content.end(), std::uint8_t{1});
    const DataSet first = pixels(shape, content);
    EXPECT_EQ(first.image, image);
    EXPECT_EQ(Bytes(first.train.pixels.begin(), first.train.pixels.begin() + image.numel()),
              content);
    EXPECT_TRUE(first.notes.empty());
  }
}

TEST_F(Arrays, SaysWhatMemoryDoesNotHold) {
  if (test::kSanitized) {
    GTEST_SKIP() << "the sanitizers have a memory of their own";
  }
  const Bytes header = npy("<f4", "(10, 1024, 1024, 64)", {});
  const auto images = folder_.write("images.npy", header);
  std::filesystem::resize_file(images, header.size() + 4 * (std::uint64_t{640} << 20));  // of holes
  const auto labels = folder_.write("labels.npy", kLabels);
  const test::MemoryLimit limit(std::uint64_t{3} << 30);  // the mapped file is in it
  expect_error<DataError>(
      [&] {
        load_arrays({images, labels}, std::nullopt, options_);
      },
      {"images.npy: 8 images take 2147483648 bytes, more memory than there is", "--limit"});
  const NpyArray array(images);
  expect_error<DataError>([&] { array.to_vector<double>(); },
                          {"images.npy: its elements take 5368709120 bytes, more memory"});
}

TEST_F(Arrays, RejectsValuesThatAreNoNumber) {
  const Bytes labels = npy("|u1", "(2,)", {0, 1});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  expect_bad(npy("<f4", "(2, 2)", raw<float>({1, 2, 3, nan})), labels, {"image 1 holds a NaN"});
  expect_bad(npy("<f8", "(2, 1)", raw<double>({1e300, 0})), labels, {"image 0 holds"});
}

}  // namespace
}  // namespace infoplane
