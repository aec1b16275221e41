#pragma once

#include <string>

#include "core/context.h"
#include "core/view.h"

namespace infoplane {

enum class ConvolutionPass { kForward, kBackwardData, kBackwardWeights };

/// A 2-D convolution planned for one device and one input shape: what the device keeps between
/// calls (descriptors, chosen algorithms, packed layouts). Made by ops::plan_convolution.
///
/// x [N, C, H, W], w [K, C, kh, kw], b [K] (may be empty: no bias), y [N, K, OH, OW]; float32;
/// images and kernels channels-last in memory (core/shape.h).
class ConvolutionPlan {
 public:
  virtual ~ConvolutionPlan() = default;

  /// Overwrites y.
  virtual void forward(Context& ctx, View<const float> x, View<const float> w, View<const float> b,
                       View<float> y) = 0;
  /// Overwrites dx.
  virtual void backward_data(Context& ctx, View<const float> dy, View<const float> w,
                             View<float> dx) = 0;
  /// Adds to dw and, unless empty, to db.
  virtual void backward_weights(Context& ctx, View<const float> x, View<const float> dy,
                                View<float> dw, View<float> db) = 0;

  /// What computes a pass on this device, for people: "winograd", "oneDNN jit:avx512_core".
  virtual std::string algorithm(ConvolutionPass pass) const = 0;
};

}  // namespace infoplane
