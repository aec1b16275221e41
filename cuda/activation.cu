#include "cuda/activation.cuh"
#include "cuda/activation.h"
#include "cuda/launch.cuh"

namespace infoplane::cuda {
namespace {

template <Activation kKind>
void forward(Context& ctx, View<const float> x, View<float> y) {
  launch(ctx, "activation_forward_kernel", activation_forward_kernel<kKind>, {blocks_for(x.size())},
         x.size(), x.data(), y.data());
}

template <Activation kKind>
void backward(Context& ctx, View<const float> y, View<const float> dy, View<float> dx) {
  launch(ctx, "activation_backward_kernel", activation_backward_kernel<kKind>,
         {blocks_for(y.size())}, y.size(), y.data(), dy.data(), dx.data());
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
