#include "data/idx.h"

#include "core/rng.h"
#include "tests/data/files.h"
#include "tests/data/limits.h"
#include "tests/support/sanitized.h"

namespace infoplane {
namespace {

using test::Bytes;
using test::expect_error;
using test::TemporaryFolder;
using test::operator+;

/// Reads a split from these two files' contents.
Split read(const Bytes& images, const Bytes& labels) {
  const TemporaryFolder folder;
  Shape image;
  return read_idx_split(folder.write("images", images), folder.write("labels", labels), 10, image);
}

void expect_bad(const Bytes& images, const Bytes& labels, const std::vector<std::string>& parts) {
  expect_error<DataError>([&] { read(images, labels); }, parts);
}

TEST(Idx, ReadsPlainAndCompressed) {
  const Bytes images = test::idx_images(12);
  const Bytes labels = test::idx_labels(12);
  const TemporaryFolder folder;
  for (const bool gz : {false, true}) {
    Shape image;
    const Split split =
        read_idx_split(folder.write("images", gz ? test::gzipped(images) : images),
                       folder.write("labels", gz ? test::gzipped(labels) : labels), 10, image);
    EXPECT_EQ(image, Shape({1, 3, 2}));
    ASSERT_EQ(split.size(), 12);
    EXPECT_EQ(split.labels[11], 1);
    EXPECT_EQ(split.pixels, Bytes(images.begin() + 16, images.end()));
    EXPECT_TRUE(split.values.empty());
  }
}

TEST(Idx, RejectsWrongMagic) {
  expect_bad(test::idx_labels(30), test::idx_labels(30),
             {"images: magic number 0x00000801", "0x00000803", "bring the official file"});
  expect_bad(test::idx_images(3), test::idx_images(3), {"labels: magic number 0x00000803"});
}

TEST(Idx, RejectsTruncatedAndOverlongFiles) {
  const Bytes images = test::idx_images(4);
  const Bytes labels = test::idx_labels(4);
  expect_bad({}, labels, {"images: is empty"});
  expect_bad(images, {}, {"labels: is empty"});
  expect_bad(Bytes(images.begin(), images.begin() + 9), labels, {"images: ends inside the header"});
  expect_bad(Bytes(images.begin(), images.end() - 1), labels,
             {"images: its header promises 24 bytes, but 23 follow: truncated"});
  expect_bad(images + Bytes{0}, labels, {"but 25 follow: too long"});
  expect_bad(images, Bytes(labels.begin(), labels.end() - 2), {"labels: its header promises 4"});
}

TEST(Idx, RejectsDamagedGzip) {
  const Bytes labels = test::idx_labels(50);
  const Bytes whole = test::gzipped(test::idx_images(50));
  for (const std::size_t size : {whole.size() - 1, whole.size() - 8, whole.size() / 2}) {
    expect_bad(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), labels,
               {"images: ends inside ", "truncated"});
  }
  Bytes wrong_sum = whole;
  wrong_sum[whole.size() - 8] ^= 1;
  expect_bad(wrong_sum, labels, {"images: damaged gzip data"});
  expect_bad(test::gzipped(test::idx_images(50) + Bytes{7}), labels,
             {"images: holds more bytes than its header promises"});
}

TEST(Idx, AllocatesNothingThatTheFileCannotHold) {
  const Bytes header = test::big_endian({0x803, 0xFFFFFFFF, 0x7FFF, 0x7FFF});
  expect_bad(header, test::idx_labels(1), {"images: its header promises", "truncated"});
  expect_bad(test::gzipped(header), test::idx_labels(1), {"compressed bytes can hold"});
  expect_bad(test::big_endian({0x803, 1, 0xFFFFFFFF, 0xFFFFFFFF}), test::idx_labels(1),
             {"promises images of 4294967295 x 4294967295 pixels"});
}

TEST(Idx, ALieOfTheHeaderTakesNoMemory) {
  if (test::kSanitized) {
    GTEST_SKIP() << "the sanitizers have a memory of their own";
  }
  // Noise, which deflate stores as it is: the file could hold a thousand times as much.
  const RandomStream random{7, kTestStream};
  Bytes images = test::big_endian({0x803, 1 << 22, 32, 32});
  for (std::uint64_t i = 0; i < 1 << 20; ++i) {
    for (int byte = 0; byte < 4; ++byte) {
      images.push_back(static_cast<std::uint8_t>(random.word(i) >> 8 * byte));
    }
  }
  const Bytes packed = test::gzipped(images);
  const test::MemoryLimit limit(std::uint64_t{1} << 30);
  expect_bad(packed, test::idx_labels(1), {"images: ends inside the images: truncated"});
}

TEST(Idx, SaysWhatMemoryDoesNotHold) {
  if (test::kSanitized) {
    GTEST_SKIP() << "the sanitizers have a memory of their own";
  }
  const TemporaryFolder folder;
  const auto images = folder.write("images", test::big_endian({0x803, 1 << 22, 32, 32}));
  std::filesystem::resize_file(images, 16 + (std::uint64_t{1} << 32));  // of holes
  const auto labels = folder.write("labels", test::idx_labels(1));
  const test::MemoryLimit limit(std::uint64_t{1} << 30);
  Shape image;
  expect_error<DataError>([&] { read_idx_split(images, labels, 10, image); },
                          {"images: the images take 4294967296 bytes, more memory than there is"});
}

TEST(Idx, ReadsWhatIsLargerThanOnePiece) {
  constexpr std::uint32_t kCount = 3 << 20;  // of 16 bytes: three pieces
  const Bytes images = test::idx_images(kCount, 4, 4);
  const Split split = read(test::gzipped(images), test::gzipped(test::idx_labels(kCount)));
  EXPECT_EQ(split.size(), kCount);
  EXPECT_TRUE(std::equal(split.pixels.begin(), split.pixels.end(), images.begin() + 16));
}

TEST(Idx, RejectsCountsAndLabelsThatDoNotFit) {
  expect_bad(test::idx_images(4), test::idx_labels(5),
             {"labels: holds 5 labels", "holds 4 images"});
  Bytes labels = test::idx_labels(4);
  labels.back() = 10;
  expect_bad(test::idx_images(4), labels, {"labels: label 10 of image 3 is out of range"});
  expect_bad(test::idx_images(0), test::idx_labels(0), {"images: holds no images"});
}

TEST(Idx, RejectsImagesOfAnotherSizeThanTheTrainingImages) {
  const TemporaryFolder folder;
  Shape image = {1, 28, 28};
  expect_error<DataError>(
      [&] {
        read_idx_split(folder.write("i", test::idx_images(2)),
                       folder.write("l", test::idx_labels(2)), 10, image);
      },
      {"images are [1, 3, 2], but the training images are [1, 28, 28]"});
}

TEST(Idx, NamesAMissingFile) {
  Shape image;
  expect_error<DataError>([&] { read_idx_split("/nowhere/images", "/nowhere/labels", 10, image); },
                          {"/nowhere/images: no such file"});
  expect_error<DataError>([&] { read_idx_split("/tmp", "/tmp", 10, image); }, {"no regular file"});
}

TEST(Idx, SaysWhyAFileCannotBeRead) {
  const TemporaryFolder folder;
  const auto labels = folder.write("labels", test::idx_labels(1));
  std::filesystem::create_symlink("loop", folder / "loop");
  const auto expect_said = [&](const std::filesystem::path& images, const std::string& said) {
    Shape image;
    expect_error<DataError>([&] { read_idx_split(images, labels, 10, image); }, {said});
  };
  expect_said(folder / "loop", "loop: cannot be read: Too many levels of symbolic links; check");
  expect_said(labels / "images", "labels/images: cannot be read: Not a directory; check");
  const auto closed = folder.write("closed/images", test::idx_images(1));
  std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
  std::filesystem::permissions(closed.parent_path(), std::filesystem::perms::none);
  {
    const test::Unprivileged reader;
    if (reader.is_so()) {
      expect_said(closed, "closed/images: cannot be read: Permission denied; check");
    }
  }
  std::filesystem::permissions(closed.parent_path(), std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace infoplane
