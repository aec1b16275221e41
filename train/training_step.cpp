#include "train/training_step.h"

#include <algorithm>

#include "ops/softmax_cross_entropy.h"
#include "ops/step_clock.h"
#include "train/in_order.h"

namespace infoplane {

TrainingStep::TrainingStep(Context& ctx, Network& network, Optimizer& optimizer,
                           const DeviceSplit& split, const StepOptions& options)
    : ctx_(ctx),
      network_(network),
      optimizer_(optimizer),
      split_(split),
      chunk_(std::min(options.chunk, options.batch)),
      seed_(options.seed),
      plans_(ctx, network, Mode::kTrain),
      order_(ctx, {split.size()}, in_order(split.size())),
      labels_(ctx, {chunk_}),
      loss_sum_(ctx, {1}),
      clock_(ctx, {1}, {StepClock()}),
      recorder_(
          ctx, options.cuda_graphs,
          // As many passes, not steps, as the device takes at once.
          std::max<std::int64_t>(ctx.backend().batching().replays / passes(options.batch), 1)) {}

void TrainingStep::plan_for(std::int64_t rows) {
  plans_.of(std::min(rows, chunk_));
  if (rows > chunk_ && rows % chunk_ != 0) {
    plans_.of(rows % chunk_);  // batch norm refuses a pass of one image here
  }
}

void TrainingStep::set_order(const std::vector<std::int32_t>& order) {
  order_.copy_from_host(order);
}

void TrainingStep::set_clock(const StepClock& clock) { clock_.copy_from_host({clock}); }

void TrainingStep::run(std::int64_t rows, std::int64_t count) {
  recorder_.run(rows, count, [this, rows] { enqueue(rows); });
}

void TrainingStep::enqueue(std::int64_t rows) {
  const StepClock* clock = clock_.data();
  const RandomScope random(ctx_, {seed_, Deferred<std::uint64_t>::at(&clock->pass)});
  network_.zero_gradients();
  for (std::int64_t first = 0; first < rows; first += chunk_) {
    const std::int64_t count = std::min(chunk_, rows - first);
    NetworkPlan& plan = plans_.of(count);
    const View<std::int32_t> labels = labels_.view().rows(0, count);
    split_.gather(ctx_, order_, plan.input(), labels, &clock->row);
    plan.forward(ctx_);
    ops::softmax_cross_entropy(ctx_, plan.logits(), labels, 1.0f / static_cast<float>(rows),
                               loss_sum_, plan.dlogits());
    plan.backward(ctx_);
    const bool last = first + count == rows;
    if (last) {
      optimizer_.step(ctx_, network_, Deferred<float>::at(&clock->lr),
                      Deferred<std::int64_t>::at(&clock->update));
    }
    ops::advance(ctx_, clock_, count, last ? 1 : 0);
  }
}

}  // namespace infoplane
