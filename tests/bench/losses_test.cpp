#include "bench/losses.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"
#include "train/safetensors.h"

namespace infoplane::test {
namespace {

bench::LossesCase config(const std::string& model, const std::string& data) {
  bench::LossesCase result;
  result.train.model = model;
  result.train.data = data;
  result.train.batch = 16;
  result.steps = 6;
  result.lr = 0.01f;
  return result;
}

TEST(Losses, AreOfOneStartWithoutDropout) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "start.safetensors";
  const std::vector<double> losses = bench::first_losses(config("fc-3", "mnist"), file);
  ASSERT_EQ(losses.size(), 6u);
  EXPECT_NEAR(losses[0], std::log(10.0), 0.5);
  // Four batches in turn: the fifth step sees the images of the first again, and has learnt. With
  // dropout, the loss of so few images would not be the same twice.
  EXPECT_LT(losses[4], losses[0]);
  EXPECT_EQ(bench::first_losses(config("fc-3", "mnist"), {}), losses);

  const SafeTensors start = read_safetensors(file);
  // Dense, batch norm, dense: each a weight and a bias; then the images and their labels.
  ASSERT_EQ(start.tensors.size(), 8u);
  EXPECT_EQ(start.tensors[0].shape, (Shape{256, 784}));
  EXPECT_EQ(start.tensors[6].name, "images");
  EXPECT_EQ(start.tensors[6].shape, (Shape{64, 1, 28, 28}));
  EXPECT_EQ(start.tensors[7].name, "labels");
  EXPECT_EQ(start.tensors[7].values[13], 3.0f);
}

TEST(Losses, UnknownNamesAreRefused) {
  expect_error<UsageError>([] { bench::first_losses(config("fc-4", "mnist"), {}); }, {"fc-4"});
  expect_error<UsageError>([] { bench::first_losses(config("fc-3", "folder:x"), {}); },
                           {"folder:x"});
}

}  // namespace
}  // namespace infoplane::test
