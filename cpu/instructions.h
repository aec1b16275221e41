#pragma once

namespace infoplane::cpu {

/// Instruction sets that kernels of this room are compiled for.
enum class Instructions { kScalar, kAvx2, kAvx512 };

/// Whether this processor has what the AVX-512 kernels take.
bool has_avx512();

/// The widest that this processor has, or the one that INFOPLANE_CPU_KERNEL (scalar, avx2, avx512)
/// names. Throws UsageError when the name is unknown or the processor lacks the instructions.
Instructions choose_instructions();

}  // namespace infoplane::cpu
