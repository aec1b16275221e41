#pragma once

/// Before a free function with plain loops: compiled for AVX-512, for AVX2 and for any x86-64, the
/// best chosen when the program starts. All give the same bits, for the build contracts nothing
/// (-ffp-contract=off) and reassociates nothing. Lambdas inside are not cloned: write loops.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define INFOPLANE_CPU_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define INFOPLANE_CPU_CLONES
#endif
