#pragma once

#include <cstdint>
#include <string>

#include "core/context.h"
#include "core/geometry.h"
#include "core/view.h"

namespace infoplane {

enum class ConvolutionPass { kForward, kBackwardData, kBackwardWeights };

/// Of a convolution's tensors: x [N, C, H, W], w [K, C, kh, kw], b [K], y [N, K, OH, OW].
struct ConvolutionShapes {
  /// Throws as Window::output does.
  ConvolutionShapes(const Window& window, const Shape& x, std::int64_t out_channels);

  Shape y, x, w, b;  // y first: what it comes from checks x
};

/// A 2-D convolution planned for one device and one input shape: what the device keeps between
/// calls (descriptors, chosen algorithms, packed layouts). Made by ops::plan_convolution.
///
/// x, w, b (may be empty: no bias) and y as above; float32; images and kernels channels-last in
/// memory (core/shape.h). All passes throw ShapeError, naming the argument and both shapes.
class ConvolutionPlan {
 public:
  explicit ConvolutionPlan(const ConvolutionShapes& shapes) : shapes_(shapes) {}
  virtual ~ConvolutionPlan() = default;

  /// Overwrites y.
  void forward(Context& ctx, View<const float> x, View<const float> w, View<const float> b,
               View<float> y);
  /// Overwrites dx.
  void backward_data(Context& ctx, View<const float> dy, View<const float> w, View<float> dx);
  /// Adds to dw and, unless empty, to db.
  void backward_weights(Context& ctx, View<const float> x, View<const float> dy, View<float> dw,
                        View<float> db);

  /// What computes a pass that is planned on this device, for people: "winograd",
  /// "oneDNN jit:avx512_core".
  virtual std::string algorithm(ConvolutionPass pass) const = 0;

 protected:
  const ConvolutionShapes& shapes() const { return shapes_; }

 private:
  // The passes, for arguments of the right shapes.
  virtual void do_forward(Context& ctx, View<const float> x, View<const float> w,
                          View<const float> b, View<float> y) = 0;
  virtual void do_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                View<float> dx) = 0;
  virtual void do_backward_weights(Context& ctx, View<const float> x, View<const float> dy,
                                   View<float> dw, View<float> db) = 0;

  ConvolutionShapes shapes_;
};

}  // namespace infoplane
