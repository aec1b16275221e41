#pragma once

#include <cstdint>

#include "core/deferred.h"
#include "core/shape.h"

namespace infoplane {

/// Elements of a pooling window, at most: the largest one is named by a byte.
constexpr std::int64_t kMostPoolElements = 256;

/// A 2-D window sliding over an image: kernel, stride and zero
/// padding, each (height, width).
struct Window {
  std::int64_t kernel_h = 1, kernel_w = 1;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t pad_h = 0, pad_w = 0;

  /// The same kernel, stride and padding in both directions.
  static Window square(std::int64_t kernel, std::int64_t stride, std::int64_t pad) {
    return {kernel, kernel, stride, stride, pad, pad};
  }

  /// [N, out_channels, OH, OW] for x [N, C, H, W]; OH = floor((H + 2 pad - kernel) / stride) + 1.
  /// Throws ShapeError, with `op` and both sizes, when x has rank other than 4, the window is
  /// larger than the padded image, or an extent or stride is not positive.
  Shape output(const char* op, const Shape& x, std::int64_t out_channels) const;
};

/// What an elementwise activation computes. Each has a derivative that its output determines.
enum class Activation { kIdentity, kRelu, kTanh };

/// What a convolution is planned to do.
struct ConvolutionOptions {
  bool trains = true;    ///< the backward passes, too
  bool relu = false;     ///< y = max(0, x * w + b): the ReLU behind it in the same pass
  bool needs_dx = true;  ///< if it trains; of a network's first layer nobody wants dx
};

/// Numbers of a batch-norm layer: PyTorch's defaults. The running statistics move by
/// running += momentum * (batch - running); the running variance is the unbiased one.
struct BatchNormOptions {
  float epsilon = 1e-5f;
  float momentum = 0.1f;
  bool relu = false;  ///< y = max(0, normalised x): the ReLU behind it in the same pass
};

/// SGD as PyTorch defines it: g += weight_decay * w; v = momentum * v + g; w -= lr * v.
/// The first step starts from v = 0, which gives v = g.
struct SgdOptions {
  Deferred<float> lr = 0.1f;
  float momentum = 0.9f;
  float weight_decay = 5e-4f;
};

/// Adam (Kingma and Ba 2015, algorithm 1), L2 weight decay added to the gradient.
struct AdamOptions {
  Deferred<float> lr = 1e-3f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  float weight_decay = 0.0f;
};

}  // namespace infoplane
