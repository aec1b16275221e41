#pragma once

#include "core/context.h"
#include "core/view.h"

namespace infoplane::ops {

/// Channels-last memory into row-major: x [N, C, H, W], y [N, C * H * W] with each row in C, H, W
/// order, as a Flatten layer means it. Overwrites y; not in place.
void to_plain(Context& ctx, View<const float> x, View<float> y);

/// The inverse. y [N, C * H * W], x [N, C, H, W]. Overwrites x; not in place.
void from_plain(Context& ctx, View<const float> y, View<float> x);

}  // namespace infoplane::ops
