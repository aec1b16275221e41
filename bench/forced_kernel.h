#pragma once

#include <cstdlib>
#include <string>

namespace infoplane::bench {

/// Names the host's counting kernel while it lives, through INFOPLANE_CPU_KERNEL: the one handle
/// that cpu/ offers, to a user and to a benchmark alike. An empty name leaves the variable alone.
class ForcedKernel {
 public:
  explicit ForcedKernel(const std::string& name) : forced_(!name.empty()) {
    const char* before = std::getenv(kVariable);
    before_ = before != nullptr ? before : "";
    if (forced_) {
      ::setenv(kVariable, name.c_str(), 1);
    }
  }
  ~ForcedKernel() {
    if (forced_) {
      ::setenv(kVariable, before_.c_str(), 1);  // empty is as good as unset
    }
  }
  ForcedKernel(const ForcedKernel&) = delete;
  ForcedKernel& operator=(const ForcedKernel&) = delete;

 private:
  static constexpr char kVariable[] = "INFOPLANE_CPU_KERNEL";
  bool forced_;
  std::string before_;
};

}  // namespace infoplane::bench
