#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>

#include "core/error.h"

namespace infoplane::test {

/// Ends the program, which is what libFuzzer takes for a finding.
[[noreturn]] inline void found(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

/// A file in memory that has a path, for readers that take one.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::uint8_t> bytes)
      : descriptor_(::memfd_create("input", MFD_CLOEXEC)),
        path_("/proc/self/fd/" + std::to_string(descriptor_)) {
    if (descriptor_ < 0 ||
        ::write(descriptor_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      found("no file in memory");
    }
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  int descriptor_;
  std::filesystem::path path_;
};

/// Calls `read`; whether it came to its end. An Error of one line is an answer, too.
template <class Read>
bool reads(const Read& read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    const std::string message = error.what();
    if (message.empty() || std::any_of(message.begin(), message.end(),
                                       [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
      found("the message is not one line");
    }
    return false;
  }
}

}  // namespace infoplane::test
