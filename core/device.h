#pragma once

namespace infoplane {

/// Where tensors live and ops run.
enum class Device { kCpu, kCuda };

inline const char* to_string(Device device) {
  switch (device) {
    case Device::kCpu: return "cpu";
    case Device::kCuda: return "cuda";
  }
  return "unknown";
}

}  // namespace infoplane
