#include "train/tensorboard.h"

#include <gmock/gmock.h>

#include <cstring>

#include "core/error.h"
#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"
#include "train/crc32c.h"

namespace infoplane::test {
namespace {

using namespace std::string_literals;

template <class Number>
Number number_at(const std::string& bytes, std::size_t at) {
  Number value{};
  std::memcpy(&value, bytes.substr(at, sizeof value).data(), sizeof value);
  return value;
}

/// A message's fields as (number, wire type, bytes), read by the format's own description: keys and
/// lengths are varints.
struct Field {
  std::uint64_t number;
  std::uint64_t wire;
  std::string bytes;  ///< of a varint, its value in decimal
  bool operator==(const Field&) const = default;
};

std::uint64_t varint(const std::string& bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.at(at++));
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) {
      return value;
    }
  }
}

std::vector<Field> fields(const std::string& message) {
  std::vector<Field> result;
  for (std::size_t at = 0; at < message.size();) {
    const std::uint64_t key = varint(message, at);
    Field field{key >> 3, key & 7, ""};
    switch (field.wire) {
      case 0: field.bytes = std::to_string(varint(message, at)); break;
      case 1: field.bytes = message.substr(at, 8); break;
      case 5: field.bytes = message.substr(at, 4); break;
      default: {
        const std::uint64_t length = varint(message, at);
        field.bytes = message.substr(at, length);
      }
    }
    at += field.wire == 1 ? 8 : field.wire == 5 ? 4 : field.wire == 2 ? field.bytes.size() : 0;
    result.push_back(field);
  }
  return result;
}

/// The messages of a file, every length and CRC checked.
std::vector<std::string> messages(const std::string& file) {
  std::vector<std::string> result;
  for (std::size_t at = 0; at < file.size();) {
    const auto length = number_at<std::uint64_t>(file, at);
    EXPECT_EQ(number_at<std::uint32_t>(file, at + 8), masked(crc32c(file.substr(at, 8))));
    result.push_back(file.substr(at + 12, length));
    EXPECT_EQ(number_at<std::uint32_t>(file, at + 12 + length), masked(crc32c(result.back())));
    at += 12 + length + 4;
    EXPECT_LE(at, file.size());
  }
  return result;
}

TEST(TensorBoard, TheMaskRotatesAndAdds) {
  EXPECT_EQ(masked(0u), 0xa282ead8u);
  EXPECT_EQ(masked(0x8000u), 0xa282ead9u);
  EXPECT_EQ(masked(1u), 0xa284ead8u);  // bit 0 goes to bit 17
}

TEST(TensorBoard, ARecordIsLengthCrcMessageCrc) {
  const std::string record = framed("abc");
  EXPECT_EQ(record.size(), 8u + 4u + 3u + 4u);
  EXPECT_EQ(record.substr(0, 8), "\x03\0\0\0\0\0\0\0"s);
  EXPECT_EQ(messages(record), std::vector<std::string>{"abc"});
}

TEST(TensorBoard, EventsHaveTheFieldsOfEventProto) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "events.out.tfevents.x";
  {
    TensorBoardFile file(path);
    file.add_scalars(300, {{"loss/validation", 0.5}, {"accuracy/validation", 0.25}});
    file.add_png(301, "plane", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x06\x40\0\0\x04\x4c rest"s);
  }
  const std::vector<std::string> events = messages(read_file(path));
  ASSERT_EQ(events.size(), 3u);
  const std::vector<Field> version = fields(events[0]);
  ASSERT_EQ(version.size(), 2u);
  EXPECT_EQ(version[0].number, 1u);
  EXPECT_GT(number_at<double>(version[0].bytes, 0), 1.7e9);  // seconds since 1970
  EXPECT_EQ(version[1], (Field{3, 2, "brain.Event:2"}));
  const std::vector<Field> scalars = fields(events[1]);
  ASSERT_EQ(scalars.size(), 3u);
  EXPECT_EQ(scalars[1], (Field{2, 0, "300"}));
  EXPECT_EQ(scalars[2].number, 5u);
  const std::vector<Field> values = fields(scalars[2].bytes);
  ASSERT_EQ(values.size(), 2u);
  EXPECT_EQ(fields(values[0].bytes),
            (std::vector<Field>{{1, 2, "loss/validation"}, {2, 5, "\0\0\0\x3f"s}}));
  EXPECT_EQ(fields(values[1].bytes),
            (std::vector<Field>{{1, 2, "accuracy/validation"}, {2, 5, "\0\0\x80\x3e"s}}));
  const std::vector<Field> picture = fields(fields(fields(events[2])[2].bytes)[0].bytes);
  ASSERT_EQ(picture.size(), 2u);
  EXPECT_EQ(picture[1].number, 4u);
  const std::vector<Field> image = fields(picture[1].bytes);
  ASSERT_EQ(image.size(), 4u);
  EXPECT_EQ(image[0], (Field{1, 0, "1100"}));  // height
  EXPECT_EQ(image[1], (Field{2, 0, "1600"}));
  EXPECT_EQ(image[2], (Field{3, 0, "3"}));
  EXPECT_EQ(image[3].number, 4u);
  EXPECT_EQ(image[3].bytes.substr(0, 4), "\x89PNG");
}

TEST(TensorBoard, GoesOnWhereACheckpointSaysOrAnew) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "tensorboard/events.out.tfevents.x";
  std::int64_t size = 0;
  {
    TensorBoardFile file(path, 0);  // nothing there, nor the folder
    file.add_scalars(1, {{"a", 1.0}});
    size = file.size();
    file.add_scalars(2, {{"a", 2.0}});
  }
  {
    TensorBoardFile file(path, size);
    file.add_scalars(2, {{"a", 3.0}});
  }
  EXPECT_EQ(messages(read_file(path)).size(), 3u);
  EXPECT_GT(TensorBoardFile(path, 1 << 20).size(), 0);  // a checkpoint of another file
  EXPECT_EQ(messages(read_file(path)).size(), 1u);
  EXPECT_THROW(TensorBoardFile{path}, Error);
}

}  // namespace
}  // namespace infoplane::test
