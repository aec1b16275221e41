#pragma once

#include <cstdint>

#include "core/context.h"
#include "core/view.h"

namespace infoplane::ops {

/// Row m of x = scale * images[indices[m]], as float. images [N, C * H * W], each row
/// C, H, W row-major as data sets store it; indices [M], each in [0, N); x [M, C, H, W] (then
/// channels-last in memory) or [M, K]. Overwrites x.
///
/// With `first`, a number on the device, indices [L] may be longer than x and are read from there
/// on: row m is images[indices[*first + m]], with 0 <= *first <= L - M.
void gather_images(Context& ctx, View<const std::uint8_t> images, View<const std::int32_t> indices,
                   float scale, View<float> x, const std::int64_t* first = nullptr);

/// The same for images kept as float.
void gather_images(Context& ctx, View<const float> images, View<const std::int32_t> indices,
                   float scale, View<float> x, const std::int64_t* first = nullptr);

/// out[m] = labels[indices[m]], or labels[indices[*first + m]]. labels [N], indices and out [M].
void gather_labels(Context& ctx, View<const std::int32_t> labels, View<const std::int32_t> indices,
                   View<std::int32_t> out, const std::int64_t* first = nullptr);

}  // namespace infoplane::ops
