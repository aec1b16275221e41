#include "data/npy.h"

#include <algorithm>

#include "data/npy_writer.h"
#include "tests/data/files.h"

namespace infoplane {
namespace {

using test::Bytes;
using test::expect_error;
using test::npy;
using test::raw;
using test::TemporaryFolder;
using test::text_bytes;
using test::operator+;

class Npy : public testing::Test {
 protected:
  NpyArray array(const Bytes& bytes) { return NpyArray(folder_.write("a.npy", bytes)); }
  void expect_bad(const Bytes& bytes, const std::vector<std::string>& parts) {
    expect_error<DataError>([&] { array(bytes); }, parts);
  }

  TemporaryFolder folder_;
};

TEST_F(Npy, ViewsNativeFloatsInPlace) {
  const std::vector<float> values = {0, 1, 2, 3, 4, 5};
  const NpyArray a = array(npy("<f4", "(2, 3)", raw(values)));
  EXPECT_EQ(a.shape(), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(a.rows(), 2);
  EXPECT_EQ(a.row_size(), 3);
  EXPECT_EQ(a.dtype(), "<f4");
  EXPECT_TRUE(a.is_floating());
  const auto view = a.view<float>();
  ASSERT_TRUE(view.has_value());
  EXPECT_TRUE(std::equal(view->begin(), view->end(), values.begin(), values.end()));
  EXPECT_FALSE(a.view<double>().has_value());
  EXPECT_FALSE(a.view<std::int32_t>().has_value());
}

TEST_F(Npy, ConvertsEveryType) {
  const auto expect = [&](const std::string& descr, const Bytes& data,
                          const std::vector<double>& values) {
    SCOPED_TRACE(descr);
    EXPECT_EQ(array(npy(descr, "(2,)", data)).to_vector<double>(), values);
  };
  expect("|b1", {0, 2}, {0, 1});
  expect("|i1", {0xFF, 1}, {-1, 1});
  expect("|u1", {0xFF, 1}, {255, 1});
  expect("<i2", {0xFE, 0xFF, 2, 1}, {-2, 258});
  expect(">i2", {0xFF, 0xFE, 1, 2}, {-2, 258});
  expect("<u2", {0xFE, 0xFF, 2, 1}, {65534, 258});
  expect(">u4", {0, 0, 1, 2, 0xFF, 0, 0, 0}, {258, 4278190080.0});
  expect("<i4", raw<std::int32_t>({-5, 7}), {-5, 7});
  expect("<i8", raw<std::int64_t>({-5, 7}), {-5, 7});
  expect("<u8", raw<std::uint64_t>({5, 7}), {5, 7});
  expect("<f2", {0x00, 0x3C, 0x00, 0xC0}, {1, -2});
  expect(">f2", {0x35, 0x55, 0x7B, 0xFF}, {0x1.554p-2, 65504});
  expect("<f2", {0x01, 0x00, 0x00, 0x84}, {0x1p-24, -0x1p-14});  // subnormal, the least normal
  expect("<f8", raw<double>({0.1, -1e300}), {0.1, -1e300});
  expect(">f4", {0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0}, {1, -2});
}

TEST_F(Npy, ReadsFortranOrder) {
  // Element [i][j][k] is 100 i + 10 j + k; the first axis is the fastest in the file.
  std::vector<float> stored;
  for (int k = 0; k < 2; ++k) {
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 4; ++i) {
        stored.push_back(static_cast<float>(100 * i + 10 * j + k));
      }
    }
  }
  const NpyArray a = array(npy("<f4", "(4, 3, 2)", raw(stored), true));
  EXPECT_TRUE(a.fortran_order());
  EXPECT_FALSE(a.view<float>().has_value());
  std::vector<float> rows(2 * 6);
  a.copy_rows(1, 2, rows.data());
  EXPECT_EQ(rows, (std::vector<float>{100, 101, 110, 111, 120, 121, 200, 201, 210, 211, 220, 221}));
  // A vector has only one order.
  EXPECT_TRUE(array(npy("<f4", "(3,)", raw<float>({1, 2, 3}), true)).view<float>().has_value());
}

TEST_F(Npy, ReadsHeadersAsOldAndNewNumpyWriteThem) {
  const Bytes data = raw<std::int32_t>({1, 2});
  EXPECT_EQ(array(npy("{\"shape\":(2L,),\"fortran_order\":False,\"descr\":\"<i4\"}", data)).rows(),
            2);
  for (const std::uint8_t version : {std::uint8_t{2}, std::uint8_t{3}}) {
    const std::string text = "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }\n";
    const Bytes header = {
        0x93, 'N', 'U', 'M', 'P', 'Y', version, 0, static_cast<std::uint8_t>(text.size()), 0, 0, 0};
    const NpyArray a = array(header + text_bytes(text) + data);
    EXPECT_EQ(a.to_vector<std::int32_t>(), (std::vector<std::int32_t>{1, 2}));
  }
}

TEST_F(Npy, ReadsUnalignedDataByCopying) {
  const Bytes header = npy("<f8", "(1,)", {});
  Bytes odd = header;
  odd[8] = static_cast<std::uint8_t>(odd[8] + 1);  // one more byte of padding
  const NpyArray a = array(odd + Bytes{' '} + raw<double>({2.5}));
  EXPECT_FALSE(a.view<double>().has_value());
  EXPECT_EQ(a.to_vector<double>(), std::vector<double>{2.5});
}

TEST_F(Npy, RejectsWhatIsNoArray) {
  expect_bad({}, {"a.npy: is empty"});
  expect_bad(text_bytes("PK\x03\x04 and so on"), {".npz archive"});
  expect_bad(text_bytes("hello, world"), {"is no .npy file"});
  Bytes version = npy("<f4", "(1,)", raw<float>({1}));
  version[6] = 9;
  expect_bad(version, {"version 9"});
  expect_bad(Bytes(version.begin(), version.begin() + 6), {"version 0"});
}

TEST_F(Npy, RejectsSizesThatDoNotFit) {
  const Bytes data = raw<float>({1, 2, 3});
  expect_bad(npy("<f4", "(4,)", data), {"shape (4,) of <f4, but 12 bytes follow: truncated"});
  expect_bad(npy("<f4", "(2,)", data), {"too long"});
  expect_bad(npy("<f4", "(0, 3)", {}), {"is empty, shape (0, 3)"});
  expect_bad(npy("<f4", "()", raw<float>({1})), {"single number"});
  expect_bad(npy("<f4", "(4294967296, 4294967296, 3)", data), {"truncated"});
  expect_bad(npy("<f4", "(9223372036854775807, 9223372036854775807)", data), {"truncated"});
  expect_bad(npy("<f4", "(99999999999999999999,)", data), {"an extent is no number"});
  const Bytes whole = npy("<f4", "(3,)", data);
  expect_bad(Bytes(whole.begin(), whole.begin() + 30), {"ends inside the header"});
  expect_bad(Bytes(whole.begin(), whole.begin() + 9), {"ends inside the header"});
}

TEST_F(Npy, RejectsDamagedHeaders) {
  const auto expect_bad_header = [&](const std::string& text, const std::string& part) {
    SCOPED_TRACE(text);
    expect_bad(npy(text, raw<float>({1})), {part});
  };
  expect_bad_header("", "expected '{'");
  expect_bad_header("{'descr': '<f4', 'fortran_order': False}", "expected the keys");
  expect_bad_header("{'descr': '<f4", "does not end");
  expect_bad_header("{'descr': 4}", "expected a quoted string");
  expect_bad_header("{'other': '<f4'}", "unknown key 'other'");
  expect_bad_header("{'descr': '<f4', 'fortran_order': Maybe}", "expected 'False'");
  expect_bad_header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "no number");
  expect_bad_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "alone");
  expect_bad_header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "records");
}

TEST_F(Npy, RejectsOtherTypes) {
  for (const std::string descr : {"<f16", "<c8", "|O", "<U4", "|S4", "<M8[ns]", "f4", "<i3", ""}) {
    SCOPED_TRACE(descr);
    expect_bad(npy(descr, "(1,)", raw<double>({1})), {"dtype '" + descr + "'", "convert it"});
  }
}

TEST_F(Npy, RefusesConversionsThatLose) {
  const NpyArray floats = array(npy("<f4", "(1,)", raw<float>({1})));
  expect_error<DataError>([&] { floats.to_vector<std::int32_t>(); }, {"expected integers"});
  const NpyArray large = array(npy("<i8", "(1,)", raw<std::int64_t>({1LL << 40})));
  expect_error<DataError>([&] { large.to_vector<std::int32_t>(); },
                          {"1099511627776", "out of range"});
  const NpyArray negative = array(npy("|i1", "(1,)", {0xFF}));
  expect_error<DataError>([&] { negative.to_vector<std::uint8_t>(); }, {"-1", "out of range"});
}

TEST(NpyWriter, IsReadBackAndNotThereUntilItIsWhole) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "array.npy";
  const std::vector<float> values = {1.0f, -0.0f, 3.5f, 4.0f, 5.0f, 6.0f};
  {
    NpyWriter<float> writer(file, {2, 3});
    writer.append(std::span(values).first(4));
    expect_error<Error>([&] { writer.finish(); }, {"array.npy", "2 values are missing"});
  }  // given up
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  NpyWriter<float> writer(file, {2, 3});
  writer.append(std::span(values).first(4));
  writer.append(std::span(values).subspan(4));
  EXPECT_FALSE(std::filesystem::exists(file));
  writer.finish();
  const NpyArray array(file);
  EXPECT_EQ(array.shape(), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(array.dtype(), "<f4");
  EXPECT_EQ(array.to_vector<float>(), values);

  NpyWriter<std::int32_t> labels(folder.path() / "labels.npy", {1});
  const std::vector<std::int32_t> seven = {7};
  labels.append(seven);
  labels.finish();
  EXPECT_EQ(NpyArray(folder.path() / "labels.npy").to_vector<std::int32_t>(), seven);
  EXPECT_EQ(NpyArray(folder.path() / "labels.npy").shape(), std::vector<std::int64_t>{1});
}

}  // namespace
}  // namespace infoplane
