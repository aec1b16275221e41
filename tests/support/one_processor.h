#pragma once

#include <sched.h>

#include <stdexcept>

namespace infoplane::test {

/// Leaves the process, and those that it starts, one processor until the end of the test.
class OneProcessor {
 public:
  OneProcessor() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    if (sched_getaffinity(0, sizeof before_, &before_) != 0 ||
        sched_setaffinity(0, sizeof one, &one) != 0) {
      throw std::runtime_error("the process cannot be left one processor");
    }
  }
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;
  ~OneProcessor() { sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_;
};

}  // namespace infoplane::test
