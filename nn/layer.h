#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/context.h"
#include "core/geometry.h"
#include "core/view.h"

namespace infoplane {

/// Training computes batch statistics, draws dropout masks and keeps what backward needs;
/// evaluation does none of these. kTrainFirst is training for the first layer with parameters and
/// those before it: nobody wants their dx.
enum class Mode { kTrain, kTrainFirst, kEval };

/// How a parameter starts.
enum class Init {
  kZeros,
  kOnes,
  kUniformFanIn,     ///< uniform in +-1/sqrt(fan_in): PyTorch's default for weights and biases
  kTruncatedNormal,  ///< normal, sigma 1/sqrt(fan_in), redrawn beyond two sigma
};

/// A trained tensor with its gradient, or a tracked buffer (then without one). The network owns
/// the memory, flat over all layers, and binds the views; the layer says what it needs.
struct Parameter {
  std::string name;  ///< within the layer: "weight"
  Shape shape;
  Init init = Init::kZeros;
  std::int64_t fan_in = 1;
  View<float> value;
  View<float> grad;
};

/// What Step::algorithms says of a ReLU that was taken along.
inline constexpr char kWithRelu[] = "with the relu behind it";

/// What a layer does on one device for one input shape: made by Layer::plan, with everything worth
/// keeping between calls. Keeps no activations: the caller passes them back.
class Step {
 public:
  virtual ~Step() = default;

  /// Overwrites y.
  virtual void forward(Context& ctx, View<const float> x, View<float> y) = 0;

  /// Overwrites dx, unless dx is empty (then nobody wants it), and adds to the gradients of the
  /// parameters. dy may be written over, too: nobody reads it afterwards. Only in steps planned for
  /// training, after forward on the same x.
  virtual void backward(Context& ctx, View<const float> x, View<const float> y, View<float> dy,
                        View<float> dx) = 0;

  /// What computes it on this device, a line a pass, for people; empty when there is no choice.
  virtual std::vector<std::string> algorithms() const { return {}; }

  /// Whether forward may write y over x: backward then does not read x.
  virtual bool forward_in_place() const { return false; }
  /// Whether backward may write dx over dy.
  virtual bool backward_in_place() const { return false; }
  /// Whether backward reads y, so that a later step must not overwrite it.
  virtual bool backward_reads_y() const { return false; }
};

/// One line of a network as a paper writes it: hyperparameters and parameters, but no device code.
class Layer {
 public:
  virtual ~Layer() = default;

  /// For `infoplane models`: "conv 5x5 x10, pad 2".
  virtual std::string describe() const = 0;
  /// A word for parameter names: "conv".
  virtual std::string kind() const = 0;

  /// Shape of y for x, both with the batch in front. Throws ShapeError when x does not fit.
  virtual Shape output(const Shape& x) const = 0;

  /// Floating-point operations of one forward pass over x, a multiply-add counted as two.
  virtual double flop(const Shape& x) const { return static_cast<double>(x.numel()); }

  virtual std::vector<Parameter*> parameters() { return {}; }
  /// What is tracked but not trained: running statistics.
  virtual std::vector<Parameter*> buffers() { return {}; }

  /// Null when there is nothing to do in this mode, so that y is x under output()'s shape.
  /// The layer must outlive the step.
  virtual std::unique_ptr<Step> plan(Context& ctx, const Shape& x, Mode mode) = 0;

  /// This layer and the activation behind it in one pass over memory, with the same results; null
  /// when it cannot do both.
  virtual std::unique_ptr<Step> plan_with(Context& /*ctx*/, const Shape& /*x*/, Mode /*mode*/,
                                          Activation /*next*/) {
    return nullptr;
  }
};

}  // namespace infoplane
