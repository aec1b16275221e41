#include "train/outputs.h"

#include <gtest/gtest.h>

#include "data/npy.h"
#include "nn/models.h"
#include "tests/support/devices.h"
#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/training.h"

namespace infoplane::test {
namespace {

class OutputsTest : public DeviceTest {};
INFOPLANE_FOR_EACH_DEVICE(OutputsTest);

// A convolution's outputs lie channels-last on the device; files hold [N, C, H, W].
TEST_P(OutputsTest, ImagesAreInLogicalOrder) {
  constexpr std::int64_t kRows = 5;
  Context ctx = make_context();
  DataSet data = patterns({1, 28, 28}, kRows, 2);
  Network network(ctx, data.image, make_model("cnn-2", data.image, data.classes), 3);
  const DeviceSplit split(ctx, data.train, data);
  const TemporaryFolder folder;
  std::atomic<bool> stop = true;
  EXPECT_TRUE(write_outputs(ctx, network, split, kRows, true, folder.path(), stop).empty());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  stop = false;
  const auto files = write_outputs(ctx, network, split, kRows, true, folder.path(), stop);
  ASSERT_EQ(files.size(), 5u);  // two convolutions, one dense layer
  const NpyArray layer(files[2]);
  ASSERT_EQ(layer.shape(), (std::vector<std::int64_t>{kRows, 10, 28, 28}));
  EXPECT_EQ(NpyArray(files[4]).shape(), (std::vector<std::int64_t>{kRows, 256}));
  const std::vector<float> written = layer.to_vector<float>();

  const std::unique_ptr<NetworkPlan> plan = network.plan(ctx, kRows, Mode::kEval);
  const Tensor<std::int32_t> order(ctx, {kRows}, {0, 1, 2, 3, 4});
  Tensor<std::int32_t> labels(ctx, {kRows});
  split.gather(ctx, order, plan->input(), labels);
  Tensor<float> kept(ctx, {kRows, 28, 28, 10});
  plan->forward(ctx, [&](std::size_t i, View<const float> y) {
    if (i == 2) {  // behind the convolution and its batch norm
      ctx.backend().copy(kept.data(), y.data(), y.bytes());
    }
  });
  const std::vector<float> device =
      to_host_sync(ctx, View<const float>(kept.data(), {kRows, 28 * 28 * 10}));
  for (std::size_t n = 0; n < kRows; ++n) {
    for (std::size_t c = 0; c < 10; ++c) {
      for (std::size_t at = 0; at < 784; ++at) {
        ASSERT_EQ(written[(n * 10 + c) * 784 + at], device[(n * 784 + at) * 10 + c]);
      }
    }
  }
  EXPECT_EQ(NpyArray(files[0]).to_vector<float>(), to_host_sync(ctx, plan->logits()));
  EXPECT_EQ(NpyArray(files[1]).to_vector<std::int32_t>(), labels.to_host_sync());
}

TEST(Outputs, SourcesAreALineEach) {
  const TemporaryFolder folder;
  const Sources sources{{}, {"a/\n.png", "a/\\n.png", "b/x.png"}};
  const auto file = write_sources(sources, 2, folder.path());
  EXPECT_EQ(read_file(file), "a/\\n.png\na/\\\\n.png\n");
}

}  // namespace
}  // namespace infoplane::test
