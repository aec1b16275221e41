#include "ops/optimizer.h"

#include "tests/oracle/optimizer.h"
#include "tests/oracle/torch_values.h"
#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/guarded.h"
#include "tests/support/pattern.h"
#include "tests/support/values.h"

namespace infoplane {
namespace {

using namespace test;

constexpr std::int64_t kParameterCounts[] = {1, 31, 33, 1000, 100003};

class OptimizerTest : public DeviceTest {};

TEST_P(OptimizerTest, SgdAgreesWithTheDefinition) {
  Context ctx = make_context();
  for (const SgdOptions& options : {SgdOptions{0.1f, 0.9f, 5e-4f}, SgdOptions{0.05f, 0.5f, 0.0f},
                                    SgdOptions{0.1f, 0.0f, 0.1f}}) {
    for (const std::int64_t n : kParameterCounts) {
      SCOPED_TRACE(testing::Message() << n << " weights, momentum " << options.momentum);
      const auto ws = random_values(n, 1);
      Guarded<float> w(ctx, {n}, ws), v(ctx, {n}, std::vector<float>(ws.size(), 0.0f));
      oracle::Sgd sgd{options.lr.get(), options.momentum, options.weight_decay, {}};
      std::vector<double> expected = doubles(ws);
      for (std::uint64_t step = 0; step < 3; ++step) {
        const auto gradients = random_values(n, 2 + step);
        const Guarded<float> grad(ctx, {n}, gradients);
        ops::sgd_step(ctx, options, w, grad, v);
        sgd.step(expected, doubles(gradients));
        expect_near(w.to_host_sync(), expected, 5e-7);
      }
      if (options.momentum != 0.0f) {
        expect_near(v.to_host_sync(), sgd.velocity, 1e-6);
      }
    }
  }
}

TEST_P(OptimizerTest, SgdWithoutMomentumNeedsNoVelocity) {
  Context ctx = make_context();
  Guarded<float> w(ctx, {2}, {1.0f, 2.0f});
  const Guarded<float> grad(ctx, {2}, {0.5f, -1.0f});
  ops::sgd_step(ctx, {0.5f, 0.0f, 0.0f}, w, grad, {});
  EXPECT_EQ(w.to_host_sync(), (std::vector<float>{0.75f, 2.5f}));
}

TEST_P(OptimizerTest, AdamAgreesWithTheDefinition) {
  Context ctx = make_context();
  for (const float weight_decay : {0.0f, 0.01f}) {
    for (const std::int64_t n : kParameterCounts) {
      SCOPED_TRACE(testing::Message() << n << " weights, weight decay " << weight_decay);
      AdamOptions options;
      options.lr = 0.01f;
      options.weight_decay = weight_decay;
      const auto ws = random_values(n, 1);
      const std::vector<float> zero(ws.size(), 0.0f);
      Guarded<float> w(ctx, {n}, ws), m(ctx, {n}, zero), v(ctx, {n}, zero);
      oracle::Adam adam{
          options.lr.get(), options.beta1, options.beta2, options.epsilon, weight_decay, {}, {}};
      std::vector<double> expected = doubles(ws);
      for (std::int64_t t = 1; t <= 3; ++t) {
        const auto gradients = random_values(n, static_cast<std::uint64_t>(t));
        const Guarded<float> grad(ctx, {n}, gradients);
        ops::adam_step(ctx, options, t, w, grad, m, v);
        adam.step(expected, doubles(gradients));
        expect_near(w.to_host_sync(), expected, 1e-6);
      }
      expect_near(m.to_host_sync(), adam.m, 1e-7);
      expect_near(v.to_host_sync(), adam.v, 1e-9, 1e-6);
    }
  }
}

TEST_P(OptimizerTest, AgreesWithPyTorch) {
  Context ctx = make_context();
  const std::vector<float> zero(7, 0.0f);
  Guarded<float> sgd_w(ctx, {7}, pattern(7, 37)), velocity(ctx, {7}, zero);
  Guarded<float> adam_w(ctx, {7}, pattern(7, 37)), m(ctx, {7}, zero), v(ctx, {7}, zero);
  AdamOptions adam;
  adam.weight_decay = 0.01f;
  const struct {
    int step;
    const std::vector<double>&sgd, &adam;
  } kSteps[] = {{23, oracle::kSgdStep23, oracle::kAdamStep23},
                {29, oracle::kSgdStep29, oracle::kAdamStep29},
                {31, oracle::kSgdStep31, oracle::kAdamStep31}};
  std::int64_t t = 0;
  for (const auto& expected : kSteps) {
    const Guarded<float> grad(ctx, {7}, pattern(7, expected.step));
    ops::sgd_step(ctx, {}, sgd_w, grad, velocity);
    ops::adam_step(ctx, adam, ++t, adam_w, grad, m, v);
    expect_near(sgd_w.to_host_sync(), expected.sgd, 1e-6);
    expect_near(adam_w.to_host_sync(), expected.adam, 1e-6);
  }
}

TEST_P(OptimizerTest, ArgumentsMustFit) {
  Context ctx = make_context();
  Guarded<float> w(ctx, {4}), bad(ctx, {3});
  expect_error<ShapeError>([&] { ops::sgd_step(ctx, {}, w, bad, w); },
                           {"sgd_step", "grad", "[3]", "[4]"});
  expect_error<ShapeError>([&] { ops::sgd_step(ctx, {}, w, w, bad); },
                           {"sgd_step", "velocity", "[3]", "[4]"});
  expect_error<ShapeError>([&] { ops::adam_step(ctx, {}, 1, w, bad, w, w); },
                           {"adam_step", "grad", "[3]", "[4]"});
  expect_error<ShapeError>([&] { ops::adam_step(ctx, {}, 1, w, w, bad, w); },
                           {"adam_step", "m", "[3]", "[4]"});
  expect_error<ShapeError>([&] { ops::adam_step(ctx, {}, 1, w, w, w, bad); },
                           {"adam_step", "v", "[3]", "[4]"});
  expect_error<UsageError>([&] { ops::adam_step(ctx, {}, 0, w, w, w, w); },
                           {"adam_step", "step 0"});
}

INFOPLANE_FOR_EACH_DEVICE(OptimizerTest);

}  // namespace
}  // namespace infoplane
