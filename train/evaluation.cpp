#include "train/evaluation.h"

#include "train/in_order.h"

namespace infoplane {
namespace {

std::int64_t batch_size(const Network& network, const Backend& backend) {
  constexpr std::int64_t kFew = 256;
  constexpr std::int64_t kFloats = (std::int64_t{1} << 30) / sizeof(float);
  Shape shape = network.input().batched(1);
  std::int64_t largest = shape.numel();
  for (const std::unique_ptr<Layer>& layer : network.layers()) {
    shape = layer->output(shape);
    largest = std::max(largest, shape.numel());
  }
  return std::min(backend.batching().images, std::max(kFew, kFloats / (2 * largest)));
}

}  // namespace

Evaluation::Evaluation(Context& ctx, Network& network, std::int64_t most_rows)
    : ctx_(ctx),
      plans_(ctx, network, Mode::kEval),
      batch_(std::min(batch_size(network, ctx.backend()), most_rows)),
      every_index_(ctx, {most_rows}, in_order(most_rows)),
      labels_(ctx, {batch_}) {}

void Evaluation::plan_for(std::int64_t rows) {
  plans_.of(std::min(rows, batch_));
  if (rows % batch_ != 0) {
    plans_.of(rows % batch_);
  }
}

}  // namespace infoplane
