// Every layer's gradients against central differences of a naive forward pass in double.

#include "tests/support/gradients.h"

#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/dense.h"
#include "nn/dropout.h"
#include "nn/flatten.h"
#include "nn/max_pool2d.h"
#include "tests/oracle/activation.h"
#include "tests/oracle/batch_norm.h"
#include "tests/oracle/convolution.h"
#include "tests/oracle/inner_product.h"
#include "tests/oracle/max_pool.h"
#include "tests/support/devices.h"

namespace infoplane::test {
namespace {

using Values = std::vector<double>;
using Parameters = std::vector<std::vector<double>>;

class Gradients : public DeviceTest {};

oracle::Windowed windowed(const Shape& x, const Window& w) {
  const auto i = [](std::int64_t value) { return static_cast<int>(value); };
  return {i(x[0]),       i(x[1]),       i(x[2]),       i(x[3]),    i(w.kernel_h),
          i(w.kernel_w), i(w.stride_h), i(w.stride_w), i(w.pad_h), i(w.pad_w)};
}

TEST_P(Gradients, Dense) {
  Context ctx = make_context();
  for (const int n : {1, 3, 31, 33}) {
    SCOPED_TRACE(n);
    const Shape x{n, 5};
    BoundLayer layer(ctx, std::make_unique<Dense>(5, 7), x);
    check_gradients(ctx, layer, x, [n](const Values& in, const Parameters& p) {
      return oracle::inner_product(n, 5, 7, in, p[0], p[1]);
    });
  }
}

TEST_P(Gradients, Conv2d) {
  Context ctx = make_context();
  const Window windows[] = {Window::square(1, 1, 0),
                            Window::square(3, 1, 1),
                            Window::square(5, 1, 2),
                            Window::square(3, 2, 0),
                            {3, 1, 1, 2, 1, 0}};
  for (const Window& window : windows) {
    SCOPED_TRACE(testing::Message() << window.kernel_h << "x" << window.kernel_w << " stride "
                                    << window.stride_h << "x" << window.stride_w);
    const Shape x{2, 3, 7, 6};
    BoundLayer layer(ctx, std::make_unique<Conv2d>(3, 5, window), x);
    check_gradients(
        ctx, layer, x,
        [&](const Values& in, const Parameters& p) {
          return oracle::convolution(windowed(x, window), 5, in, p[0], p[1]);
        },
        5e-4);
  }
}

TEST_P(Gradients, DenseWithARelu) {
  Context ctx = make_context();
  for (const auto& [n, in, out] : {std::tuple(1, 5, 7), {3, 5, 7}, {33, 19, 31}}) {
    SCOPED_TRACE(testing::Message() << n << " x " << in << " -> " << out);
    const Shape x{n, in};
    BoundLayer layer(ctx, std::make_unique<Dense>(in, out), x);
    check_gradients(
        ctx, layer, x,
        [n = n, in = in, out = out](const Values& values, const Parameters& p) {
          return oracle::relu(oracle::inner_product(n, in, out, values, p[0], p[1]));
        },
        2e-4, Activation::kRelu);
  }
}

TEST_P(Gradients, Conv2dWithARelu) {
  Context ctx = make_context();
  for (const Window& window : {Window::square(3, 1, 1), Window{3, 1, 1, 2, 1, 0}}) {
    const Shape x{3, 3, 7, 5};
    BoundLayer layer(ctx, std::make_unique<Conv2d>(3, 5, window), x);
    check_gradients(
        ctx, layer, x,
        [&](const Values& in, const Parameters& p) {
          return oracle::relu(oracle::convolution(windowed(x, window), 5, in, p[0], p[1]));
        },
        5e-4, Activation::kRelu);
  }
}

TEST_P(Gradients, MaxPool2d) {
  Context ctx = make_context();
  for (const Window& window : {Window::square(2, 2, 0), Window::square(3, 2, 0),
                               Window::square(1, 2, 0), Window::square(3, 1, 1)}) {
    SCOPED_TRACE(testing::Message() << window.kernel_h << "/" << window.stride_h);
    const Shape x{2, 3, 7, 7};
    BoundLayer layer(ctx, std::make_unique<MaxPool2d>(window), x);
    check_gradients(ctx, layer, x, [&](const Values& in, const Parameters&) {
      return oracle::max_pool(windowed(x, window), in).y;
    });
  }
}

TEST_P(Gradients, BatchNormOfVectors) {
  Context ctx = make_context();
  const Shape x{9, 5};
  BoundLayer layer(ctx, std::make_unique<BatchNorm>(5), x);
  check_gradients(ctx, layer, x, [](const Values& in, const Parameters& p) {
    return oracle::batch_norm_train(9, 5, 1e-5, in, p[0], p[1]).y;
  });
}

TEST_P(Gradients, BatchNormOfImages) {
  Context ctx = make_context();
  const Shape x{2, 3, 4, 3};
  BoundLayer layer(ctx, std::make_unique<BatchNorm>(3), x);
  check_gradients(ctx, layer, x, [&](const Values& in, const Parameters& p) {
    return plain(x, oracle::batch_norm_train(24, 3, 1e-5, channels_last(x, in), p[0], p[1]).y);
  });
}

TEST_P(Gradients, Relu) {
  Context ctx = make_context();
  const Shape x{3, 11};
  BoundLayer layer(ctx, std::make_unique<ActivationLayer>(Activation::kRelu), x);
  check_gradients(ctx, layer, x, [](Values in, const Parameters&) {
    for (double& value : in) {
      value = value > 0.0 ? value : 0.0;
    }
    return in;
  });
}

TEST_P(Gradients, Tanh) {
  Context ctx = make_context();
  const Shape x{3, 11};
  BoundLayer layer(ctx, std::make_unique<ActivationLayer>(Activation::kTanh), x);
  check_gradients(ctx, layer, x, [](Values in, const Parameters&) {
    for (double& value : in) {
      value = std::tanh(value);
    }
    return in;
  });
}

TEST_P(Gradients, Flatten) {
  Context ctx = make_context();
  const Shape x{2, 3, 4, 5};
  BoundLayer layer(ctx, std::make_unique<Flatten>(), x);
  check_gradients(ctx, layer, x, [](const Values& in, const Parameters&) { return in; });
}

/// The mask by its definition (ops/dropout.h), applied to row-major values.
Values dropped(const Shape& shape, const Values& in, float p, std::uint32_t stream_id,
               std::uint64_t seed, bool channels) {
  const RandomStream stream{seed, kDropoutStream + stream_id, 5};
  Values out(in.size());
  const std::int64_t pixels = shape.rank() == 4 ? shape[2] * shape[3] : 1;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const std::uint64_t draw = channels ? i / static_cast<std::uint64_t>(pixels) : i;
    const bool kept = stream.word(draw) >= static_cast<std::uint32_t>(p * 4294967296.0);
    out[i] = kept ? in[i] / (1.0 - static_cast<double>(p)) : 0.0;
  }
  return out;
}

TEST_P(Gradients, DropoutOfElements) {
  Context ctx = make_context();
  ctx.random() = {11, 5};
  const Shape x{5, 13};
  BoundLayer layer(ctx, std::make_unique<Dropout>(0.25f, Dropout::Unit::kElement, 3), x);
  check_gradients(ctx, layer, x, [&](const Values& in, const Parameters&) {
    return dropped(x, in, 0.25f, 3, 11, false);
  });
}

TEST_P(Gradients, DropoutOfChannels) {
  Context ctx = make_context();
  ctx.random() = {11, 5};
  const Shape x{3, 5, 2, 3};
  BoundLayer layer(ctx, std::make_unique<Dropout>(0.5f, Dropout::Unit::kChannel, 4), x);
  check_gradients(ctx, layer, x, [&](const Values& in, const Parameters&) {
    return dropped(x, in, 0.5f, 4, 11, true);
  });
}

INFOPLANE_FOR_EACH_DEVICE(Gradients);

}  // namespace
}  // namespace infoplane::test
