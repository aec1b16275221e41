#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/context.h"

namespace infoplane::ops {

struct ContextOptions {
  int threads = 0;  ///< host threads; 0: the physical cores
  bool pin =
      false;  ///< each of them stays on a core of its own; for the CPU, one context at a time
  std::optional<Precision> precision = std::nullopt;  ///< none: usual_precision() of the device
  Determinism determinism = Determinism::kBitwise;
};

/// kTf32 on CUDA; kFp32 on the CPU.
Precision usual_precision(Device device);

/// What "auto" means: CUDA where it works, else the CPU.
Device usual_device();

/// A context on `device`. Throws DeviceMissing, saying what is missing, when it cannot be had, and
/// UsageError for `pin` with more threads than cores or with another device than the CPU, and for a
/// precision that the device does not have.
Context make_context(Device device, const ContextOptions& options = {});

/// Physical cores that the caller may use and has the time of: what `threads = 0` means. One, where
/// a context is pinned.
int physical_cores();

/// Logical processors that the caller may use and has the time of; more threads wait for each
/// other.
int usable_processors();

/// The devices of this machine that this build can use: the CPU, and CUDA where there is a GPU.
std::vector<Device> available_devices();

/// Why `device` cannot be used ("no NVIDIA driver ..."); empty when it can.
std::string why_missing(Device device);

/// Name and version of each library a device computes with, e.g. {"oneDNN", "2.6.3"}.
std::vector<std::pair<std::string, std::string>> library_versions(Device device);

/// The vector instructions that a device computes with, on which the last digits of its results may
/// depend, e.g. "avx512, bf16, amx"; empty for a GPU, whose name says it.
std::string instructions(Device device);

}  // namespace infoplane::ops
