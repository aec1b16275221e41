#pragma once

#include <omp.h>

namespace infoplane::cpu {

/// What oneDNN plans and runs here takes one thread, this one, as long as this lives: how it
/// divides work among threads, and so the bits of a result, depends on their number.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;
  ~OneThread() { omp_set_num_threads(before_); }

 private:
  int before_;
};

}  // namespace infoplane::cpu
