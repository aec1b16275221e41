#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/tensor.h"
#include "nn/layer.h"

namespace infoplane {

class NetworkPlan;

/// A list of layers with its parameters on one device.
///
/// Memory   All parameters are one flat tensor, their gradients another, the tracked buffers a
///          third: an optimizer is one pass, a checkpoint a few writes. One arena of activations,
///          sized by planning, serves every plan, as only one runs at a time.
class Network {
 public:
  /// Draws the initial parameters from `seed`: the same on every device. `input` is one sample's
  /// shape, [C, H, W] or [K]. Throws ShapeError, naming the layer, when the layers do not fit.
  Network(Context& ctx, const Shape& input, std::vector<std::unique_ptr<Layer>> layers,
          std::uint64_t seed);

  const Shape& input() const { return input_; }
  /// One sample's output shape: [classes].
  const Shape& output() const { return output_; }
  const std::vector<std::unique_ptr<Layer>>& layers() const { return layers_; }

  /// Named "0.dense.weight": the layer's position, its kind, the parameter.
  const std::vector<Parameter>& parameters() const { return parameters_; }
  /// What is tracked but not trained.
  const std::vector<Parameter>& buffers() const { return buffers_; }

  View<float> values() { return values_; }
  View<float> gradients() { return gradients_; }
  void zero_gradients() { gradients_.fill_zero(); }

  /// Turns the layers into what the device does for batches of `batch` samples. The network must
  /// outlive the plan. Plan the largest batches before running: planning may move the arena.
  std::unique_ptr<NetworkPlan> plan(Context& ctx, std::int64_t batch, Mode mode);

 private:
  friend class NetworkPlan;

  Shape input_;
  Shape output_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<Parameter> parameters_;
  std::vector<Parameter> buffers_;
  Tensor<float> values_;
  Tensor<float> gradients_;
  Tensor<float> buffer_values_;
  Tensor<float> arena_;
};

/// A network planned for one batch size and mode: the steps and where in the arena each
/// activation lies. Running allocates nothing.
class NetworkPlan {
 public:
  std::int64_t batch() const { return batch_; }

  /// Where the batch goes before forward(): [batch, ...input].
  View<float> input();
  /// What forward() leaves: [batch, classes]. Valid until any plan of the network runs again.
  View<float> logits();
  /// Where the gradient goes before backward(): [batch, classes]. Training plans only.
  View<float> dlogits();

  void forward(Context& ctx) { forward(ctx, {}); }
  /// The same, showing the output of every layer on the way, but of one whose step computes the
  /// activation behind it, too (Layer::plan_with): activations share memory, so each is there
  /// until `watch` returns, and not longer. `layer` counts from 0; `y` [batch, ...] is in the
  /// device's layout (core/shape.h). `watch` may enqueue, not wait.
  using Watch = std::function<void(std::size_t layer, View<const float> y)>;
  void forward(Context& ctx, const Watch& watch);
  /// Adds to the network's gradients. After forward() on the same input and at the same
  /// ctx.random().step.
  void backward(Context& ctx);

  /// Of each layer, what computes it (Step::algorithms).
  std::vector<std::vector<std::string>> algorithms() const;

  std::size_t arena_bytes() const { return static_cast<std::size_t>(arena_size_) * sizeof(float); }

 private:
  friend class Network;  // which has the arena for it

  struct Entry {
    std::unique_ptr<Step> step;
    Shape x_shape, y_shape;
    std::int64_t x = 0, y = 0;    ///< offsets of the activations in the arena
    std::int64_t dx = 0, dy = 0;  ///< offsets of the gradients
  };

  /// Where a layer's output lies: that of a layer without a step is its input.
  struct Output {
    std::size_t steps = 0;  ///< of the plan until it is there
    Shape shape;
    bool exists = true;  ///< not where one step computes the activation behind it, too
  };

  NetworkPlan(Context& ctx, Network& network, std::int64_t batch, Mode mode);

  void place_activations(Mode mode);
  void place_gradients();
  View<float> at(std::int64_t offset, const Shape& shape) const;

  Network& network_;
  std::int64_t batch_;
  Shape input_shape_;
  Shape output_shape_;
  std::int64_t output_ = 0;
  std::int64_t doutput_ = 0;
  std::int64_t arena_size_ = 0;
  bool trains_;
  std::vector<Entry> entries_;
  /// The first of them with parameters: nobody wants its dx, nor what lies before it. One past the
  /// last where none has parameters.
  std::size_t first_trained_ = 0;
  std::vector<Output> outputs_;  ///< of each layer
};

}  // namespace infoplane
