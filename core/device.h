#pragma once

#include <optional>
#include <string_view>

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

/// The device of that name; none for any other text.
inline std::optional<Device> find_device(std::string_view name) {
  for (const Device device : {Device::kCpu, Device::kCuda}) {
    if (name == to_string(device)) {
      return device;
    }
  }
  return std::nullopt;
}

}  // namespace infoplane
