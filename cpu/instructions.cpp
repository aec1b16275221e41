#include "cpu/instructions.h"

#include <cstdlib>
#include <string>

#include "core/error.h"

namespace infoplane::cpu {
namespace {

bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

}  // namespace

bool has_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && has_avx2();
#else
  return false;
#endif
}

Instructions choose_instructions() {
  struct Choice {
    const char* name;
    Instructions instructions;
    bool there;
  };
  const Choice choices[] = {// widest first
                            {"avx512", Instructions::kAvx512, has_avx512()},
                            {"avx2", Instructions::kAvx2, has_avx2()},
                            {"scalar", Instructions::kScalar, true}};
  const char* variable = std::getenv("INFOPLANE_CPU_KERNEL");
  const std::string asked = variable != nullptr ? variable : "";
  for (const Choice& choice : choices) {
    if (asked == choice.name && !choice.there) {
      throw UsageError("INFOPLANE_CPU_KERNEL=" + asked +
                       ": this processor lacks the instructions; use scalar or unset it");
    }
    if (choice.there && (asked.empty() || asked == choice.name)) {
      return choice.instructions;
    }
  }
  throw UsageError("INFOPLANE_CPU_KERNEL=" + asked +
                   ": unknown kernel; use scalar, avx2 or avx512");
}

}  // namespace infoplane::cpu
