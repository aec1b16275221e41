#pragma once

// What these do is documented in ops/optimizer.h.

#include <cstdint>

#include "core/context.h"
#include "core/geometry.h"
#include "core/view.h"

namespace infoplane::cpu {

void sgd_step(Context& ctx, const SgdOptions& options, View<float> w, View<const float> grad,
              View<float> velocity);
void adam_step(Context& ctx, const AdamOptions& options, Deferred<std::int64_t> t, View<float> w,
               View<const float> grad, View<float> m, View<float> v);

}  // namespace infoplane::cpu
