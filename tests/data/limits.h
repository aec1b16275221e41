#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>

namespace infoplane::test {

/// Lets the process map so many bytes more than it has, until the end of the test.
class MemoryLimit {
 public:
  explicit MemoryLimit(std::uint64_t bytes) {
    ::getrlimit(RLIMIT_AS, &before_);
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + bytes;
    ::setrlimit(RLIMIT_AS, &limit);
  }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;
  ~MemoryLimit() { ::setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_{};
};

/// Takes from root, until the end of the test, what lets it read any file.
class Unprivileged {
 public:
  Unprivileged() { is_so_ = ::geteuid() != 0 || ::seteuid(kNobody) == 0; }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() {
    if (::geteuid() == kNobody) {
      [[maybe_unused]] const int ignored = ::seteuid(0);  // fails where it was nobody's all along
    }
  }

  bool is_so() const { return is_so_; }

 private:
  static constexpr uid_t kNobody = 65534;

  bool is_so_ = false;
};

}  // namespace infoplane::test
