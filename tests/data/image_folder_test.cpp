#include "data/image_folder.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "data/image_file.h"
#include "tests/data/encoded_images.h"
#include "tests/data/files.h"
#include "tests/data/limits.h"

namespace infoplane {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using test::Bytes;
using test::expect_error;
using test::TemporaryFolder;
using test::operator+;

Bytes grey(int width, int height, std::uint8_t value) {
  return test::text_bytes("P5 " + std::to_string(width) + " " + std::to_string(height) + " 255\n") +
         Bytes(static_cast<std::size_t>(width * height), value);
}

Bytes coloured(int width, int height, const Bytes& rgb) {
  Bytes bytes =
      test::text_bytes("P6 " + std::to_string(width) + " " + std::to_string(height) + " 255\n");
  for (int i = 0; i < width * height; ++i) {
    bytes = bytes + rgb;
  }
  return bytes;
}

/// Two classes of ten images each, filled with 10 * class + number.
void write_two_classes(const TemporaryFolder& folder, const std::string& below = "") {
  for (int label = 0; label < 2; ++label) {
    for (int i = 0; i < 10; ++i) {
      folder.write(below + (label == 0 ? "ant/" : "bee/") + std::to_string(i) + ".pgm",
                   grey(4, 3, static_cast<std::uint8_t>(10 * label + i)));
    }
  }
}

TEST(ImageFolder, SplitsOneFolder) {
  const TemporaryFolder folder;
  write_two_classes(folder);
  folder.write("ant/notes.txt", test::text_bytes("no image"));
  folder.write(".hidden/x.pgm", grey(1, 1, 0));
  folder.write("loose.pgm", grey(1, 1, 0));
  folder.write("ant/more.pgm/x.pgm", grey(1, 1, 0));
  const DataSet set = load_image_folder(folder.path(), {});
  ASSERT_EQ(set.notes.size(), 3u);
  EXPECT_THAT(set.notes[0], AllOf(HasSubstr("files left out"), HasSubstr(": 1")));
  EXPECT_THAT(set.notes[1], AllOf(HasSubstr("folders in those of the classes"), HasSubstr(": 1")));
  EXPECT_THAT(set.notes[2], AllOf(HasSubstr("images left out"), HasSubstr(": 1")));
  EXPECT_EQ(set.image, Shape({1, 3, 4}));
  EXPECT_EQ(set.class_names, (std::vector<std::string>{"ant", "bee"}));
  EXPECT_EQ(set.train.size(), 16);
  EXPECT_EQ(set.validation.size(), 4);
  EXPECT_EQ(set.files, std::vector<std::filesystem::path>{folder.path()});
  std::map<int, int> seen;
  for (const Split* split : {&set.train, &set.validation}) {
    for (std::int64_t i = 0; i < split->size(); ++i) {
      const int value = split->pixels[static_cast<std::size_t>(12 * i)];
      ++seen[value];
      EXPECT_EQ(split->labels[static_cast<std::size_t>(i)], value / 10);
      EXPECT_EQ(split->sources.files[static_cast<std::size_t>(i)],
                (value < 10 ? "ant/" : "bee/") + std::to_string(value % 10) + ".pgm");
    }
  }
  EXPECT_EQ(seen.size(), 20u);
}

TEST(ImageFolder, UsesTheFoldersOfASplit) {
  for (const std::string name : {"validation", "val", "test"}) {
    const TemporaryFolder folder;
    write_two_classes(folder, "train/");
    folder.write(name + "/bee/a.pgm", grey(4, 3, 77));
    const DataSet set = load_image_folder(folder.path(), {});
    EXPECT_EQ(set.train.size(), 20);
    EXPECT_EQ(set.validation.labels, std::vector<std::int32_t>{1});
    EXPECT_EQ(set.validation.pixels, Bytes(12, 77));
    EXPECT_EQ(set.validation.sources.files, std::vector<std::string>{name + "/bee/a.pgm"});
  }
}

TEST(ImageFolder, LimitTakesOfEveryClass) {
  const TemporaryFolder folder;
  write_two_classes(folder, "train/");
  write_two_classes(folder, "val/");
  DataOptions options;
  options.limit = 8;
  const DataSet set = load_image_folder(folder.path(), options);
  EXPECT_EQ(set.train.size(), 8);
  const auto ants = std::count(set.train.labels.begin(), set.train.labels.end(), 0);
  EXPECT_GT(ants, 0);
  EXPECT_LT(ants, 8);
}

TEST(ImageFolder, AValidationFolderIsTheSameForEverySeed) {
  const TemporaryFolder folder;
  write_two_classes(folder, "train/");
  write_two_classes(folder, "val/");
  DataOptions options;
  const auto validation_of = [&](std::uint64_t seed) {
    options.seed = seed;
    const std::string name = "folder:" + folder.path().string();
    return load_dataset(name, options).validation;
  };
  const Split whole = validation_of(1);
  EXPECT_TRUE(std::is_sorted(whole.sources.files.begin(), whole.sources.files.end()));
  EXPECT_EQ(whole.size(), 20);
  EXPECT_EQ(validation_of(2).pixels, whole.pixels);
  options.limit = 8;
  const auto expect_both_classes = [&] {
    const Split some = validation_of(1);
    EXPECT_EQ(some.size(), 8);
    EXPECT_THAT(some.labels, AllOf(testing::Contains(0), testing::Contains(1)));
    EXPECT_EQ(validation_of(2).pixels, some.pixels);
  };
  expect_both_classes();
  options.classes = 2;
  expect_both_classes();
}

TEST(ImageFolder, TheFirstImageDecidesSizeAndColour) {
  const TemporaryFolder folder;
  folder.write("train/a/0.ppm", coloured(2, 2, {10, 20, 30}));
  folder.write("train/b/0.pgm", grey(6, 6, 90));
  folder.write("val/a/0.ppm", coloured(4, 4, {1, 2, 3}));
  const DataSet set = load_image_folder(folder.path(), {});
  EXPECT_EQ(set.image, Shape({3, 2, 2}));
  ASSERT_EQ(set.notes.size(), 2u);
  EXPECT_THAT(set.notes[0], AllOf(HasSubstr("2 of 3 images were resized to [3, 2, 2]"),
                                  HasSubstr("train/a/0.ppm")));
  EXPECT_EQ(set.notes[1], "1 of 3 images were converted to colours, as the first, " +
                              (folder / "train/a/0.ppm").string() + ", has them");
  const std::size_t a = set.train.labels[0] == 0 ? 0 : 12;
  // Planes: all reds, then all greens, then all blues.
  EXPECT_EQ(Bytes(set.train.pixels.begin() + static_cast<std::ptrdiff_t>(a),
                  set.train.pixels.begin() + static_cast<std::ptrdiff_t>(a + 12)),
            (Bytes{10, 10, 10, 10, 20, 20, 20, 20, 30, 30, 30, 30}));
  EXPECT_EQ(set.train.pixels[12 - a], 90);
  EXPECT_EQ(set.validation.pixels, (Bytes{1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}));
}

TEST(ImageFolder, SaysThatOneGreyImageMakesAllOfThemGrey) {
  const TemporaryFolder folder;
  write_two_classes(folder);
  for (int i = 1; i < 20; ++i) {
    const std::string name = (i < 10 ? "ant/" : "bee/") + std::to_string(i % 10);
    std::filesystem::remove(folder / (name + ".pgm"));
    folder.write(name + ".ppm", coloured(4, 3, {1, 2, 3}));
  }
  const DataSet set = load_image_folder(folder.path(), {});
  EXPECT_EQ(set.image, Shape({1, 3, 4}));
  EXPECT_EQ(set.notes,
            std::vector<std::string>{"19 of 20 images were converted to grey, as the first, " +
                                     (folder / "ant/0.pgm").string() + ", is grey"});
}

TEST(ImageFolder, SaysWhyAFolderCannotBeLookedInto) {
  const TemporaryFolder folder;
  write_two_classes(folder, "whole/");
  const auto expect_said = [](const std::filesystem::path& path, const std::string& said) {
    expect_error<DataError>([&] { load_image_folder(path, {}); }, {said});
  };
  std::filesystem::create_symlink("loop", folder / "loop");
  expect_said(folder / "loop", "loop: cannot be looked into: Too many levels of symbolic links");
  expect_said(folder / "whole/ant/0.pgm/x", "0.pgm/x: cannot be looked into: Not a directory");
  std::filesystem::create_symlink("val", folder / "whole/val");
  expect_said(folder / "whole", "whole/val: cannot be looked into: Too many levels");
  std::filesystem::remove(folder / "whole/val");
  std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
  std::filesystem::permissions(folder / "whole", std::filesystem::perms{0744});
  {
    const test::Unprivileged reader;
    if (reader.is_so()) {
      expect_said(folder / "whole", "whole/validation: cannot be looked into: Permission denied");
    }
  }
  std::filesystem::permissions(folder / "whole", std::filesystem::perms::owner_all);
}

TEST(ImageFolder, RejectsFoldersWithoutImages) {
  const TemporaryFolder folder;
  expect_error<DataError>([&] { load_image_folder(folder / "none", {}); }, {"no such folder"});
  expect_error<DataError>([&] { load_image_folder(folder.path(), {}); }, {"holds 0 sub-folders"});
  folder.write("a/x.pgm", grey(2, 2, 1));
  expect_error<DataError>([&] { load_image_folder(folder.path(), {}); }, {"holds 1 sub-folders"});
  folder.write("b/x.txt", {1});
  expect_error<DataError>([&] { load_image_folder(folder.path(), {}); }, {"/b: holds no PNG"});
}

TEST(ImageFolder, SaysWhatMemoryDoesNotHold) {
  const std::size_t count = std::size_t{1} << 34;
  expect_error<DataError>(
      [&] {
        room_for_images("photos", count, {3, 16384, 16384});
      },
      {"photos: 17179869184 images of [3, 16384, 16384] take "
       "13835058055282163712 bytes",
       "--limit", "smaller"});
}

TEST(ImageFolder, RejectsAClassThatOnlyValidationHas) {
  const TemporaryFolder folder;
  write_two_classes(folder, "train/");
  folder.write("val/cat/a.pgm", grey(4, 3, 7));
  expect_error<DataError>([&] { load_image_folder(folder.path(), {}); },
                          {"val/cat: is a class that the training images lack"});
  std::filesystem::remove_all(folder / "val/cat");
  expect_error<DataError>([&] { load_image_folder(folder.path(), {}); },
                          {"val: holds no class folders"});
}

TEST(ImageFile, RejectsDamagedImages) {
  const TemporaryFolder folder;
  std::uint8_t pixels[4];
  const auto expect_bad = [&](const Bytes& bytes, const std::vector<std::string>& parts) {
    const auto file = folder.write("x.pgm", bytes);
    expect_error<DataError>([&] { read_image(file, {1, 2, 2}, pixels); }, parts);
  };
  expect_bad({}, {"x.pgm: is empty"});
  expect_bad(test::text_bytes("nothing of the kind"), {"x.pgm: cannot be decoded"});
  expect_bad(test::text_bytes("P5 16000 16000 255\n"), {"claims 16000 x 16000 pixels in 19 bytes"});
  expect_bad(grey(16385, 1, 0), {"is of 16385 x 1 pixels, but a side may have 16384"});
}

/// The image [C, H, W] in a PNM file, as planes.
Bytes planes_of(const Bytes& file_bytes, const Shape& shape) {
  const TemporaryFolder folder;
  const auto file = folder.write("x.ppm", file_bytes);
  Bytes planes(static_cast<std::size_t>(shape.numel()));
  const ImageChanges changes = read_image(file, shape, planes.data());
  EXPECT_FALSE(changes.resized);
  return planes;
}

/// `size` bytes, the least significant first.
Bytes little_endian(std::int64_t value, int size) {
  Bytes bytes;
  for (int i = 0; i < size; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  }
  return bytes;
}

/// A BMP file with the header of OS/2 (12 bytes) or the common one (40 bytes).
Bytes bmp(int header, int width, int height, int bits, const Bytes& palette, const Bytes& rows) {
  const int extent = header == 12 ? 2 : 4;
  Bytes info = little_endian(header, 4) + little_endian(width, extent) +
               little_endian(height, extent) + little_endian(1, 2) + little_endian(bits, 2);
  info.resize(static_cast<std::size_t>(header), 0);
  const Bytes rest = info + palette;
  return test::text_bytes("BM") + Bytes(8, 0) + little_endian(14 + std::ssize(rest), 4) + rest +
         rows;
}

// Two rows of one pixel, blue first, padded to four bytes.
const Bytes kTwoRows = {1, 2, 3, 0, 4, 5, 6, 0};

TEST(Bmp, ReadsAnOs2HeaderWhateverItsPixels) {
  for (const int blue : {0, 1, 32, 255}) {
    Bytes rows = kTwoRows;
    rows[2] = static_cast<std::uint8_t>(blue);  // where the common header has bits a pixel
    EXPECT_EQ(planes_of(bmp(12, 1, 2, 24, {}, rows), {3, 2, 1}),
              (Bytes{6, static_cast<std::uint8_t>(blue), 5, 2, 4, 1}));
  }
}

TEST(Bmp, ReadsRowsFromTheTop) {
  EXPECT_EQ(planes_of(bmp(40, 1, 2, 24, {}, kTwoRows), {3, 2, 1}), (Bytes{6, 3, 5, 2, 4, 1}));
  EXPECT_EQ(planes_of(bmp(40, 1, -2, 24, {}, kTwoRows), {3, 2, 1}), (Bytes{3, 6, 2, 5, 1, 4}));
}

TEST(Bmp, ReadsPalettes) {
  const Bytes palette = {1, 1, 1, 0, 2, 2, 2, 0, 3, 3, 3, 0};
  EXPECT_EQ(planes_of(bmp(40, 3, 1, 8, palette, {2, 0, 1, 0}), {1, 1, 3}), (Bytes{3, 1, 2}));
  EXPECT_EQ(planes_of(bmp(40, 3, 1, 4, palette, {0x20, 0x10, 0, 0}), {1, 1, 3}), (Bytes{3, 1, 2}));
  EXPECT_EQ(planes_of(bmp(40, 3, 1, 1, palette, {0x40, 0, 0, 0}), {1, 1, 3}), (Bytes{1, 2, 1}));
}

TEST(Bmp, RejectsWhatTheDecoderWouldMakeUp) {
  const TemporaryFolder folder;
  const auto expect_bad = [&](const Bytes& bytes, const std::string& part) {
    const auto file = folder.write("x.bmp", bytes);
    expect_error<DataError>([&] { image_shape(file); }, {"x.bmp: ", part});
  };
  for (const int header : {12, 40}) {
    Bytes whole = bmp(header, 1, 2, 24, {}, kTwoRows);
    whole.pop_back();
    expect_bad(whole, "is damaged (truncated)");
  }
  // The header is not counted for pixels: 54 bytes less are noticed in a large file, too.
  expect_bad(bmp(40, 100, 100, 24, {}, Bytes(30000 - 54, 1)), "is damaged (truncated)");
  const Bytes palette = {1, 1, 1, 0, 2, 2, 2, 0};
  expect_bad(bmp(40, 3, 1, 8, palette, {0, 1, 2, 0}), "(a colour that its palette lacks)");
  expect_bad(bmp(40, 3, 1, 4, palette, {0x10, 0x20, 0, 0}), "(a colour that its palette lacks)");
  expect_bad(bmp(12, 3, 1, 8, Bytes(768, 1), {0, 1, 2, 0}),
             "decoded as an image (an OS/2 palette)");
  Bytes inside = bmp(40, 3, 1, 8, palette, {0, 1, 0, 0});
  inside[10] = 50;
  expect_bad(inside, "(pixels inside its header)");
  expect_bad(bmp(40, 1, -2147483647 - 1, 24, {}, kTwoRows), "a side may have 16384");
}

TEST(Pnm, RejectsAFileThatIsCutByOneByte) {
  const TemporaryFolder folder;
  const Bytes two_bytes = test::text_bytes("P5 5 2 65535\n") + Bytes(20, 7);
  for (Bytes whole : {grey(5, 2, 9), coloured(5, 2, {1, 2, 3}), two_bytes}) {
    const auto file = folder.write("x.pnm", whole);
    EXPECT_EQ(image_shape(file)[2], 5);
    whole.pop_back();
    expect_error<DataError>([&] { image_shape(folder.write("x.pnm", whole)); },
                            {"x.pnm: is damaged (truncated)"});
  }
}

TEST(Pnm, ScalesSamplesToBytes) {
  EXPECT_EQ(planes_of(test::text_bytes("P5 4 1 15\n") + Bytes{0, 1, 8, 15}, {1, 1, 4}),
            (Bytes{0, 17, 136, 255}));
  EXPECT_EQ(planes_of(test::text_bytes("P5 2 1 1\n") + Bytes{0, 1}, {1, 1, 2}), (Bytes{0, 255}));
  // 300 of 1000 is 76.5 of 255: halves go up.
  EXPECT_EQ(planes_of(test::text_bytes("P5 3 1 1000\n") + Bytes{1, 44, 1, 43, 3, 232}, {1, 1, 3}),
            (Bytes{77, 76, 255}));
}

TEST(Pnm, ReadsSixteenBitsMostSignificantByteFirst) {
  const Bytes words = {0x80, 0x00, 0xFF, 0xFF, 0x00, 0xFF, 0x01, 0x01, 0x00, 0x80, 0x00, 0x81};
  EXPECT_EQ(planes_of(test::text_bytes("P6 2 1 65535\n") + words, {3, 1, 2}),
            (Bytes{128, 1, 255, 0, 1, 1}));
  EXPECT_EQ(planes_of(test::text_bytes("P5 3 2 65535\n") + words, {3, 2, 3}),
            (Bytes{128, 255, 1, 1, 0, 1, 128, 255, 1, 1, 0, 1, 128, 255, 1, 1, 0, 1}));
}

TEST(Pnm, ConvertsBetweenGreyAndColours) {
  EXPECT_EQ(planes_of(grey(2, 1, 90), {3, 1, 2}), Bytes(6, 90));
  // (77 r + 150 g + 29 b) / 256
  EXPECT_EQ(planes_of(coloured(2, 1, {200, 100, 50}), {1, 1, 2}), Bytes(2, 124));
}

TEST(Pnm, PassesOverCommentsInTheHeader) {
  const std::string header = "P5# 9 9 9\n#\n 2#3 4\r#\n\t1 \n # 1\n255#7\n";
  EXPECT_EQ(planes_of(test::text_bytes(header) + Bytes{'#', '\n'}, {1, 1, 2}), (Bytes{'#', '\n'}));
}

TEST(Pnm, RejectsDamagedHeadersAndSamples) {
  const TemporaryFolder folder;
  for (const std::string header :
       {"P5", "P52 1 255\n", "P5 2 1", "P5 2 1 255", "P5 0 1 255\n", "P5 2 1 0\n", "P5 2 1 65536\n",
        "P5 2 -1 255\n", "P5 2 1 255# no end", "P5 2 x 255\n"}) {
    SCOPED_TRACE(header);
    const auto file = folder.write("x.pgm", test::text_bytes(header));
    expect_error<DataError>([&] { image_shape(file); }, {"x.pgm: is damaged (its header)"});
  }
  const auto file = folder.write("x.pgm", test::text_bytes("P5 2 1 15\n") + Bytes{15, 16});
  expect_error<DataError>([&] { image_shape(file); }, {"is damaged (a sample of 16 above 15)"});
}

TEST(ImageFile, ReadsEveryFormatAndRejectsItsTruncation) {
  Bytes rgb;
  for (int i = 0; i < 40 * 30; ++i) {
    rgb.push_back(static_cast<std::uint8_t>(i % 40 * 6));
    rgb.push_back(static_cast<std::uint8_t>(i / 40 * 8));
    rgb.push_back(90);
  }
  const TemporaryFolder folder;
  for (const auto& [name, bytes] : test::encoded_images(rgb, 40, 30)) {
    SCOPED_TRACE(name);
    const auto file = folder.write(name, bytes);
    ASSERT_EQ(image_shape(file), Shape({3, 30, 40}));
    Bytes planes(3 * 1200);
    read_image(file, {3, 30, 40}, planes.data());
    const int tolerance = name == "x.jpg" ? 12 : 0;
    for (std::size_t i = 0; i < 1200; ++i) {
      for (std::size_t c = 0; c < 3; ++c) {
        ASSERT_NEAR(planes[c * 1200 + i], rgb[3 * i + c], tolerance) << i;
      }
    }
    for (const std::size_t divisor : {2u, 4u, 16u}) {
      const auto size = static_cast<std::ptrdiff_t>(bytes.size() - bytes.size() / divisor);
      const auto cut = folder.write(name, Bytes(bytes.begin(), bytes.begin() + size));
      expect_error<DataError>([&] { read_image(cut, {3, 30, 40}, planes.data()); }, {name + ": "});
    }
  }
}

/// A chunk of a PNG file.
Bytes png_chunk(const std::string& type, const Bytes& data) {
  const Bytes summed = test::text_bytes(type) + data;
  return test::big_endian({static_cast<std::uint32_t>(data.size())}) + summed +
         test::big_endian({static_cast<std::uint32_t>(
             crc32(0, summed.data(), static_cast<uInt>(summed.size())))});
}

const Bytes kPngSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

/// A grey PNG file of 3 x 2 pixels, with a chunk of text.
Bytes small_png() {
  const Bytes header = test::big_endian({3, 2}) + Bytes{8, 0, 0, 0, 0};
  const Bytes rows = test::compressed({0, 10, 20, 30, 0, 40, 50, 60}, 15);
  return kPngSignature + png_chunk("IHDR", header) +
         png_chunk("tEXt", test::text_bytes("a comment")) + png_chunk("IDAT", rows) +
         png_chunk("IEND", {});
}

TEST(Png, EveryFlippedByteIsNoticed) {
  const Bytes good = small_png();
  ASSERT_EQ(planes_of(good, {1, 2, 3}), (Bytes{10, 20, 30, 40, 50, 60}));
  const TemporaryFolder folder;
  std::uint8_t pixels[6];
  for (std::size_t byte = kPngSignature.size(); byte < good.size(); ++byte) {
    for (const unsigned mask : {0x01u, 0x20u, 0x80u, 0xFFu}) {
      SCOPED_TRACE(testing::Message() << "byte " << byte << ", mask " << mask);
      Bytes bytes = good;
      bytes[byte] ^= static_cast<std::uint8_t>(mask);
      const auto file = folder.write("x.png", bytes);
      expect_error<DataError>(
          [&] {
            read_image(file, {1, 2, 3}, pixels);
          },
          {"x.png: is damaged ("});
    }
  }
}

TEST(Png, EveryCutIsNoticed) {
  const Bytes good = small_png();
  const TemporaryFolder folder;
  for (std::size_t size = 0; size < good.size(); ++size) {
    SCOPED_TRACE(size);
    const auto file = folder.write(
        "x.png", Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
    expect_error<DataError>([&] { image_shape(file); }, {"x.png: "});
  }
}

TEST(Png, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  const auto expect_bad = [&](const Bytes& bytes, const std::string& what) {
    const auto file = folder.write("x.png", bytes);
    expect_error<DataError>([&] { image_shape(file); }, {"x.png: is damaged (" + what + ")"});
  };
  Bytes bytes = small_png();
  bytes[bytes.size() - 18] ^= 1;  // in front of the IDAT chunk's CRC and the IEND chunk
  expect_bad(bytes, "a wrong checksum in its chunk IDAT");
  bytes = small_png();
  bytes.resize(bytes.size() - 12);
  expect_bad(bytes, "truncated");
  expect_bad(kPngSignature + png_chunk("tEXt", {}) + Bytes(bytes.begin() + 8, bytes.end()),
             "it does not begin with its header");
  // What others put behind the end is no image's.
  EXPECT_EQ(planes_of(small_png() + Bytes(5, 7), {1, 2, 3}), (Bytes{10, 20, 30, 40, 50, 60}));
}

/// A JPEG file whose Huffman table claims 8 * 255 codes, in front of its size.
Bytes jpeg_of_too_many_codes() {
  const Bytes counts = Bytes(8, 0) + Bytes(8, 255);
  const Bytes tables = Bytes{0xFF, 0xC4, 0x08, 0x0B, 0x00} + counts + Bytes(8 * 255, 0);
  const Bytes frame = {0xFF, 0xC0, 0, 11, 8, 0, 2, 0, 2, 1, 1, 0x11, 0};
  return Bytes{0xFF, 0xD8} + tables + frame + Bytes{0xFF, 0xD9};
}

TEST(ImageFile, ChecksHuffmanTablesBeforeTheDecoderReadsThem) {
  const TemporaryFolder folder;
  for (const Bytes& padding : {Bytes{}, Bytes{0xFF}}) {
    const auto file = folder.write("x.jpg", padding + jpeg_of_too_many_codes());
    expect_error<DataError>([&] { image_shape(file); },
                            {"x.jpg: is damaged (damaged Huffman table)"});
  }
}

TEST(ImageFile, KnowsImagesByTheirNames) {
  EXPECT_TRUE(is_image_name("a/b.PNG"));
  EXPECT_TRUE(is_image_name("b.jpeg"));
  EXPECT_FALSE(is_image_name("Thumbs.db"));
  EXPECT_FALSE(is_image_name("png"));
}

}  // namespace
}  // namespace infoplane
