#include "data/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"

namespace infoplane {

void bad_file(const std::filesystem::path& file, const std::string& what) {
  throw DataError(file.string() + ": " + what);
}

void cannot_write(const std::filesystem::path& file, int reason) {
  throw Error(file.string() + ": cannot be written: " + why_not_written(reason));
}

void cannot_read(const std::filesystem::path& file, int reason) {
  bad_file(file, std::string("cannot be read: ") + std::strerror(reason) +
                     "; check the path and its permissions");
}

void too_large_for_memory(const std::filesystem::path& file, const std::string& what,
                          std::uint64_t bytes, const std::string& advice) {
  bad_file(file, what + " take " + std::to_string(bytes) + " bytes, more memory than there is; " +
                     advice);
}

bool is_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

bool is_folder(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

std::string why_hidden(const std::filesystem::path& path) {
  std::error_code error;
  static_cast<void>(std::filesystem::status(path, error));
  return error && error != std::errc::no_such_file_or_directory ? error.message() : "";
}

std::uint64_t regular_file_size(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (error == std::errc::no_such_file_or_directory) {
    bad_file(file, "no such file; check the path");
  }
  if (error) {
    cannot_read(file, error.value());
  }
  if (!std::filesystem::is_regular_file(status)) {
    bad_file(file, "is no regular file; name the file itself");
  }
  const std::uint64_t size = std::filesystem::file_size(file, error);
  if (error) {
    cannot_read(file, error.value());
  }
  return size;
}

void MappedFile::Unmap::operator()(const std::uint8_t* pages) const noexcept {
  ::munmap(const_cast<std::uint8_t*>(pages), size);
}

MappedFile::MappedFile(std::filesystem::path file) : path_(std::move(file)) {
  size_ = static_cast<std::size_t>(regular_file_size(path_));
  const int descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    cannot_read(path_, errno);
  }
  if (size_ > 0) {
    void* pages = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    const int why = errno;
    ::close(descriptor);
    if (pages == MAP_FAILED) {
      bad_file(path_, std::string("cannot be mapped: ") + std::strerror(why));
    }
    pages_ = {static_cast<const std::uint8_t*>(pages), Unmap{size_}};
  } else {
    ::close(descriptor);
  }
}

}  // namespace infoplane
