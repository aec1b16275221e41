#pragma once

namespace infoplane::cuda {

/// The kernels that count, of which docs/counting.md tells.
enum class CountKernel {
  kAuto,             ///< the one that suits the table and the number of rows
  kMultiPass,        ///< "multi-pass", dense tables
  kGlobalAtomics,    ///< "global-atomics", any table
  kPrivateCounters,  ///< "private-counters", dense tables of up to 32 classes
  kThreadRows,       ///< "thread-rows", hashed tables
  kWarpRows          ///< "warp-rows", hashed tables
};

/// The one that INFOPLANE_CUDA_KERNEL names, kAuto where it is not set. Throws UsageError when the
/// name is unknown.
CountKernel forced_count_kernel();

/// Throws UsageError: the kernel named cannot count a table of so many classes and bins; `use` says
/// which one can.
[[noreturn]] void refuse_count_kernel(int classes, int bins, const char* use);

}  // namespace infoplane::cuda
