#pragma once

#include <cstdlib>
#include <string>

#include "core/device.h"

namespace infoplane::bench {

/// Names a device's counting kernel while it lives, through INFOPLANE_CPU_KERNEL or
/// INFOPLANE_CUDA_KERNEL: the handles that cpu/ and cuda/ offer, to a user and to a benchmark
/// alike. An empty name leaves the variable alone.
class ForcedKernel {
 public:
  ForcedKernel(Device device, const std::string& name)
      : variable_(device == Device::kCpu ? "INFOPLANE_CPU_KERNEL" : "INFOPLANE_CUDA_KERNEL"),
        forced_(!name.empty()) {
    const char* before = std::getenv(variable_);
    before_ = before != nullptr ? before : "";
    if (forced_) {
      ::setenv(variable_, name.c_str(), 1);
    }
  }
  ~ForcedKernel() {
    if (forced_) {
      ::setenv(variable_, before_.c_str(), 1);  // empty is as good as unset
    }
  }
  ForcedKernel(const ForcedKernel&) = delete;
  ForcedKernel& operator=(const ForcedKernel&) = delete;

 private:
  const char* variable_;
  bool forced_;
  std::string before_;
};

}  // namespace infoplane::bench
