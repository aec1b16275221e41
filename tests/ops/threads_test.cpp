// The host's promise: the same bits for any number of threads, and no allocation once warm.

#include <functional>

#include "core/tensor.h"
#include "cpu/instructions.h"
#include "ops/activation.h"
#include "ops/batch_norm.h"
#include "ops/context.h"
#include "ops/convolution.h"
#include "ops/dropout.h"
#include "ops/gather.h"
#include "ops/inner_product.h"
#include "ops/layout.h"
#include "ops/max_pool.h"
#include "ops/optimizer.h"
#include "ops/softmax_cross_entropy.h"
#include "tests/support/devices.h"
#include "tests/support/environment.h"
#include "tests/support/values.h"

namespace infoplane {
namespace {

using namespace test;

/// What `run` gives on contexts of 1, 2, 3 and 7 threads; fails the test when bits differ.
template <class T>
void expect_same_for_all_threads(const std::function<std::vector<T>(Context&)>& run,
                                 Precision precision = Precision::kFp32) {
  std::vector<T> first;
  for (const int threads : {1, 2, 3, 7}) {
    Context ctx = ops::make_context(Device::kCpu, {threads, false, precision});
    ctx.random() = {42, 7};
    const std::vector<T> values = run(ctx);
    ASSERT_FALSE(values.empty());
    if (threads == 1) {
      first = values;
    } else {
      EXPECT_TRUE(same_bits(values, first)) << threads << " threads";
    }
  }
}

void append(std::vector<float>& all, const Tensor<float>& tensor) {
  const std::vector<float> values = tensor.to_host_sync();
  all.insert(all.end(), values.begin(), values.end());
}

TEST(Threads, BatchNormHasTheSameBits) {
  for (const Shape& shape : {Shape{200, 31, 5, 5}, Shape{5000, 10}, Shape{300, 512}}) {
    SCOPED_TRACE(shape.to_string());
    expect_same_for_all_threads<float>([&](Context& ctx) {
      const Shape channels{shape[1]};
      const auto ones = std::vector<float>(static_cast<std::size_t>(shape[1]), 1.0f);
      const Tensor<float> x(ctx, shape, random_values(shape.numel(), 1, -1.0f, 3.0f));
      const Tensor<float> dy(ctx, shape, random_values(shape.numel(), 2));
      const Tensor<float> gamma(ctx, channels, ones), beta(ctx, channels, ones);
      Tensor<float> mean(ctx, channels), var(ctx, channels), saved_mean(ctx, channels),
          saved_inv_std(ctx, channels), y(ctx, shape), dx(ctx, shape), dgamma(ctx, channels),
          dbeta(ctx, channels);
      ops::batch_norm_forward_train(ctx, {}, x, gamma, beta, mean, var, saved_mean, saved_inv_std,
                                    y);
      ops::batch_norm_backward(ctx, {}, x, gamma, beta, saved_mean, saved_inv_std, dy, dx, dgamma,
                               dbeta);
      std::vector<float> all;
      for (const Tensor<float>* tensor :
           {&y, &dx, &mean, &var, &saved_mean, &saved_inv_std, &dgamma, &dbeta}) {
        append(all, *tensor);
      }
      return all;
    });
  }
}

TEST(Threads, DropoutHasTheSameBits) {
  expect_same_for_all_threads<float>([](Context& ctx) {
    const Shape shape{70, 33, 7, 5};
    const Tensor<float> x(ctx, shape, random_values(shape.numel(), 1));
    Tensor<float> y(ctx, shape), channels(ctx, shape);
    ops::dropout(ctx, 0.3f, 1, x, y);
    ops::dropout_channels(ctx, 0.3f, 2, x, channels);
    std::vector<float> all;
    append(all, y);
    append(all, channels);
    return all;
  });
}

TEST(Threads, SoftmaxCrossEntropyHasTheSameBits) {
  expect_same_for_all_threads<double>([](Context& ctx) {
    const Shape shape{10001, 10};
    const Tensor<float> logits(ctx, shape, random_values(shape.numel(), 1, -6.0f, 6.0f));
    const Tensor<std::int32_t> labels(ctx, {10001}, random_integers(10001, 2, 10));
    Tensor<double> loss(ctx, {1});
    Tensor<float> dlogits(ctx, shape);
    ops::softmax_cross_entropy(ctx, logits, labels, 1e-4f, loss, dlogits);
    std::vector<double> all = doubles(dlogits.to_host_sync());
    all.push_back(loss.to_host_sync()[0]);
    return all;
  });
}

TEST(Threads, OptimizersHaveTheSameBits) {
  expect_same_for_all_threads<float>([](Context& ctx) {
    const Shape shape{100003};
    const Tensor<float> grad(ctx, shape, random_values(shape.numel(), 1));
    Tensor<float> w(ctx, shape, random_values(shape.numel(), 2)), velocity(ctx, shape),
        m(ctx, shape), v(ctx, shape);
    for (std::int64_t t = 1; t <= 3; ++t) {
      ops::sgd_step(ctx, {}, w, grad, velocity);
      ops::adam_step(ctx, {}, t, w, grad, m, v);
    }
    return w.to_host_sync();
  });
}

TEST(Threads, PoolsAndBiasGradientsHaveTheSameBits) {
  expect_same_for_all_threads<float>([](Context& ctx) {
    const Window window = Window::square(3, 2, 1);
    const Shape shape{9, 33, 21, 21};
    const Shape out = window.output("test", shape, 33);
    const Tensor<float> x(ctx, shape, random_values(shape.numel(), 1));
    const Tensor<float> dy(ctx, out, random_values(out.numel(), 2));
    Tensor<float> y(ctx, out), dx(ctx, shape), dw(ctx, {33, 3}), db(ctx, {33});
    Tensor<std::uint8_t> argmax(ctx, out);
    ops::max_pool_forward(ctx, window, x, y, argmax);
    ops::max_pool_backward(ctx, window, dy, argmax, dx);
    const std::int64_t rows = dy.size() / 33;
    const Tensor<float> flat(ctx, {rows, 3}, random_values(rows * 3, 3));
    ops::inner_product_backward_weights(ctx, flat, dy.view().reshaped({rows, 33}), dw, db);
    std::vector<float> all;
    append(all, y);
    append(all, dx);
    append(all, db);
    return all;
  });
}

void expect_same_inner_products(Precision precision) {
  struct Sizes {
    std::int64_t rows, in, out;
  };
  for (const auto& [rows, in, out] :
       {Sizes{128, 784, 1024}, Sizes{128, 1024, 10}, Sizes{1000, 300, 257}, Sizes{37, 2050, 130}}) {
    SCOPED_TRACE(testing::Message() << rows << " x " << in << " -> " << out);
    expect_same_for_all_threads<float>(
        [&](Context& ctx) {
          const Tensor<float> x(ctx, {rows, in}, random_values(rows * in, 1));
          const Tensor<float> w(ctx, {out, in}, random_values(out * in, 2));
          const Tensor<float> b(ctx, {out}, random_values(out, 3));
          const Tensor<float> dy(ctx, {rows, out}, random_values(rows * out, 4));
          Tensor<float> y(ctx, {rows, out}), dx(ctx, {rows, in}), dw(ctx, {out, in}),
              db(ctx, {out});
          dw.fill_zero();
          db.fill_zero();
          ops::inner_product_forward(ctx, x, w, b, y);
          ops::inner_product_backward_data(ctx, dy, w, dx);
          ops::inner_product_backward_weights(ctx, x, dy, dw, db);
          std::vector<float> all;
          for (const Tensor<float>* tensor : {&y, &dx, &dw, &db}) {
            append(all, *tensor);
          }
          return all;
        },
        precision);
  }
}

TEST(Threads, InnerProductsHaveTheSameBits) { expect_same_inner_products(Precision::kFp32); }

void expect_algorithm(const ConvolutionPlan& plan, const std::string& beginning) {
  for (const ConvolutionPass pass : {ConvolutionPass::kForward, ConvolutionPass::kBackwardData}) {
    EXPECT_EQ(plan.algorithm(pass).rfind(beginning, 0), 0u) << plan.algorithm(pass);
  }
}

/// A 3 x 3 convolution of `shape` to 30 channels, all passes, y and dx by `algorithm`.
void expect_same_convolutions(const Shape& shape, const std::string& algorithm,
                              Precision precision = Precision::kFp32) {
  SCOPED_TRACE(shape.to_string());
  expect_same_for_all_threads<float>(
      [&](Context& ctx) {
        const Shape out{shape[0], 30, shape[2], shape[3]}, kernel{30, shape[1], 3, 3};
        const Tensor<float> x(ctx, shape, random_values(shape.numel(), 1));
        const Tensor<float> dy(ctx, out, random_values(out.numel(), 2));
        const Tensor<float> w(ctx, kernel, random_values(kernel.numel(), 3));
        Tensor<float> y(ctx, out), dx(ctx, shape), dw(ctx, kernel), db(ctx, {30});
        dw.fill_zero();
        db.fill_zero();
        const auto plan = ops::plan_convolution(ctx, Window::square(3, 1, 1), shape, 30);
        expect_algorithm(*plan, algorithm);
        plan->forward(ctx, x, w, {}, y);
        plan->backward_data(ctx, dy, w, dx);
        plan->backward_weights(ctx, x, dy, dw, db);
        std::vector<float> all;
        for (const Tensor<float>* tensor : {&y, &dx, &dw, &db}) {
          append(all, *tensor);
        }
        return all;
      },
      precision);
}

TEST(Threads, ConvolutionsOfImagesInLanesHaveTheSameBits) {
  if (cpu::choose_instructions() != cpu::Instructions::kAvx512) {
    GTEST_SKIP() << "without AVX-512, convolutions are oneDNN's";
  }
  expect_same_convolutions({100, 20, 5, 5}, "direct");
  for (const Shape& shape : {Shape{128, 64, 16, 16}, Shape{70, 20, 8, 8}, Shape{64, 33, 15, 9}}) {
    expect_same_convolutions(shape, "winograd");
  }
}

TEST(Threads, ConvolutionsOfOneDnnHaveTheSameBits) {
  const ScopedVariable no_lanes("INFOPLANE_CPU_KERNEL", "scalar");
  for (const Shape& shape : {Shape{128, 20, 14, 14}, Shape{31, 17, 9, 9}, Shape{6, 64, 32, 32},
                             Shape{1, 3, 8, 8}, Shape{127, 20, 9, 9}, Shape{100, 17, 6, 6}}) {
    expect_same_convolutions(shape, "oneDNN");
  }
}

TEST(Threads, WhatIsInBf16HasTheSameBits) {
  if (const std::string why = why_no_bf16(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  expect_same_inner_products(Precision::kBf16);
  for (const Shape& shape :
       {Shape{128, 20, 14, 14}, Shape{31, 17, 9, 9}, Shape{6, 64, 32, 32}, Shape{128, 40, 2, 2},
        Shape{100, 20, 5, 5}, Shape{1, 3, 8, 8}, Shape{127, 20, 9, 9}}) {
    expect_same_convolutions(shape, shape[3] < 7 ? "columns" : "oneDNN", Precision::kBf16);
  }
}

/// All ops, with a convolution of 3 x 3 of `images` to as many channels, by `algorithm`.
void expect_no_allocation_once_warm(Context& ctx, const Shape& images,
                                    const std::string& algorithm) {
  SCOPED_TRACE(images.to_string());
  const std::int64_t n = images[0], c = images[1], features = c * images[2] * images[3];
  const Shape rows{n, features}, channels{c}, pooled{n, c, images[2] / 2, images[3] / 2};
  Tensor<float> x(ctx, images, random_values(images.numel(), 1)), y(ctx, images), dx(ctx, images);
  Tensor<float> flat(ctx, rows), half(ctx, pooled), gamma(ctx, channels), beta(ctx, channels),
      mean(ctx, channels), var(ctx, channels), saved_mean(ctx, channels), inv_std(ctx, channels);
  Tensor<float> kernels(ctx, {c, c, 3, 3}), matrix(ctx, {c, features}), logits(ctx, {n, c});
  Tensor<std::uint8_t> argmax(ctx, pooled), bytes(ctx, {n, features});
  Tensor<std::int32_t> labels(ctx, {n});
  Tensor<double> loss(ctx, {1});
  const auto plan = ops::plan_convolution(ctx, Window::square(3, 1, 1), images, c);
  expect_algorithm(*plan, algorithm);
  const Window pool = Window::square(2, 2, 0);
  const auto step = [&] {
    ops::gather_images(ctx, bytes, labels, 1.0f, x);
    plan->forward(ctx, x, kernels, beta, y);
    ops::batch_norm_forward_train(ctx, {}, y, gamma, beta, mean, var, saved_mean, inv_std, y);
    ops::activation_forward(ctx, Activation::kTanh, y, y);
    ops::max_pool_forward(ctx, pool, y, half, argmax);
    ops::dropout_channels(ctx, 0.5f, 0, y, y);
    ops::to_plain(ctx, y, flat);
    ops::dropout(ctx, 0.5f, 1, flat, flat);
    ops::inner_product_forward(ctx, flat, matrix, beta, logits);
    ops::softmax_cross_entropy(ctx, logits, labels, 1.0f, loss, logits);
    ops::inner_product_backward_weights(ctx, flat, logits, matrix, beta);
    ops::inner_product_backward_data(ctx, logits, matrix, flat);
    ops::from_plain(ctx, flat, dx);
    ops::max_pool_backward(ctx, pool, half, argmax, dx);
    ops::batch_norm_backward(ctx, {}, x, gamma, beta, saved_mean, inv_std, dx, dx, gamma, beta);
    plan->backward_data(ctx, y, kernels, dx);
    plan->backward_weights(ctx, x, y, kernels, beta);
    ops::sgd_step(ctx, {}, x, y, dx);
    ops::adam_step(ctx, {}, 1, x, y, dx, y);
  };
  step();
  const std::int64_t warm = ctx.backend().allocations();
  EXPECT_GT(warm, 0);
  step();
  EXPECT_EQ(ctx.backend().allocations(), warm);
}

TEST(Allocations, OpsMakeNoneOnceWarm) {
  Context ctx = ops::make_context(Device::kCpu, {2});
  {
    const ScopedVariable no_lanes("INFOPLANE_CPU_KERNEL", "scalar");
    expect_no_allocation_once_warm(ctx, {40, 10, 16, 16}, "oneDNN");
  }
  if (cpu::choose_instructions() == cpu::Instructions::kAvx512) {
    Context fresh = ops::make_context(Device::kCpu, {2});
    expect_no_allocation_once_warm(fresh, {64, 10, 4, 4}, "direct");
    expect_no_allocation_once_warm(fresh, {64, 20, 8, 8}, "winograd");
  }
  if (why_no_bf16().empty()) {
    Context narrow = make_bf16_context(2);
    expect_no_allocation_once_warm(narrow, {40, 10, 16, 16}, "oneDNN");
    expect_no_allocation_once_warm(narrow, {40, 10, 4, 4}, "columns");
  }
}

}  // namespace
}  // namespace infoplane
