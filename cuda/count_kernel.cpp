#include "cuda/count_kernel.h"

#include <cstdlib>
#include <string>

#include "core/error.h"

namespace infoplane::cuda {
namespace {

std::string asked() {
  const char* variable = std::getenv("INFOPLANE_CUDA_KERNEL");
  return variable != nullptr ? variable : "";
}

}  // namespace

CountKernel forced_count_kernel() {
  struct Choice {
    const char* name;
    CountKernel kernel;
  };
  constexpr Choice kChoices[] = {{"", CountKernel::kAuto},
                                 {"multi-pass", CountKernel::kMultiPass},
                                 {"global-atomics", CountKernel::kGlobalAtomics},
                                 {"private-counters", CountKernel::kPrivateCounters},
                                 {"thread-rows", CountKernel::kThreadRows},
                                 {"warp-rows", CountKernel::kWarpRows}};
  for (const Choice& choice : kChoices) {
    if (asked() == choice.name) {
      return choice.kernel;
    }
  }
  throw UsageError("INFOPLANE_CUDA_KERNEL=" + asked() +
                   ": unknown kernel; use multi-pass, global-atomics, private-counters, "
                   "thread-rows or warp-rows");
}

void refuse_count_kernel(int classes, int bins, const char* use) {
  throw UsageError("INFOPLANE_CUDA_KERNEL=" + asked() + ": cannot count " +
                   std::to_string(classes) + " classes and " + std::to_string(bins) +
                   " bins on this GPU; use " + use);
}

}  // namespace infoplane::cuda
