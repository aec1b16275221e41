#include "cuda/cuda_backend.h"
#include "cuda/optimizer.cuh"
#include "cuda/optimizer.h"

namespace infoplane::cuda {

void sgd_step(Context& ctx, const SgdOptions& options, View<float> w, View<const float> grad,
              View<float> velocity) {
  sgd_step_kernel<<<blocks_for(w.size()), kBlockThreads, 0, gpu(ctx).stream()>>>(
      options, w.size(), w.data(), grad.data(), velocity.data());
  gpu(ctx).check_launch("sgd_step_kernel");
}

void adam_step(Context& ctx, const AdamOptions& options, Deferred<std::int64_t> t, View<float> w,
               View<const float> grad, View<float> m, View<float> v) {
  auto* scales = static_cast<AdamScales*>(ctx.scratch(sizeof(AdamScales)));
  adam_scales_kernel<<<1, 1, 0, gpu(ctx).stream()>>>(options, t, scales);
  gpu(ctx).check_launch("adam_scales_kernel");
  adam_step_kernel<<<blocks_for(w.size()), kBlockThreads, 0, gpu(ctx).stream()>>>(
      options, scales, w.size(), w.data(), grad.data(), m.data(), v.data());
  gpu(ctx).check_launch("adam_step_kernel");
}

}  // namespace infoplane::cuda
