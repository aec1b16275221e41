#pragma once

#include <string>

namespace infoplane::cpu {

/// Instruction sets that kernels of this room are compiled for.
enum class Instructions { kScalar, kAvx2, kAvx512 };

/// Whether this processor has what the AVX-512 kernels take.
bool has_avx512();

/// The widest that this processor has, or the one that INFOPLANE_CPU_KERNEL (scalar, avx2, avx512)
/// names. Throws UsageError when the name is unknown or the processor lacks the instructions.
Instructions choose_instructions();

/// "scalar", "avx2" or "avx512".
std::string to_string(Instructions instructions);

/// All that the last digits of what the host computes may depend on: the widest vectors that this
/// processor has, then "bf16" and "amx" where oneDNN may use them, then what holds a part of it to
/// less, as in "avx512, bf16, amx, kernels avx2, oneDNN avx2". Throws as choose_instructions().
std::string describe_instructions();

}  // namespace infoplane::cpu
