#pragma once

/// Marks a function of core/ that compiles for the host and for the device. Always inlined, so
/// that a caller compiled for a wider instruction set takes the mathematics along.
#if defined(__CUDACC__)
#define INFOPLANE_HD __host__ __device__ __forceinline__
#else
#define INFOPLANE_HD inline __attribute__((always_inline))
#endif
