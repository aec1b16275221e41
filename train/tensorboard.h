#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/atomic_file.h"

namespace infoplane {

/// A number by the name that TensorBoard shows it under.
using TaggedValue = std::pair<std::string, double>;

/// A file of TensorBoard events: records that each hold one Event message of TensorFlow's
/// event.proto. A record is
///
///   length u64, masked CRC-32C of the length u32, the message, masked CRC-32C of the message u32
///
/// all little-endian. Records are appended whole, so a reader never sees part of one.
class TensorBoardFile {
 public:
  /// Creates the file, which must not exist yet.
  explicit TensorBoardFile(const std::filesystem::path& file);

  /// Goes on after the first `size` bytes, at the end of a record. A file that is missing or
  /// shorter, as nothing else depends on it, begins anew.
  TensorBoardFile(const std::filesystem::path& file, std::int64_t size);

  /// Appends one event with all the values, as floats. Throws Error naming file and reason.
  void add_scalars(std::int64_t step, const std::vector<TaggedValue>& values);

  /// Appends an image, encoded as PNG; `png` must begin with its header. Throws Error likewise.
  void add_png(std::int64_t step, const std::string& tag, std::string_view png);

  std::int64_t size() const { return file_.size(); }
  void flush() { file_.flush(); }

 private:
  AppendFile file_;
};

/// How records store a CRC, so that the CRC of bytes that hold a CRC stays meaningful.
std::uint32_t masked(std::uint32_t crc);

/// One record around a message.
std::string framed(std::string_view message);

}  // namespace infoplane
