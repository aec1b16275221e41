#include "train/layer_sampler.h"

#include <algorithm>
#include <limits>
#include <span>

#include "nn/activation.h"
#include "ops/tuple_counts.h"

namespace infoplane {
namespace {

/// [N, ...] as [N, K]. The order of a layer's units names its tuples, and makes none equal.
View<const float> flat(View<const float> y) {
  return y.reshaped({y.shape()[0], y.size() / y.shape()[0]});
}

}  // namespace

std::vector<HiddenLayer> hidden_layers(const Network& network) {
  std::vector<HiddenLayer> hidden;
  Shape shape = network.input().batched(1);
  for (std::size_t i = 0; i < network.layers().size(); ++i) {
    shape = network.layers()[i]->output(shape);
    if (const auto* layer = dynamic_cast<const ActivationLayer*>(network.layers()[i].get())) {
      hidden.push_back({i, shape, layer->activation()});
    }
  }
  return hidden;
}

LayerSampler::LayerSampler(Context& ctx, const Network& network, const SamplePlan& plan,
                           std::int64_t capacity, std::int64_t most_rows)
    : ctx_(ctx), classes_(static_cast<int>(network.output()[0])) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const HiddenLayer& layer : hidden_layers(network)) {
    const bool bounded = layer.activation == Activation::kTanh;
    const ValueRange range = plan.layer_range.value_or(ValueRange{-1.0f, 1.0f});
    const TupleBins bins = equal_intervals(static_cast<int>(layer.shape.numel()), plan.layer_bins,
                                           range.low, range.high, plan.layer_range.has_value());
    hidden_.push_back({layer.layer, !plan.layer_range && !bounded,
                       ops::JointCounts(ctx, classes_, bins), Tensor<float>(ctx, {2})});
    hidden_.back().counts.reserve(ctx, most_rows);
  }
  const auto layers = static_cast<std::int64_t>(hidden_.size());
  no_range_ = Tensor<float>(ctx, {2}, {kInfinity, -kInfinity});
  trace_ = Tensor<double>(ctx, {capacity, layers, information_row_size(classes_)});
  ranges_ = Tensor<float>(ctx, {capacity, layers, 2});
}

void LayerSampler::clear() {
  for (Hidden& hidden : hidden_) {
    hidden.counts.clear();
    ctx_.backend().copy(hidden.range.data(), no_range_.data(), no_range_.bytes());
  }
}

bool LayerSampler::finds_ranges() const {
  return std::any_of(hidden_.begin(), hidden_.end(),
                     [](const Hidden& hidden) { return hidden.finds_range; });
}

void LayerSampler::find_ranges(NetworkPlan& plan) {
  plan.forward(ctx_, [this](std::size_t layer, View<const float> y) {
    for (Hidden& hidden : hidden_) {
      if (hidden.layer == layer && hidden.finds_range) {
        ops::widen_range(ctx_, y, hidden.range);
      }
    }
  });
}

void LayerSampler::set_ranges() {
  for (Hidden& hidden : hidden_) {
    if (hidden.finds_range) {
      hidden.counts.tuples()->set_range(ctx_, hidden.range);
    }
  }
}

void LayerSampler::add(std::size_t layer, View<const float> y, View<const std::int32_t> labels) {
  for (Hidden& hidden : hidden_) {
    if (hidden.layer == layer) {
      ops::count_tuples(ctx_, flat(y), labels, hidden.counts);
    }
  }
}

void LayerSampler::finish(std::int64_t row) {
  const auto layers = static_cast<std::int64_t>(hidden_.size());
  const std::int64_t width = trace_.shape()[2];
  for (std::int64_t i = 0; i < layers; ++i) {
    const ops::JointCounts& counts = hidden_[static_cast<std::size_t>(i)].counts;
    const std::int64_t at = row * layers + i;
    ops::information(ctx_, counts, {trace_.data() + at * width, {width}});
    ctx_.backend().copy(ranges_.data() + 2 * at, counts.tuples()->low().data(), sizeof(float));
    ctx_.backend().copy(ranges_.data() + 2 * at + 1, counts.tuples()->high().data(), sizeof(float));
  }
}

std::vector<std::vector<LayerSample>> LayerSampler::read_sync(std::int64_t count) {
  const std::vector<double> rows = to_host_sync(ctx_, trace_.view().rows(0, count));
  const std::vector<float> ranges = to_host_sync(ctx_, ranges_.view().rows(0, count));
  const auto width = static_cast<std::size_t>(trace_.shape()[2]);
  std::vector<std::vector<LayerSample>> samples(static_cast<std::size_t>(count));
  std::size_t at = 0;
  for (std::vector<LayerSample>& layers : samples) {
    for (std::size_t i = 0; i < hidden_.size(); ++i, ++at) {
      const ops::JointCounts& counts = hidden_[i].counts;
      layers.push_back({static_cast<int>(i) + 1,
                        counts.tuples()->bins().units,
                        {ranges[2 * at], ranges[2 * at + 1]},
                        decode_information(classes_, counts.bins(),
                                           std::span(rows).subspan(at * width, width))});
      without_output(layers.back().information);
    }
  }
  return samples;
}

}  // namespace infoplane
