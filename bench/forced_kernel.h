#pragma once

#include <cstdlib>
#include <string>

#include "core/device.h"

namespace infoplane::bench {

/// The handle that cpu/ and cuda/ offer, to a user and to a benchmark alike.
inline const char* kernel_variable(Device device) {
  return device == Device::kCpu ? "INFOPLANE_CPU_KERNEL" : "INFOPLANE_CUDA_KERNEL";
}

/// The counting kernel that is asked for by `name` or, where that is empty, by the environment;
/// "auto" where none is.
inline std::string kernel_name(Device device, const std::string& name) {
  const char* const variable = std::getenv(kernel_variable(device));
  const std::string named = name.empty() && variable != nullptr ? variable : name;
  return named.empty() ? "auto" : named;
}

/// Names a device's counting kernel while it lives, through its variable. An empty name leaves the
/// variable alone.
class ForcedKernel {
 public:
  ForcedKernel(Device device, const std::string& name)
      : variable_(kernel_variable(device)), forced_(!name.empty()) {
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
