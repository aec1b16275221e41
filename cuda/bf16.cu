#include "cuda/bf16.cuh"
#include "cuda/bf16.h"
#include "cuda/launch.cuh"

namespace infoplane::cuda {
namespace {

std::size_t bytes_of_copy(std::int64_t size) {
  return padded(static_cast<std::size_t>(size) * sizeof(Bf16));
}

/// y = x, rounded; y holds x.size().
void round_to_bf16(Context& ctx, View<const float> x, Bf16* y) {
  launch(ctx, "round_to_bf16_kernel", round_to_bf16_kernel, {blocks_for(x.size())}, x.size(),
         x.data(), y);
}

}  // namespace

void widen_bf16(Context& ctx, const Bf16* x, View<const float> b, View<float> y, bool relu) {
  const std::int64_t columns = y.shape()[1];
  const ColumnGrid grid = column_grid(y.size() / columns, columns);
  const auto kernel =
      relu ? widen_bf16_kernel<Activation::kRelu> : widen_bf16_kernel<Activation::kIdentity>;
  launch(ctx, "widen_bf16_kernel", kernel, {dim3(grid.chunks, grid.tiles)}, grid, x,
         b.empty() ? nullptr : b.data(), y.data());
}

void add_result(Context& ctx, const void* x, View<float> y) {
  const auto add = [&](const auto* typed) {
    launch(ctx, "add_result_kernel", add_result_kernel<std::decay_t<decltype(*typed)>>,
           {blocks_for(y.size())}, y.size(), typed, y.data());
  };
  if (gpu(ctx).numerics().precision == Precision::kBf16) {
    add(static_cast<const Bf16*>(x));
  } else {
    add(static_cast<const float*>(x));
  }
}

std::size_t bf16_bytes(Context& ctx, std::initializer_list<std::int64_t> sizes) {
  if (gpu(ctx).numerics().precision != Precision::kBf16) {
    return 0;
  }
  std::size_t bytes = 0;
  for (const std::int64_t size : sizes) {
    bytes += bytes_of_copy(size);
  }
  return bytes;
}

Operands make_operands(Context& ctx, View<const float> a, View<const float> b, void* memory) {
  if (gpu(ctx).numerics().precision != Precision::kBf16) {
    return {a.data(), b.data()};
  }
  auto* a_rounded = static_cast<Bf16*>(memory);
  auto* b_rounded = a_rounded + bytes_of_copy(a.size()) / sizeof(Bf16);
  round_to_bf16(ctx, a, a_rounded);
  round_to_bf16(ctx, b, b_rounded);
  return {a_rounded, b_rounded};
}

}  // namespace infoplane::cuda
