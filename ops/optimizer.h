#pragma once

#include <cstdint>

#include "core/context.h"
#include "core/geometry.h"
#include "core/view.h"

namespace infoplane::ops {

/// One step of SGD over all parameters at once (SgdOptions has the formula). w, grad and velocity
/// are flat and of equal size; with momentum 0 velocity may be empty. Overwrites w and velocity.
void sgd_step(Context& ctx, const SgdOptions& options, View<float> w, View<const float> grad,
              View<float> velocity);

/// Step t (from 1) of Adam over all parameters at once. Overwrites w, m and v.
void adam_step(Context& ctx, const AdamOptions& options, Deferred<std::int64_t> t, View<float> w,
               View<const float> grad, View<float> m, View<float> v);

}  // namespace infoplane::ops
