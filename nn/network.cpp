#include "nn/network.h"

#include <algorithm>

#include "nn/activation.h"
#include "nn/initialize.h"

namespace infoplane {
namespace {

/// Sizes in the arena are rounded to a cache line, so that every activation is aligned.
std::int64_t aligned(std::int64_t floats) { return (floats + 15) / 16 * 16; }

/// Gives each parameter its piece of the flat tensors and collects copies under full names.
void bind_parameters(const std::vector<Parameter*>& parameters, const std::string& prefix,
                     Tensor<float>& values, Tensor<float>* gradients, std::int64_t& offset,
                     std::vector<Parameter>& all) {
  for (Parameter* parameter : parameters) {
    parameter->value = {values.data() + offset, parameter->shape};
    if (gradients != nullptr) {
      parameter->grad = {gradients->data() + offset, parameter->shape};
    }
    offset += aligned(parameter->shape.numel());
    all.push_back(*parameter);
    all.back().name = prefix + parameter->name;
  }
}

/// The activation that a layer is, if it is one.
Activation activation_of(const Layer& layer) {
  const auto* activation = dynamic_cast<const ActivationLayer*>(&layer);
  return activation == nullptr ? Activation::kIdentity : activation->activation();
}

std::int64_t flat_size(const std::vector<Parameter*>& parameters) {
  std::int64_t size = 0;
  for (const Parameter* parameter : parameters) {
    size += aligned(parameter->shape.numel());
  }
  return size;
}

}  // namespace

Network::Network(Context& ctx, const Shape& input, std::vector<std::unique_ptr<Layer>> layers,
                 std::uint64_t seed)
    : input_(input), layers_(std::move(layers)) {
  Shape shape = input.batched(1);
  std::int64_t trained = 0;
  std::int64_t tracked = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    try {
      shape = layers_[i]->output(shape);
    } catch (const ShapeError& error) {
      throw ShapeError("layer " + std::to_string(i) + ": " + error.what());
    }
    trained += flat_size(layers_[i]->parameters());
    tracked += flat_size(layers_[i]->buffers());
  }
  output_ = shape.row();
  values_ = Tensor<float>(ctx, {trained});
  gradients_ = Tensor<float>(ctx, {trained});
  buffer_values_ = Tensor<float>(ctx, {tracked});
  std::int64_t offset = 0;
  std::int64_t buffer_offset = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const std::string prefix = std::to_string(i) + "." + layers_[i]->kind() + ".";
    bind_parameters(layers_[i]->parameters(), prefix, values_, &gradients_, offset, parameters_);
    bind_parameters(layers_[i]->buffers(), prefix, buffer_values_, nullptr, buffer_offset,
                    buffers_);
  }
  initialize(ctx, parameters_, seed);
  initialize(ctx, buffers_, seed);
}

std::unique_ptr<NetworkPlan> Network::plan(Context& ctx, std::int64_t batch, Mode mode) {
  auto plan = std::unique_ptr<NetworkPlan>(new NetworkPlan(ctx, *this, batch, mode));
  const auto needed = static_cast<std::int64_t>(plan->arena_bytes() / sizeof(float));
  if (needed > arena_.size()) {
    arena_ = Tensor<float>();  // first the old, then the new: they need not exist together
    arena_ = Tensor<float>(ctx, {needed});
  }
  return plan;
}

NetworkPlan::NetworkPlan(Context& ctx, Network& network, std::int64_t batch, Mode mode)
    : network_(network),
      batch_(batch),
      input_shape_(network.input().batched(batch)),
      trains_(mode == Mode::kTrain) {
  Shape shape = input_shape_;
  const std::vector<std::unique_ptr<Layer>>& layers = network.layers();
  bool found_first = false;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Activation next =
        i + 1 < layers.size() ? activation_of(*layers[i + 1]) : Activation::kIdentity;
    const Shape y_shape = layers[i]->output(shape);
    const Mode own = trains_ && !found_first ? Mode::kTrainFirst : mode;
    if (!found_first) {
      first_trained_ = entries_.size();
      found_first = !layers[i]->parameters().empty();
    }
    std::unique_ptr<Step> step =
        next == Activation::kIdentity ? nullptr : layers[i]->plan_with(ctx, shape, own, next);
    const bool both = step != nullptr;
    if (!both) {
      step = layers[i]->plan(ctx, shape, own);
    }
    if (step) {
      Entry entry;
      entry.step = std::move(step);
      entry.x_shape = shape;
      entry.y_shape = y_shape;
      entries_.push_back(std::move(entry));
    }
    shape = y_shape;
    outputs_.push_back({entries_.size(), shape, !both});
    if (both) {
      ++i;  // the activation, whose output is this step's
      outputs_.push_back({entries_.size(), shape});
    }
  }
  output_shape_ = shape;
  if (!found_first) {
    first_trained_ = entries_.size();
  }
  place_activations(mode);
  if (trains_) {
    place_gradients();
  }
}

/// Training keeps every activation that a backward pass may read; evaluation swings between two.
void NetworkPlan::place_activations(Mode mode) {
  std::int64_t largest = aligned(input_shape_.numel());
  for (const Entry& entry : entries_) {
    largest = std::max(largest, aligned(entry.y_shape.numel()));
  }
  std::int64_t end = mode == Mode::kTrain ? aligned(input_shape_.numel()) : 2 * largest;
  std::int64_t current = 0;
  bool overwritable = mode == Mode::kEval;  // whether the step before still needs its output
  for (Entry& entry : entries_) {
    entry.x = current;
    const bool in_place = entry.step->forward_in_place() && overwritable;
    if (!in_place && mode == Mode::kTrain) {
      current = end;
      end += aligned(entry.y_shape.numel());
    } else if (!in_place) {
      current = current == 0 ? largest : 0;
    }
    entry.y = current;
    overwritable = mode == Mode::kEval || !entry.step->backward_reads_y();
  }
  output_ = current;
  arena_size_ = end;
}

/// Gradients swing between two buffers behind the activations.
void NetworkPlan::place_gradients() {
  std::int64_t largest = aligned(output_shape_.numel());
  for (std::size_t i = first_trained_ + 1; i < entries_.size(); ++i) {
    largest = std::max(largest, aligned(entries_[i].x_shape.numel()));
  }
  const std::int64_t first = arena_size_;
  std::int64_t current = first;
  doutput_ = current;
  for (std::size_t i = entries_.size(); i-- > first_trained_;) {
    entries_[i].dy = current;
    if (!entries_[i].step->backward_in_place()) {
      current = current == first ? first + largest : first;
    }
    entries_[i].dx = current;
  }
  arena_size_ += 2 * largest;
}

View<float> NetworkPlan::at(std::int64_t offset, const Shape& shape) const {
  return {network_.arena_.data() + offset, shape};
}

std::vector<std::vector<std::string>> NetworkPlan::algorithms() const {
  std::vector<std::vector<std::string>> of_layers;
  std::size_t steps = 0;
  for (const Output& output : outputs_) {
    of_layers.push_back(output.steps > steps ? entries_[steps].step->algorithms()
                                             : std::vector<std::string>());
    steps = output.steps;
  }
  return of_layers;
}

View<float> NetworkPlan::input() { return at(0, input_shape_); }

View<float> NetworkPlan::logits() { return at(output_, output_shape_); }

View<float> NetworkPlan::dlogits() {
  if (!trains_) {
    throw UsageError("NetworkPlan::dlogits: planned for evaluation, which has no backward pass");
  }
  return at(doutput_, output_shape_);
}

void NetworkPlan::forward(Context& ctx, const Watch& watch) {
  std::size_t layer = 0;
  const auto show = [&](std::size_t steps, std::int64_t offset) {
    for (; watch && layer < outputs_.size() && outputs_[layer].steps == steps; ++layer) {
      if (outputs_[layer].exists) {
        watch(layer, at(offset, outputs_[layer].shape));
      }
    }
  };
  show(0, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    entry.step->forward(ctx, at(entry.x, entry.x_shape), at(entry.y, entry.y_shape));
    show(i + 1, entry.y);
  }
}

void NetworkPlan::backward(Context& ctx) {
  if (!trains_) {
    throw UsageError("NetworkPlan::backward: planned for evaluation, which has no backward pass");
  }
  for (std::size_t i = entries_.size(); i-- > first_trained_;) {
    const Entry& entry = entries_[i];
    const View<float> dx = i == first_trained_ ? View<float>() : at(entry.dx, entry.x_shape);
    entry.step->backward(ctx, at(entry.x, entry.x_shape), at(entry.y, entry.y_shape),
                         at(entry.dy, entry.y_shape), dx);
  }
}

}  // namespace infoplane
