#include "cuda/activation.cuh"
#include "cuda/activation.h"
#include "cuda/cuda_backend.h"

namespace infoplane::cuda {
namespace {

template <Activation kKind>
void forward(Context& ctx, View<const float> x, View<float> y) {
  activation_forward_kernel<kKind>
      <<<blocks_for(x.size()), kBlockThreads, 0, gpu(ctx).stream()>>>(x.size(), x.data(), y.data());
  gpu(ctx).check_launch("activation_forward_kernel");
}

template <Activation kKind>
void backward(Context& ctx, View<const float> y, View<const float> dy, View<float> dx) {
  activation_backward_kernel<kKind><<<blocks_for(y.size()), kBlockThreads, 0, gpu(ctx).stream()>>>(
      y.size(), y.data(), dy.data(), dx.data());
  gpu(ctx).check_launch("activation_backward_kernel");
}

}  // namespace

void activation_forward(Context& ctx, Activation kind, View<const float> x, View<float> y) {
  switch (kind) {
    case Activation::kIdentity: return forward<Activation::kIdentity>(ctx, x, y);
    case Activation::kRelu: return forward<Activation::kRelu>(ctx, x, y);
    case Activation::kTanh: return forward<Activation::kTanh>(ctx, x, y);
  }
}

void activation_backward(Context& ctx, Activation kind, View<const float> y, View<const float> dy,
                         View<float> dx) {
  switch (kind) {
    case Activation::kIdentity: return backward<Activation::kIdentity>(ctx, y, dy, dx);
    case Activation::kRelu: return backward<Activation::kRelu>(ctx, y, dy, dx);
    case Activation::kTanh: return backward<Activation::kTanh>(ctx, y, dy, dx);
  }
}

}  // namespace infoplane::cuda
