#include "cpu/instructions.h"

#include <cstdlib>
#include <string>

#include "core/error.h"
#include "cpu/onednn.h"

namespace infoplane::cpu {
namespace {

bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

/// AVX-512's own instructions for bfloat16.
bool has_avx512_bf16() {
#if defined(__x86_64__)
  return has_avx512() && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

/// Whether ONEDNN_MAX_CPU_ISA, or oneDNN's own look at the processor, leaves it `isa`.
bool onednn_has(dnnl::cpu_isa isa) {
  const auto wanted = static_cast<unsigned>(isa);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & wanted) == wanted;
}

/// Whether oneDNN says what it is held to.
bool onednn_looks() { return dnnl::get_effective_cpu_isa() != kAnyIsa; }

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

std::string to_string(Instructions instructions) {
  switch (instructions) {
    case Instructions::kScalar: return "scalar";
    case Instructions::kAvx2: return "avx2";
    case Instructions::kAvx512: return "avx512";
  }
  return "";
}

std::string describe_instructions() {
  const Instructions widest = has_avx512() ? Instructions::kAvx512
                              : has_avx2() ? Instructions::kAvx2
                                           : Instructions::kScalar;
  std::string text = to_string(widest);
  if (has_avx512_bf16() && (!onednn_looks() || onednn_has(dnnl::cpu_isa::avx512_core_bf16))) {
    text += ", bf16";
  }
  if (onednn_looks() && onednn_has(dnnl::cpu_isa::avx512_core_amx)) {
    text += ", amx";
  }
  if (const Instructions chosen = choose_instructions(); chosen != widest) {
    text += ", kernels " + to_string(chosen);
  }
  if (onednn_looks() && has_avx512() && !onednn_has(dnnl::cpu_isa::avx512_core)) {
    text += onednn_has(dnnl::cpu_isa::avx2) ? ", oneDNN avx2" : ", oneDNN below avx2";
  }
  return text;
}

}  // namespace infoplane::cpu
