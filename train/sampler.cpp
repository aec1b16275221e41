#include "train/sampler.h"

#include <span>
#include <utility>

namespace infoplane {

Sampler::Sampler(Context& ctx, Network& network, int bins, const SamplePlan& plan,
                 std::int64_t capacity, std::int64_t most_rows)
    : ctx_(ctx),
      passes_(ctx, network, most_rows),
      counts_(ctx, static_cast<int>(network.output()[0]), bins),
      trace_(ctx, {capacity, information_row_size(counts_.classes())}) {
  pending_.reserve(static_cast<std::size_t>(capacity));
  given_.reserve(static_cast<std::size_t>(capacity));
  counts_.reserve(ctx, most_rows);  // a hashed table's memory; a sample then takes none
  if (plan.layers) {
    layers_.emplace(ctx, network, plan, capacity, most_rows);
  }
  if (plan.readings) {
    readings_.emplace(ctx, counts_.classes(), bins, most_rows);
  }
}

void Sampler::sample(const DeviceSplit& split, std::int64_t rows, const std::string& name,
                     std::int64_t step, double epoch) {
  const auto row = static_cast<std::int64_t>(pending_.size());
  if (row == trace_.shape()[0]) {
    throw Error("sampler: no room for another sample before the next read");
  }
  counts_.clear();
  if (layers_) {
    layers_->clear();
    if (layers_->finds_ranges()) {
      passes_.for_each_batch(split, rows,
                             [this](NetworkPlan& plan, View<const std::int32_t> /*labels*/) {
                               layers_->find_ranges(plan);
                             });
      layers_->set_ranges();
    }
  }
  if (readings_) {
    readings_->clear();
  }
  passes_.for_each_batch(split, rows, [this](NetworkPlan& plan, View<const std::int32_t> labels) {
    if (layers_) {
      plan.forward(ctx_, [this, &labels](std::size_t layer, View<const float> y) {
        layers_->add(layer, y, labels);
      });
    } else {
      plan.forward(ctx_);
    }
    ops::count_joint(ctx_, plan.logits(), labels, counts_);
    if (readings_) {
      readings_->add(plan.logits(), labels);
    }
  });
  ops::take_information(ctx_, counts_, trace_.view().rows(row, 1).reshaped({trace_.shape()[1]}));
  if (layers_) {
    layers_->finish(row);
  }
  pending_.push_back({step, epoch, name, {}, {}, {}});
  given_.push_back(rows);
  if (readings_) {
    pending_.back().readings = readings_->take_sync();
  }
}

std::vector<Sample> Sampler::read_sync() {
  if (pending_.empty()) {
    return {};
  }
  const auto count = static_cast<std::int64_t>(pending_.size());
  const std::vector<double> rows = to_host_sync(ctx_, trace_.view().rows(0, count));
  const auto width = static_cast<std::size_t>(trace_.shape()[1]);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    pending_[i].information = decode_information(counts_.classes(), counts_.bins(),
                                                 std::span(rows).subspan(i * width, width));
    require_complete(pending_[i].information, given_[i]);
  }
  if (layers_) {
    std::vector<std::vector<LayerSample>> layers = layers_->read_sync(count);
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      pending_[i].layers = std::move(layers[i]);
      for (const LayerSample& layer : pending_[i].layers) {
        require_complete(layer.information, given_[i]);
      }
    }
  }
  std::vector<Sample> samples;
  samples.reserve(pending_.capacity());
  samples.swap(pending_);
  given_.clear();
  return samples;
}

}  // namespace infoplane
