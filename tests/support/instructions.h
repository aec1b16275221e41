#pragma once

#include <string>

namespace infoplane::test {

/// Whether this processor has what a vector kernel of INFOPLANE_CPU_KERNEL takes, "avx2" or
/// "avx512", without asking the program.
inline bool has_instructions(const std::string& kernel) {
#if defined(__x86_64__)
  if (kernel == "avx512") {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  }
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return kernel.empty();
#endif
}

}  // namespace infoplane::test
