#include "data/tishby.h"

#include <algorithm>
#include <bit>
#include <map>

#include "data/mat.h"
#include "tests/data/files.h"

namespace infoplane {
namespace {

using test::Bytes;
using test::expect_error;
using test::raw;
using test::TemporaryFolder;
using test::text_bytes;
using test::operator+;

/// One element of a MAT-file: tag, data, padding to 8 bytes.
Bytes element(std::uint32_t type, Bytes data) {
  Bytes bytes = raw<std::uint32_t>({type, static_cast<std::uint32_t>(data.size())});
  data.resize((data.size() + 7) / 8 * 8);
  return bytes + data;
}

/// A variable of class uint8 with the logical flag, as MATLAB keeps truth values.
Bytes matrix(const std::string& name, std::int32_t rows, std::int32_t columns, const Bytes& data) {
  return element(14, element(6, raw<std::uint32_t>({0x0209, 0})) +
                         element(5, raw<std::int32_t>({rows, columns})) +
                         element(1, text_bytes(name)) + element(2, data));
}

Bytes mat_file(const std::vector<Bytes>& variables, bool compress = false) {
  Bytes bytes(124, ' ');
  bytes = bytes + Bytes{0, 1, 'I', 'M'};
  for (const Bytes& variable : variables) {
    if (compress) {
      const Bytes data = test::compressed(variable, 15);
      bytes = bytes + raw<std::uint32_t>({15, static_cast<std::uint32_t>(data.size())}) + data;
    } else {
      bytes = bytes + variable;
    }
  }
  return bytes;
}

/// F of all patterns, ascending; column-major.
Bytes all_patterns() {
  Bytes data;
  for (int column = 0; column < 12; ++column) {
    for (int pattern = 0; pattern < 4096; ++pattern) {
      data.push_back(static_cast<std::uint8_t>(pattern >> (11 - column) & 1));
    }
  }
  return data;
}

TEST(Tishby, LabelsHaveTheBalanceOfTheTask) {
  std::map<int, int> positive;
  for (std::uint32_t pattern = 0; pattern < 4096; ++pattern) {
    positive[std::popcount(pattern)] += tishby_label(pattern);
  }
  // By number of points: none up to 4, then 60, 532, 732, and all from 8 on; 2118 in total.
  EXPECT_EQ(positive, (std::map<int, int>{{0, 0},
                                          {1, 0},
                                          {2, 0},
                                          {3, 0},
                                          {4, 0},
                                          {5, 60},
                                          {6, 532},
                                          {7, 732},
                                          {8, 495},
                                          {9, 220},
                                          {10, 66},
                                          {11, 12},
                                          {12, 1}}));
}

TEST(Tishby, LabelsAreTheSameUnderARotation) {
  // Turning the axes x -> y -> z -> x maps the vertices, made axis by axis in groups of four, onto
  // each other: the bits rotate by four.
  for (std::uint32_t pattern = 0; pattern < 4096; ++pattern) {
    const std::uint32_t turned = (pattern << 4 | pattern >> 8) & 4095;
    ASSERT_EQ(tishby_label(pattern), tishby_label(turned)) << pattern;
  }
}

TEST(Tishby, ValidatesOnAllPatternsAndTrainsOnFourFifths) {
  DataOptions options;
  const DataSet set = load_tishby(std::nullopt, options);
  EXPECT_EQ(set.image, Shape({12}));
  EXPECT_EQ(set.classes, 2);
  EXPECT_EQ(set.scale, 1.0f);
  EXPECT_EQ(set.train.size(), 3276);
  ASSERT_EQ(set.validation.size(), 4096);
  EXPECT_EQ(set.validation.labels[4095], 1);
  EXPECT_EQ(Bytes(set.validation.pixels.begin() + 12 * 5, set.validation.pixels.begin() + 12 * 6),
            (Bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1}));
  // The training patterns are not the first ones, and another seed draws others.
  EXPECT_FALSE(
      std::equal(set.train.labels.begin(), set.train.labels.end(), set.validation.labels.begin()));
  options.seed = 7;
  EXPECT_NE(load_tishby(std::nullopt, options).train.pixels, set.train.pixels);
}

TEST(Tishby, ReadsTheUsersOwnFile) {
  Bytes labels(4096, 0);
  labels[1] = 1;
  labels[4000] = 1;
  const TemporaryFolder folder;
  for (const bool compress : {false, true}) {
    const auto file = folder.write(
        "var_u.mat",
        mat_file({matrix("F", 4096, 12, all_patterns()), matrix("y", 1, 4096, labels)}, compress));
    const DataSet set = load_tishby(file, {});
    EXPECT_EQ(set.files, std::vector<std::filesystem::path>{file});
    EXPECT_EQ(set.validation.labels[1], 1);
    EXPECT_EQ(set.validation.labels[4000], 1);
    EXPECT_EQ(std::count(set.validation.labels.begin(), set.validation.labels.end(), 1), 2);
  }
}

TEST(Tishby, RejectsAnotherMatFile) {
  const TemporaryFolder folder;
  const auto expect_bad = [&](const Bytes& bytes, const std::vector<std::string>& parts) {
    const auto file = folder.write("var_u.mat", bytes);
    expect_error<DataError>([&] { load_tishby(file, {}); }, parts);
  };
  const Bytes labels = matrix("y", 1, 4096, Bytes(4096, 0));
  expect_bad({}, {"var_u.mat: is no little-endian MATLAB 5 MAT-file"});
  expect_bad(mat_file({labels}), {"holds no matrix F of 4096 x 12"});
  Bytes patterns = all_patterns();
  patterns[0] = 2;
  expect_bad(mat_file({matrix("F", 4096, 12, patterns), labels}),
             {"pattern 0 is not made of zeros and ones"});
  patterns[0] = 1;  // pattern 0 becomes pattern 2048
  expect_bad(mat_file({matrix("F", 4096, 12, patterns), labels}), {"pattern 2048 is there twice"});
  const Bytes whole = mat_file({labels});
  expect_bad(Bytes(whole.begin(), whole.end() - 4000), {"truncated"});
  expect_bad(mat_file({matrix("y", 2, 4096, Bytes(4096, 0))}), {"does not fill its dimensions"});
  Bytes damaged = mat_file({labels}, true);
  damaged[150] ^= 0xFF;
  expect_bad(damaged, {"damaged or overlong compressed part"});
}

TEST(Mat, LooksAtNothingBehindANameThatIsNotWanted) {
  const TemporaryFolder folder;
  const Bytes other = matrix("z", 9, 9, {1});  // does not fill its dimensions
  const auto file = folder.write("a.mat", mat_file({other, matrix("x", 1, 2, {7, 9})}));
  const std::vector<MatMatrix> matrices = read_mat(file, {"y", "x"});
  ASSERT_EQ(matrices.size(), 1u);
  EXPECT_EQ(matrices[0].name, "x");
  expect_error<DataError>([&] { read_mat(file, {"z"}); }, {"does not fill its dimensions"});
}

TEST(Mat, ReadsSmallElementsAndPassesOverOtherKinds) {
  // The name and data in the 8-byte form: type and size in one word, up to 4 bytes of data.
  const Bytes small_name = raw<std::uint32_t>({1u << 16 | 1, 'x'});
  const Bytes small_data = {2, 0, 2, 0, 7, 9, 0, 0};
  const Bytes flags = element(6, raw<std::uint32_t>({6, 0}));
  const Bytes size = element(5, raw<std::int32_t>({1, 2}));
  const Bytes text = element(14, element(6, raw<std::uint32_t>({4, 0})) + size + small_name);
  const TemporaryFolder folder;
  const auto file =
      folder.write("a.mat", mat_file({text, element(14, flags + size + small_name + small_data)}));
  const std::vector<MatMatrix> matrices = read_mat(file, {"x"});
  ASSERT_EQ(matrices.size(), 1u);
  EXPECT_EQ(matrices[0].name, "x");
  EXPECT_EQ(matrices[0].values, (std::vector<double>{7, 9}));
  EXPECT_EQ(matrices[0].at(0, 1), 9);
}

}  // namespace
}  // namespace infoplane
