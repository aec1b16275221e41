#include "train/tensorboard.h"

#include <bit>
#include <chrono>
#include <cstring>
#include <protozero/pbf_writer.hpp>

#include "train/crc32c.h"

namespace infoplane {
namespace {

static_assert(std::endian::native == std::endian::little, "records are little-endian");

/// Numbers of the fields, from TensorFlow's event.proto and summary.proto.
namespace event_field {
enum : protozero::pbf_tag_type { kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5 };
}
namespace summary_field {
enum : protozero::pbf_tag_type { kValue = 1 };
}
namespace value_field {
enum : protozero::pbf_tag_type { kTag = 1, kSimpleValue = 2, kImage = 4 };
}
namespace image_field {
enum : protozero::pbf_tag_type { kHeight = 1, kWidth = 2, kColorspace = 3, kEncoded = 4 };
}

template <class Number>
void append_bytes(std::string& to, Number number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  to.append(bytes, sizeof number);
}

double wall_time() {
  using Seconds = std::chrono::duration<double>;
  return Seconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// The record of the event that every file begins with.
std::string version_record() {
  std::string message;
  protozero::pbf_writer event(message);
  event.add_double(event_field::kWallTime, wall_time());
  event.add_string(event_field::kFileVersion, "brain.Event:2");
  return framed(message);
}

std::string summary_record(std::int64_t step, const std::string& summary) {
  std::string message;
  protozero::pbf_writer event(message);
  event.add_double(event_field::kWallTime, wall_time());
  event.add_int64(event_field::kStep, step);
  event.add_message(event_field::kSummary, summary);
  return framed(message);
}

/// Width or height of a PNG file, big-endian in its header.
std::int32_t png_extent(std::string_view png, std::size_t offset) {
  std::uint32_t extent = 0;
  for (const char byte : png.substr(offset, sizeof extent)) {
    extent = extent << 8 | static_cast<unsigned char>(byte);
  }
  return static_cast<std::int32_t>(extent);
}

bool can_go_on(const std::filesystem::path& file, std::int64_t size) {
  std::error_code error;
  const std::uintmax_t length = std::filesystem::file_size(file, error);
  if (!error && size > 0 && length >= static_cast<std::uintmax_t>(size)) {
    return true;
  }
  std::filesystem::create_directories(file.parent_path(), error);
  std::filesystem::remove(file, error);  // what stands in the way shows when it is created
  return false;
}

}  // namespace

std::uint32_t masked(std::uint32_t crc) { return std::rotr(crc, 15) + 0xa282ead8u; }

std::string framed(std::string_view message) {
  std::string record;
  append_bytes(record, static_cast<std::uint64_t>(message.size()));
  append_bytes(record, masked(crc32c(record)));
  record += message;
  append_bytes(record, masked(crc32c(message)));
  return record;
}

TensorBoardFile::TensorBoardFile(const std::filesystem::path& file) : file_(file) {
  file_.append(version_record());
}

TensorBoardFile::TensorBoardFile(const std::filesystem::path& file, std::int64_t size)
    : file_(can_go_on(file, size) ? AppendFile(file, size) : AppendFile(file)) {
  if (file_.size() == 0) {
    file_.append(version_record());
  }
}

void TensorBoardFile::add_scalars(std::int64_t step, const std::vector<TaggedValue>& values) {
  std::string summary;
  protozero::pbf_writer writer(summary);
  for (const auto& [tag, number] : values) {
    protozero::pbf_writer value(writer, summary_field::kValue);
    value.add_string(value_field::kTag, tag);
    value.add_float(value_field::kSimpleValue, static_cast<float>(number));
  }
  file_.append(summary_record(step, summary));
}

void TensorBoardFile::add_png(std::int64_t step, const std::string& tag, std::string_view png) {
  constexpr std::size_t kWidthAt = 16;
  constexpr std::size_t kHeightAt = 20;
  std::string summary;
  {
    protozero::pbf_writer writer(summary);
    protozero::pbf_writer value(writer, summary_field::kValue);
    value.add_string(value_field::kTag, tag);
    protozero::pbf_writer image(value, value_field::kImage);
    image.add_int32(image_field::kHeight, png_extent(png, kHeightAt));
    image.add_int32(image_field::kWidth, png_extent(png, kWidthAt));
    image.add_int32(image_field::kColorspace, 3);  // RGB
    image.add_bytes(image_field::kEncoded, png.data(), png.size());
  }
  file_.append(summary_record(step, summary));
}

}  // namespace infoplane
