#include "ops/context.h"

#include "core/error.h"
#include "cpu/backend.h"
#include "cpu/instructions.h"
#include "cuda/backend.h"

namespace infoplane::ops {

Context make_context(Device device, const ContextOptions& options) {
  const Numerics numerics{options.precision.value_or(usual_precision(device)), options.determinism};
  switch (device) {
    case Device::kCpu:
      if (const std::string why = cpu::why_without(numerics.precision); !why.empty()) {
        throw UsageError("precision: " + why + "; take --precision fp32 or --device cuda");
      }
      return Context(device, cpu::make_backend(options.threads, options.pin, numerics.precision));
    case Device::kCuda:
      if (options.pin) {
        throw UsageError(
            "pin: threads are pinned for the CPU only; take --device cpu, or do not pin");
      }
      return Context(device, cuda::make_backend(numerics));
  }
  throw DeviceMissing("make_context: unknown device");
}

Device usual_device() { return why_missing(Device::kCuda).empty() ? Device::kCuda : Device::kCpu; }

Precision usual_precision(Device device) {
  switch (device) {
    case Device::kCpu: return Precision::kFp32;
    case Device::kCuda: return Precision::kTf32;
  }
  throw DeviceMissing("usual_precision: unknown device");
}

int physical_cores() { return cpu::physical_cores(); }

int usable_processors() { return cpu::usable_processors(); }

std::string why_missing(Device device) {
  switch (device) {
    case Device::kCpu: return "";
    case Device::kCuda: return cuda::why_missing();
  }
  return "unknown device";
}

std::vector<Device> available_devices() {
  std::vector<Device> devices;
  for (const Device device : {Device::kCpu, Device::kCuda}) {
    if (why_missing(device).empty()) {
      devices.push_back(device);
    }
  }
  return devices;
}

std::vector<std::pair<std::string, std::string>> library_versions(Device device) {
  switch (device) {
    case Device::kCpu: return cpu::library_versions();
    case Device::kCuda: return cuda::library_versions();
  }
  return {};
}

std::string instructions(Device device) {
  switch (device) {
    case Device::kCpu: return cpu::describe_instructions();
    case Device::kCuda: return "";
  }
  return "";
}

}  // namespace infoplane::ops
