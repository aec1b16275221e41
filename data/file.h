#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace infoplane {

/// Throws DataError "FILE: what".
[[noreturn]] void bad_file(const std::filesystem::path& file, const std::string& what);

/// Throws Error "FILE: cannot be written: REASON; ...", `reason` being an errno: no data are
/// missing.
[[noreturn]] void cannot_write(const std::filesystem::path& file, int reason);

/// Throws DataError "FILE: cannot be read: REASON; ...".
[[noreturn]] void cannot_read(const std::filesystem::path& file, int reason);

/// Throws DataError "FILE: WHAT take BYTES bytes, more memory than there is; ADVICE".
[[noreturn]] void too_large_for_memory(const std::filesystem::path& file, const std::string& what,
                                       std::uint64_t bytes, const std::string& advice);

/// Reserves room for `count` values in all, which are `what` of a file or folder ("30 images").
/// Throws as too_large_for_memory().
template <class T>
void reserve_room(std::vector<T>& values, std::uint64_t count, const std::filesystem::path& file,
                  const std::string& what, const std::string& advice) {
  try {
    values.reserve(static_cast<std::size_t>(count));
    return;
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {
  }
  too_large_for_memory(file, what, count * sizeof(T), advice);
}

/// Whether there is a regular file, or a folder, of that name (or behind a link of that name).
bool is_file(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);

/// Why it cannot be told whether there is anything of that name, as "Permission denied"; empty when
/// it can.
std::string why_hidden(const std::filesystem::path& path);

/// The file's size in bytes. Throws DataError when it is missing or no regular file.
std::uint64_t regular_file_size(const std::filesystem::path& file);

/// A whole file mapped read-only: nothing is copied, and pages are read when they are touched.
/// Move-only. Throws DataError when it cannot be read; an empty file maps to no bytes.
class MappedFile {
 public:
  explicit MappedFile(std::filesystem::path file);

  const std::filesystem::path& path() const { return path_; }
  std::span<const std::uint8_t> bytes() const { return {pages_.get(), size_}; }

 private:
  struct Unmap {
    std::size_t size;
    void operator()(const std::uint8_t* pages) const noexcept;
  };

  std::filesystem::path path_;
  std::size_t size_ = 0;
  std::unique_ptr<const std::uint8_t[], Unmap> pages_;
};

}  // namespace infoplane
