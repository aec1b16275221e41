#pragma once

// From float32 to bfloat16 and back, for what Precision::kBf16 multiplies.

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "core/bf16.h"
#include "core/context.h"
#include "core/view.h"

namespace infoplane::cuda {

/// y = x + b, then its ReLU if `relu`; y [N, C] or [N, C, H, W], b [C] or empty for none.
void widen_bf16(Context& ctx, const Bf16* x, View<const float> b, View<float> y, bool relu);

/// y += x; x holds y.size(), as a library makes them: float32 or, of Precision::kBf16, Bf16.
void add_result(Context& ctx, const void* x, View<float> y);

/// Two arrays as a library multiplies them: float32 or, of Precision::kBf16, Bf16.
struct Operands {
  const void* a;
  const void* b;
};

/// Bytes that copies of arrays of these sizes take, one behind the other; 0 but of
/// Precision::kBf16.
std::size_t bf16_bytes(Context& ctx, std::initializer_list<std::int64_t> sizes);

/// a and b where they are or, of Precision::kBf16, rounded into `memory`, which holds
/// bf16_bytes(ctx, {a.size(), b.size()}).
Operands make_operands(Context& ctx, View<const float> a, View<const float> b, void* memory);

}  // namespace infoplane::cuda
