// The clock of recorded steps, and kernels that read it.
#include "tests/host_cuda/host_cuda.h"

// The kernels come after the harness.
#include "cuda/dropout.cuh"
#include "cuda/gather.cuh"
#include "cuda/optimizer.cuh"
#include "cuda/step_clock.cuh"
#include "tests/host_cuda/run.h"

namespace infoplane::host_cuda {
namespace {

using cuda::kBlockThreads;
using test::random_integers;
using test::random_values;
using test::same_bits;

/// Late in a run: more than 32 bits hold.
constexpr StepClock kLate{7, (std::uint64_t{1} << 40) + 5, 123456789, 0.25f};

TEST(StepClockKernel, MovesOnByPassesAndUpdates) {
  StepClock clock = kLate;
  const auto advance = [&](std::int64_t rows, std::int64_t updates) {
    launch({1}, {1}, Order::kForward, [&] { cuda::advance_kernel(rows, updates, &clock); });
  };
  advance(31, 0);
  EXPECT_EQ(clock.row, 38);
  EXPECT_EQ(clock.pass, kLate.pass + 1);
  EXPECT_EQ(clock.update, kLate.update);
  advance(1000, 1);
  EXPECT_EQ(clock.row, 1038);
  EXPECT_EQ(clock.pass, kLate.pass + 2);
  EXPECT_EQ(clock.update, kLate.update + 1);
  EXPECT_EQ(clock.lr, kLate.lr);
}

TEST(StepClockKernel, TellsGatherWhereToBegin) {
  constexpr std::int64_t kStored = 5;
  constexpr std::int64_t kPixels = 6;
  const std::vector<float> images = random_values(kStored * kPixels, 1);
  const std::vector<std::int32_t> labels = random_integers(kStored, 2, 100);
  for (const std::int64_t size : kSizes) {
    // Exactly as long as needed: a row too far is outside.
    const std::vector<std::int32_t> order = random_integers(kLate.row + size, 3, kStored);
    std::vector<float> x = poisoned(size * kPixels);
    std::vector<std::int32_t> out(static_cast<std::size_t>(size), -7);
    launch({1, 3}, {kBlockThreads}, Order::kForward, [&] {
      cuda::gather_images_kernel(size, 1, kPixels, images.data(), order.data(), &kLate.row, 2.0f,
                                 x.data());
    });
    launch({2}, {kBlockThreads}, Order::kForward, [&] {
      cuda::gather_labels_kernel(size, labels.data(), order.data(), &kLate.row, out.data());
    });
    for (std::size_t m = 0; m < out.size(); ++m) {
      const auto index = static_cast<std::size_t>(order[m + 7]);
      ASSERT_EQ(out[m], labels[index]) << "row " << m;
      for (std::size_t k = 0; k < kPixels; ++k) {
        ASSERT_EQ(x[m * kPixels + k], 2.0f * images[index * kPixels + k]) << "row " << m;
      }
    }
  }
}

TEST(StepClockKernel, NumbersTheMasksOfDropout) {
  const auto step = Deferred<std::uint64_t>::at(&kLate.pass);
  for (const std::int64_t size : kSizes) {
    const std::vector<float> x = random_values(size, 1, 1.0f, 2.0f);
    const auto dropped = [&](const Deferred<std::uint64_t>& at, bool channels) {
      const cuda::DropoutDraw draw{{42, at}, kDropoutStream, drop_threshold(0.5), 2.0f};
      std::vector<float> y = poisoned(size);
      launch({1}, {kBlockThreads}, Order::kForward, [&] {
        if (channels) {
          cuda::dropout_channels_kernel(draw, 1, 1, static_cast<std::uint32_t>(size), x.data(),
                                        y.data());
        } else {
          cuda::dropout_kernel(draw, size, x.data(), y.data());
        }
      });
      return y;
    };
    for (const bool channels : {false, true}) {
      EXPECT_TRUE(same_bits(dropped(step, channels), dropped(kLate.pass, channels)));
      if (size > 30) {  // of few elements two masks may agree
        EXPECT_FALSE(same_bits(dropped(step, channels), dropped(kLate.pass + 1, channels)));
      }
    }
  }
}

TEST(StepClockKernel, GivesSgdItsLearningRate) {
  for (const std::int64_t size : kSizes) {
    const std::vector<float> start = random_values(size, 1);
    const std::vector<float> grad = random_values(size, 2);
    const auto stepped = [&](const Deferred<float>& lr) {
      const SgdOptions options{lr, 0.9f, 5e-4f};
      std::vector<float> w = start;
      std::vector<float> velocity(w.size(), 0.5f);
      launch({1}, {kBlockThreads}, Order::kForward,
             [&] { cuda::sgd_step_kernel(options, size, w.data(), grad.data(), velocity.data()); });
      return w;
    };
    EXPECT_TRUE(same_bits(stepped(Deferred<float>::at(&kLate.lr)), stepped(kLate.lr)));
    EXPECT_FALSE(same_bits(stepped(kLate.lr), stepped(0.125f)));
  }
}

TEST(StepClockKernel, GivesAdamItsLearningRateAndNumber) {
  const StepClock third{0, 0, 3, 0.5f};
  const auto scales_of = [](const Deferred<float>& lr, const Deferred<std::int64_t>& t) {
    const AdamOptions options{lr, 0.9f, 0.999f, 1e-8f, 0.0f};
    AdamScales scales{NAN, NAN};
    launch({1}, {1}, Order::kForward, [&] { cuda::adam_scales_kernel(options, t, &scales); });
    return scales;
  };
  const AdamScales scales =
      scales_of(Deferred<float>::at(&third.lr), Deferred<std::int64_t>::at(&third.update));
  EXPECT_FLOAT_EQ(scales.step, static_cast<float>(0.5 / (1.0 - std::pow(double{0.9f}, 3.0))));
  EXPECT_FLOAT_EQ(scales.inv_root,
                  static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(double{0.999f}, 3.0))));
  EXPECT_NE(scales_of(0.5f, 4).step, scales.step);
}

}  // namespace
}  // namespace infoplane::host_cuda
