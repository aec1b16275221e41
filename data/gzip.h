#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct gzFile_s;

namespace infoplane {

/// Reads a file front to back, plain or gzip-compressed (told apart by its first bytes). Every
/// failure is a DataError that names the file and says what was being read.
class GzipReader {
 public:
  explicit GzipReader(std::filesystem::path file);

  const std::filesystem::path& path() const { return path_; }

  /// Throws unless the file can hold `bytes` bytes after the `consumed` ones: exactly as many when
  /// it is plain, at most 1032 times its own size when it is compressed, which is the most that
  /// deflate can do. Ask before allocating what a header claims.
  void expect_room_for(std::uint64_t consumed, std::uint64_t bytes) const;

  /// Reads exactly `bytes` bytes of `what` ("the header", "the images").
  void read(void* to, std::size_t bytes, const char* what);

  /// The same into memory that grows as bytes arrive, as far as expect_room_for() does not vouch
  /// for them. Throws DataError when there is not enough of it.
  std::vector<std::uint8_t> read_vector(std::uint64_t bytes, const char* what);

  /// Throws when bytes are left, or when the checksum of a compressed file is missing or wrong.
  void expect_end();

 private:
  struct Close {
    void operator()(gzFile_s* file) const noexcept;
  };

  [[noreturn]] void fail(const char* what);

  std::filesystem::path path_;
  std::uint64_t size_ = 0;
  std::unique_ptr<gzFile_s, Close> file_;
};

/// The bytes that a file holds, unpacked where gzip has compressed it: then as its last four bytes
/// say, modulo 2^32. Nothing else of it is read. Throws DataError when it cannot be.
std::uint64_t unpacked_size(const std::filesystem::path& file);

/// Inflates a zlib stream of at most `limit` bytes, found in `file`. Throws DataError when it is
/// damaged, cut or longer.
std::vector<std::uint8_t> inflate_zlib(std::span<const std::uint8_t> stream, std::size_t limit,
                                       const std::filesystem::path& file);

}  // namespace infoplane
