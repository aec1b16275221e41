#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace infoplane {

/// What a matrix product or a convolution multiplies: float32 as it is, or rounded to TF32, which
/// has float32's range and 10 bits behind the point, or to bfloat16, which has 7; sums are float32
/// in each. Of kBf16 what a convolution makes on CUDA is a bfloat16, too. Nothing else of a network
/// is touched. The CPU knows kFp32 and, where it has AVX-512, kBf16.
enum class Precision { kFp32, kTf32, kBf16 };

/// Whether a repeated run gives the same bits: always, or only where the fastest algorithm does.
/// On the CPU it always does.
enum class Determinism { kBitwise, kFast };

/// How a backend computes.
struct Numerics {
  Precision precision = Precision::kFp32;
  Determinism determinism = Determinism::kBitwise;
};

/// Their names, in their order.
inline constexpr std::array<const char*, 3> kPrecisionNames = {"fp32", "tf32", "bf16"};
inline constexpr std::array<const char*, 2> kDeterminismNames = {"bitwise", "fast"};

inline const char* to_string(Precision precision) {
  return kPrecisionNames[static_cast<std::size_t>(precision)];
}
inline const char* to_string(Determinism determinism) {
  return kDeterminismNames[static_cast<std::size_t>(determinism)];
}

inline std::vector<std::string> precision_names() {
  return {kPrecisionNames.begin(), kPrecisionNames.end()};
}
inline std::vector<std::string> determinism_names() {
  return {kDeterminismNames.begin(), kDeterminismNames.end()};
}

/// The value of that name; none for another name.
template <class Value, std::size_t kCount>
std::optional<Value> find_named(const std::array<const char*, kCount>& names,
                                std::string_view name) {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (name == names[i]) {
      return static_cast<Value>(i);
    }
  }
  return std::nullopt;
}
inline std::optional<Precision> find_precision(std::string_view name) {
  return find_named<Precision>(kPrecisionNames, name);
}
inline std::optional<Determinism> find_determinism(std::string_view name) {
  return find_named<Determinism>(kDeterminismNames, name);
}

}  // namespace infoplane
