#include "train/safetensors.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "core/error.h"
#include "core/rng.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"
#include "train/checkpoint.h"

namespace infoplane::test {
namespace {

/// A file of the format, from a header and as many data bytes.
Bytes file_of(const std::string& header, std::size_t data_bytes) {
  Bytes bytes;
  for (int i = 0; i < 8; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(header.size() >> (8 * i)));
  }
  return bytes + text_bytes(header) + Bytes(data_bytes);
}

TEST(SafeTensors, ReadsWhatItWrote) {
  const TemporaryFolder folder;
  const SafeTensors written = {{{"a", "1"}, {"quoted \"b\"", "x\n"}},
                               {{"first", {2, 3}, {1, 2, 3, 4, 5, 6}},
                                {"kernel", {1, 2, 1, 2}, {-1, 0, 0.5f, 1e-40f}},
                                {"scalar", {}, {7}},
                                {"empty", {0}, {}}}};
  write_safetensors(folder / "t", written);
  const SafeTensors read = read_safetensors(folder / "t");
  EXPECT_EQ(read.metadata, written.metadata);
  ASSERT_EQ(read.tensors.size(), written.tensors.size());
  for (std::size_t i = 0; i < read.tensors.size(); ++i) {
    EXPECT_EQ(read.tensors[i].name, written.tensors[i].name);
    EXPECT_EQ(read.tensors[i].shape, written.tensors[i].shape);
    EXPECT_EQ(read.tensors[i].values, written.tensors[i].values);
  }
}

// By the format's specification: length, header, data.
TEST(SafeTensors, ReadsAFileOfTheFormat) {
  const TemporaryFolder folder;
  Bytes bytes = file_of(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8);
  const float values[2] = {1.5f, -2.0f};
  std::memcpy(bytes.data() + bytes.size() - 8, values, 8);
  const SafeTensors read = read_safetensors(folder.write("t", bytes));
  ASSERT_EQ(read.tensors.size(), 1u);
  EXPECT_EQ(read.tensors[0].values, std::vector<float>({1.5f, -2.0f}));
}

TEST(SafeTensors, DamagedFilesAreOneLine) {
  const TemporaryFolder folder;
  const auto refused = [&](const Bytes& bytes, const std::string& part) {
    expect_error<DataError>([&] { read_safetensors(folder.write("damaged", bytes)); },
                            {"damaged", part});
  };
  const auto entry = [](const std::string& inner) { return "{\"w\":{" + inner + "}}"; };
  refused({}, "header");
  refused({1, 2, 3}, "header");
  refused(Bytes(8, 0xFF), "header");
  refused(file_of("{", 0), "JSON");
  refused(file_of("[1]", 0), "JSON");
  refused(file_of(entry(R"("dtype":"F32")"), 8), "incomplete");
  refused(file_of(entry(R"("dtype":"F16","shape":[4],"data_offsets":[0,8])"), 8), "F32");
  refused(file_of(entry(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"), 8), "place");
  refused(file_of(entry(R"("dtype":"F32","shape":[2],"data_offsets":[4,12])"), 8), "place");
  refused(file_of(entry(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), 8), "place");
  refused(file_of(entry(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"), 8), "shape");
  refused(
      file_of(entry(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8])"), 8),
      "shape");
  refused(file_of(R"({"__metadata__":{"a":1}})", 0), "metadata");
  refused(file_of(R"({"__metadata__":"a"})", 0), "metadata");
  expect_error<DataError>([] { read_safetensors("/no/such/file"); }, {"/no/such/file"});
}

// Else a small file could ask for any amount of memory.
TEST(SafeTensors, TensorsCoverTheDataOnce) {
  const TemporaryFolder folder;
  using Places = std::vector<std::pair<int, int>>;  // first value, and the one behind the last
  const auto read = [&](const Places& places) {
    std::string header;
    for (const auto& [first, last] : places) {
      header +=
          fmt::format(R"({}"{}":{{"dtype":"F32","shape":[{}],"data_offsets":[{},{}]}})",
                      header.empty() ? "" : ",", header.size(), last - first, 4 * first, 4 * last);
    }
    return read_safetensors(folder.write("t", file_of("{" + header + "}", 4 * 5)));
  };
  const SafeTensors good = read({{3, 5}, {2, 2}, {0, 2}, {2, 3}});
  std::vector<std::int64_t> sizes;  // in the order of their data
  for (const NamedTensor& tensor : good.tensors) {
    sizes.push_back(tensor.shape[0]);
  }
  EXPECT_EQ(sizes, std::vector<std::int64_t>({2, 0, 1, 2}));
  expect_error<DataError>([&] { read({{0, 5}, {0, 5}}); }, {"where the data before it end"});
  expect_error<DataError>([&] { read({{0, 2}, {3, 5}}); }, {"where the data before it end"});
  expect_error<DataError>([&] { read({{0, 4}}); }, {"20 bytes of data, its tensors take 16"});
}

TEST(SafeTensors, ACheckpointKnowsItsNumbers) {
  const TemporaryFolder folder;
  Checkpoint checkpoint;
  checkpoint.tensors = {{"w", {2, 3}, {1, 2, 3, 4, 5, 6}}, {"b", {3}, {1, 2, 3}}};
  write_checkpoint(folder / "t", checkpoint);
  Bytes bytes = read_bytes(folder / "t");
  for (const std::size_t from_end : {1, 12, 36}) {
    Bytes flipped = bytes;
    flipped[flipped.size() - from_end] ^= 1;
    expect_error<DataError>([&] { read_checkpoint(folder.write("f", flipped)); },
                            {"/f: ", "numbers", "damaged"});
  }
  const Bytes key = text_bytes("\"passes\":\"");
  const auto found = std::search(bytes.begin(), bytes.end(), key.begin(), key.end());
  ASSERT_NE(found, bytes.end());
  *(found + std::ssize(key)) ^= 1;  // 0 passes become 1
  expect_error<DataError>([&] { read_checkpoint(folder.write("f", bytes)); },
                          {"/f: ", "numbers", "damaged"});
}

// Bits flipped and ends cut anywhere: read, or refused, but never a crash.
TEST(SafeTensors, SurvivesMutations) {
  const TemporaryFolder folder;
  Checkpoint checkpoint;
  checkpoint.tensors = {{"w", {2, 3}, {1, 2, 3, 4, 5, 6}}, {"b", {3}, {1, 2, 3}}};
  write_checkpoint(folder / "t", checkpoint);
  const Bytes original = read_bytes(folder / "t");
  const RandomStream random{1, kTestStream, 0};
  for (std::uint64_t i = 0; i < 3000; ++i) {
    Bytes mutated = original;
    const std::uint32_t where = random.word(2 * i);
    mutated[where % mutated.size()] ^= static_cast<std::uint8_t>(1u << (where >> 16 & 7));
    if (i % 4 == 0) {
      mutated.resize(random.word(2 * i + 1) % original.size());
    }
    try {
      read_checkpoint(folder.write("m", mutated));
    } catch (const DataError& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
  }
}

TEST(Checkpoint, KeepsEveryNumberToTheBit) {
  const TemporaryFolder folder;
  Checkpoint written;
  written.position = {3, 7, 896, 1414, 9'000'000'000'000'000'000u, true};
  written.loss_sum = 0.1 + 0.2;
  written.optimizer_steps = 1414;
  written.metrics_bytes = 12345;
  written.per_class_bytes = 678;
  written.layers_bytes = 91;
  written.readings_bytes = 92;
  written.tensorboard_bytes = 93;
  written.settings = {"lr = 0.1", "bins = 10"};
  write_checkpoint(folder / "c", written);
  const Checkpoint read = read_checkpoint(folder / "c");
  EXPECT_EQ(read.position.epoch, 3);
  EXPECT_EQ(read.position.step_in_epoch, 7);
  EXPECT_EQ(read.position.rows_in_epoch, 896);
  EXPECT_EQ(read.position.steps, 1414);
  EXPECT_EQ(read.position.passes, 9'000'000'000'000'000'000u);
  EXPECT_TRUE(read.position.start_sampled);
  EXPECT_EQ(read.loss_sum, written.loss_sum);
  EXPECT_EQ(read.optimizer_steps, 1414);
  EXPECT_EQ(read.metrics_bytes, 12345);
  EXPECT_EQ(read.per_class_bytes, 678);
  EXPECT_EQ(read.layers_bytes, 91);
  EXPECT_EQ(read.readings_bytes, 92);
  EXPECT_EQ(read.tensorboard_bytes, 93);
  EXPECT_EQ(read.settings, written.settings);
}

TEST(Checkpoint, OtherFilesAreRefused) {
  const TemporaryFolder folder;
  write_safetensors(folder / "weights", {{}, {{"w", {1}, {1}}}});
  expect_error<DataError>([&] { read_checkpoint(folder / "weights"); },
                          {"weights", "another version"});
  write_safetensors(folder / "short", {{{"format", "infoplane checkpoint 1"}}, {}});
  expect_error<DataError>([&] { read_checkpoint(folder / "short"); }, {"short", "'epoch'"});
}

}  // namespace
}  // namespace infoplane::test
