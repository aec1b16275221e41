#include "data/cifar.h"

#include "tests/data/files.h"
#include "tests/data/limits.h"
#include "tests/support/sanitized.h"

namespace infoplane {
namespace {

using test::Bytes;
using test::expect_error;
using test::TemporaryFolder;

TEST(Cifar, ReadsBatchesInOrder) {
  const TemporaryFolder folder;
  const auto a = folder.write("a.bin", test::cifar_records(3, 10));
  const auto b = folder.write("b.bin", test::cifar_records(2, 10));
  const Split split = read_cifar_split({a, b}, CifarFormat::kCifar10);
  EXPECT_EQ(split.labels, (std::vector<std::int32_t>{0, 1, 2, 0, 1}));
  ASSERT_EQ(split.pixels.size(), 5u * 3072);
  EXPECT_EQ(split.pixels[2 * 3072 + 5], 7);  // image 2 of the first file, pixel 5
  EXPECT_EQ(split.pixels[4 * 3072], 1);      // image 1 of the second file, pixel 0
}

TEST(Cifar, TakesTheFineLabelOfCifar100) {
  const TemporaryFolder folder;
  const auto file = folder.write("train.bin", test::cifar_records(100, 100));
  const Split split = read_cifar_split({file}, CifarFormat::kCifar100);
  EXPECT_EQ(split.labels[99], 99);
  EXPECT_EQ(split.pixels[99 * 3072], 99);
}

TEST(Cifar, RejectsDamagedFiles) {
  const TemporaryFolder folder;
  const auto expect_bad = [&](const Bytes& bytes, const std::vector<std::string>& parts) {
    const auto file = folder.write("batch.bin", bytes);
    expect_error<DataError>([&] { read_cifar_split({file}, CifarFormat::kCifar10); }, parts);
  };
  Bytes bytes = test::cifar_records(2, 10);
  expect_bad({}, {"batch.bin: is empty"});
  expect_bad(Bytes(bytes.begin(), bytes.end() - 1),
             {"batch.bin: 6145 bytes are no whole number of records of 3073", "truncated"});
  expect_bad(test::cifar_records(2, 100), {"no whole number of records"});
  bytes[3073] = 10;
  expect_bad(bytes, {"batch.bin: label 10 of record 1 is out of range"});
  expect_error<DataError>([&] { read_cifar_split({folder / "none.bin"}, CifarFormat::kCifar10); },
                          {"no such file"});
}

TEST(Cifar, ReadsClassNames) {
  const TemporaryFolder folder;
  const auto file = folder.write("names", test::text_bytes("cat\r\ndog\n\n"));
  EXPECT_EQ(read_class_names(file, 2), (std::vector<std::string>{"cat", "dog"}));
  expect_error<DataError>([&] { read_class_names(file, 3); },
                          {"names: holds 2 class names, expected 3"});
  const auto large = folder.write("large", Bytes(100000, 'a'));
  expect_error<DataError>([&] { read_class_names(large, 1); }, {"too large"});
  std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
  std::filesystem::permissions(file, std::filesystem::perms::none);
  const test::Unprivileged reader;
  if (reader.is_so()) {
    expect_error<DataError>([&] { read_class_names(file, 2); },
                            {"names: cannot be read: Permission denied"});
  }
}

TEST(Cifar, SaysWhatMemoryDoesNotHold) {
  if (test::kSanitized) {
    GTEST_SKIP() << "the sanitizers have a memory of their own";
  }
  const TemporaryFolder folder;
  const auto file = folder.write("batch.bin", {0});
  std::filesystem::resize_file(file, std::uint64_t{3073} << 20);  // of holes
  const test::MemoryLimit limit(std::uint64_t{1} << 30);
  expect_error<DataError>([&] { read_cifar_split({file}, CifarFormat::kCifar10); },
                          {"batch.bin: 1048576 images take 3221225472 bytes, more memory"});
}

}  // namespace
}  // namespace infoplane
