#include "cuda/launch.cuh"
#include "cuda/optimizer.cuh"
#include "cuda/optimizer.h"

namespace infoplane::cuda {

void sgd_step(Context& ctx, const SgdOptions& options, View<float> w, View<const float> grad,
              View<float> velocity) {
  launch(ctx, "sgd_step_kernel", sgd_step_kernel, {blocks_for(w.size())}, options, w.size(),
         w.data(), grad.data(), velocity.data());
}

void adam_step(Context& ctx, const AdamOptions& options, Deferred<std::int64_t> t, View<float> w,
               View<const float> grad, View<float> m, View<float> v) {
  auto* scales = static_cast<AdamScales*>(ctx.scratch(sizeof(AdamScales)));
  launch(ctx, "adam_scales_kernel", adam_scales_kernel, {1, 1}, options, t, scales);
  launch(ctx, "adam_step_kernel", adam_step_kernel, {blocks_for(w.size())}, options, scales,
         w.size(), w.data(), grad.data(), m.data(), v.data());
}

}  // namespace infoplane::cuda
