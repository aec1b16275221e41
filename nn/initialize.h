#pragma once

#include <cstdint>
#include <vector>

#include "nn/layer.h"

namespace infoplane {

/// Sets every parameter to its Init, parameter i drawing from the Philox stream
/// {seed, kInitStream + i}. Drawn on the host in logical order (row-major; kernels O, I, H, W), so
/// every device starts from the same bits.
void initialize(Context& ctx, const std::vector<Parameter>& parameters, std::uint64_t seed);

/// Reorders a row-major rank-4 array [A, B, H, W] into the channels-last order of device memory;
/// other ranks pass through.
std::vector<float> to_device_order(const Shape& shape, std::vector<float> values);

/// The inverse.
std::vector<float> to_logical_order(const Shape& shape, std::vector<float> values);

}  // namespace infoplane
