// Ops that read the clock on the device give the bits of ops that were told, and a recording of
// them those of calling them.
#include "ops/step_clock.h"

#include <functional>

#include "core/step_clock.h"
#include "ops/dropout.h"
#include "ops/gather.h"
#include "ops/optimizer.h"
#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/guarded.h"
#include "tests/support/values.h"

namespace infoplane {
namespace {

using namespace test;

constexpr std::int64_t kRowCounts[] = {1, 31, 33, 1000};
constexpr StepClock kStart{5, 900, 12, 0.01f};

class StepClockTest : public DeviceTest {};

TEST_P(StepClockTest, MovesOn) {
  Context ctx = make_context();
  Tensor<StepClock> clock(ctx, {1}, {kStart});
  ops::advance(ctx, clock, 64, 0);
  ops::advance(ctx, clock, 31, 1);
  const StepClock now = clock.to_host_sync()[0];
  EXPECT_EQ(now.row, 100);
  EXPECT_EQ(now.pass, 902u);
  EXPECT_EQ(now.update, 13);
  EXPECT_EQ(now.lr, kStart.lr);
  Tensor<StepClock> two(ctx, {2}, {kStart, kStart});
  expect_error<ShapeError>([&] { ops::advance(ctx, two, 1, 1); }, {"advance", "clock", "[2]"});
}

TEST_P(StepClockTest, GatherBeginsAtItsRow) {
  Context ctx = make_context();
  const Tensor<StepClock> clock(ctx, {1}, {kStart});
  const std::int64_t* row = &clock.view().data()->row;
  for (const std::int64_t n : kRowCounts) {
    const Guarded<std::int32_t> order(ctx, {n + 9}, random_integers(n + 9, 1, 7));
    const View<const std::int32_t> told = order.view().rows(kStart.row, n);
    const Guarded<std::uint8_t> bytes(ctx, {7, 12}, std::vector<std::uint8_t>(84, 3));
    const Guarded<float> images(ctx, {7, 12}, random_values(84, 2));
    const Guarded<std::int32_t> labels(ctx, {7}, {70, 60, 50, 40, 30, 20, 10});
    const Shape shape{n, 3, 2, 2};
    Guarded<float> x(ctx, shape), expected_x(ctx, shape), of_bytes(ctx, shape);
    Guarded<std::int32_t> out(ctx, {n}), expected_out(ctx, {n});
    ops::gather_images(ctx, images, told, 2.0f, expected_x);
    ops::gather_images(ctx, images, order, 2.0f, x, row);
    EXPECT_TRUE(same_bits(x.to_host_sync(), expected_x.to_host_sync()));
    ops::gather_images(ctx, bytes, order, 2.0f, of_bytes, row);
    EXPECT_EQ(of_bytes.to_host_sync(), std::vector<float>(static_cast<std::size_t>(12 * n), 6.0f));
    ops::gather_labels(ctx, labels, told, expected_out);
    ops::gather_labels(ctx, labels, order, out, row);
    EXPECT_EQ(out.to_host_sync(), expected_out.to_host_sync());
    Guarded<float> more(ctx, {n + 10, 12});
    expect_error<ShapeError>([&] { ops::gather_images(ctx, images, order, 1, more, row); },
                             {"gather_images"});
    Guarded<std::int32_t> more_labels(ctx, {n + 10});
    expect_error<ShapeError>([&] { ops::gather_labels(ctx, labels, order, more_labels, row); },
                             {"gather_labels"});
  }
}

TEST_P(StepClockTest, DropoutDrawsByItsPass) {
  Context ctx = make_context();
  const Tensor<StepClock> clock(ctx, {1}, {kStart});
  const RandomState deferred{42, Deferred<std::uint64_t>::at(&clock.view().data()->pass)};
  const RandomState told{42, kStart.pass};
  using Op = void (*)(Context&, float, std::uint32_t, View<const float>, View<float>);
  for (const std::int64_t n : kRowCounts) {
    const Shape shape{2, n, 1, 3};
    const Guarded<float> x(ctx, shape, random_values(6 * n, 1, 1.0f, 2.0f));
    for (const Op op : {Op{ops::dropout}, Op{ops::dropout_channels}}) {
      const auto dropped = [&](const RandomState& state) {
        const RandomScope scope(ctx, state);
        Guarded<float> y(ctx, shape);
        op(ctx, 0.5f, 1, x, y);
        return y.to_host_sync();
      };
      EXPECT_TRUE(same_bits(dropped(deferred), dropped(told)));
      if (n > 30) {
        EXPECT_FALSE(same_bits(dropped(told), dropped({42, kStart.pass + 1})));
      }
    }
  }
}

TEST_P(StepClockTest, OptimizersReadRateAndNumber) {
  Context ctx = make_context();
  const Tensor<StepClock> clock(ctx, {1}, {kStart});
  const auto lr = Deferred<float>::at(&clock.view().data()->lr);
  const auto t = Deferred<std::int64_t>::at(&clock.view().data()->update);
  for (const std::int64_t n : kRowCounts) {
    const Guarded<float> grad(ctx, {n}, random_values(n, 1));
    const auto sgd = [&](const SgdOptions& options) {
      Guarded<float> w(ctx, {n}, random_values(n, 2)), velocity(ctx, {n}, random_values(n, 3));
      ops::sgd_step(ctx, options, w, grad, velocity);
      return w.to_host_sync();
    };
    for (const float momentum : {0.0f, 0.9f}) {
      EXPECT_TRUE(same_bits(sgd({lr, momentum, 5e-4f}), sgd({kStart.lr, momentum, 5e-4f})));
    }
    const auto adam = [&](const AdamOptions& options, const Deferred<std::int64_t>& step) {
      Guarded<float> w(ctx, {n}, random_values(n, 2)), m(ctx, {n}, random_values(n, 3)),
          v(ctx, {n}, random_values(n, 4, 0.0f, 1.0f));
      ops::adam_step(ctx, options, step, w, grad, m, v);
      return w.to_host_sync();
    };
    const std::vector<float> told = adam({kStart.lr}, kStart.update);
    EXPECT_TRUE(same_bits(adam({lr}, t), told));
    EXPECT_FALSE(same_bits(adam({kStart.lr}, 1), told));
  }
}

/// A step in small: takes rows of the order, drops some of their values, and moves weights along.
struct SmallStep {
  SmallStep(Context& context, std::int64_t rows)
      : ctx(context),
        clock(ctx, {1}, {kStart}),
        images(ctx, {7, 4}, random_values(28, 1)),
        order(ctx, {1100}, random_integers(1100, 2, 7)),
        x(ctx, {rows, 4}),
        sgd_w(ctx, {rows, 4}),
        adam_w(ctx, {rows, 4}),
        m(ctx, {rows, 4}),
        v(ctx, {rows, 4}) {}

  void enqueue() {
    const StepClock* at = clock.data();
    const RandomScope random(ctx, {9, Deferred<std::uint64_t>::at(&at->pass)});
    const auto lr = Deferred<float>::at(&at->lr);
    ops::gather_images(ctx, images, order, 1.0f, x, &at->row);
    ops::dropout(ctx, 0.25f, 0, x, x);
    ops::sgd_step(ctx, {lr, 0.0f, 0.1f}, sgd_w, x, {});
    ops::adam_step(ctx, {lr}, Deferred<std::int64_t>::at(&at->update), adam_w, x, m, v);
    ops::advance(ctx, clock, 3, 1);
  }

  std::vector<float> weights_sync() const {
    std::vector<float> all = sgd_w.to_host_sync();
    const std::vector<float> adam = adam_w.to_host_sync();
    all.insert(all.end(), adam.begin(), adam.end());
    return all;
  }

  Context& ctx;
  Tensor<StepClock> clock;
  Tensor<float> images;
  Tensor<std::int32_t> order;
  Tensor<float> x, sgd_w, adam_w, m, v;
};

TEST_P(StepClockTest, ReplayingGivesTheBitsOfCalling) {
  for (const std::int64_t rows : kRowCounts) {
    Context ctx = make_context();
    SmallStep called(ctx, rows);
    SmallStep replayed(ctx, rows);
    called.enqueue();
    replayed.enqueue();  // the first time as it is
    const std::vector<float> first = called.weights_sync();
    const std::unique_ptr<Recording> recording = ctx.backend().record([&] { replayed.enqueue(); });
    EXPECT_TRUE(same_bits(replayed.weights_sync(), first)) << "recording runs nothing";
    const std::int64_t allocations = ctx.backend().allocations();
    const std::int64_t waits = ctx.backend().waits();
    for (int step = 1; step < 5; ++step) {
      called.enqueue();
      recording->replay();
    }
    EXPECT_EQ(ctx.backend().allocations(), allocations);
    EXPECT_EQ(ctx.backend().waits(), waits);
    EXPECT_TRUE(same_bits(replayed.weights_sync(), called.weights_sync()));
    EXPECT_FALSE(same_bits(replayed.weights_sync(), first));
    EXPECT_EQ(replayed.clock.to_host_sync()[0].row, kStart.row + 15);
  }
}

INFOPLANE_FOR_EACH_DEVICE(StepClockTest);

}  // namespace
}  // namespace infoplane
