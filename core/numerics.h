#pragma once

namespace infoplane {

/// What a matrix product or a convolution multiplies: float32 as it is, or rounded to TF32, which
/// has float32's range and 10 bits behind the point; sums are float32 either way. Nothing else of a
/// network is touched. The CPU knows kFp32 only.
enum class Precision { kFp32, kTf32 };

/// Whether a repeated run gives the same bits: always, or only where the fastest algorithm does.
/// On the CPU it always does.
enum class Determinism { kBitwise, kFast };

/// How a backend computes.
struct Numerics {
  Precision precision = Precision::kFp32;
  Determinism determinism = Determinism::kBitwise;
};

inline const char* to_string(Precision precision) {
  switch (precision) {
    case Precision::kFp32: return "fp32";
    case Precision::kTf32: return "tf32";
  }
  return "unknown";
}

inline const char* to_string(Determinism determinism) {
  switch (determinism) {
    case Determinism::kBitwise: return "bitwise";
    case Determinism::kFast: return "fast";
  }
  return "unknown";
}

}  // namespace infoplane
