#include "nn/models.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "tests/support/errors.h"

namespace infoplane::test {
namespace {

struct Sizes {
  std::vector<std::string> layers;
  std::int64_t parameters = 0;
  Shape output;
};

Sizes sizes(const std::string& name, const Shape& image, int classes = 10) {
  Sizes result;
  Shape shape = image.batched(1);
  for (const std::unique_ptr<Layer>& layer : make_model(name, image, classes)) {
    shape = layer->output(shape);
    result.layers.push_back(layer->describe());
    for (const Parameter* parameter : layer->parameters()) {
      result.parameters += parameter->shape.numel();
    }
  }
  result.output = shape.row();
  return result;
}

const Shape kMnist{1, 28, 28};
const Shape kCifar{3, 32, 32};

TEST(Models, Fc3IsWhatThePaperSays) {
  EXPECT_THAT(sizes("fc-3", kMnist).layers,
              testing::ElementsAre("flatten", "dense 784 -> 256", "batch norm", "relu",
                                   "dropout 0.5", "dense 256 -> 10"));
}

TEST(Models, Cnn6OnMnistIsWhatTheCodeSays) {
  EXPECT_THAT(
      sizes("cnn-6", kMnist).layers,
      testing::ElementsAre("conv 5x5 x10, pad 2", "batch norm", "relu", "max-pool 2/2",
                           "conv 5x5 x20, pad 2", "batch norm", "relu", "max-pool 2/2",
                           "conv 3x3 x40, pad 1", "batch norm", "relu", "max-pool 3/2",
                           "conv 3x3 x80, pad 1", "batch norm", "relu", "conv 3x3 x160, pad 1",
                           "batch norm", "relu", "max-pool 1/2", "conv 3x3 x320, pad 1",
                           "batch norm", "relu", "dropout2d 0.5", "flatten", "dense 1280 -> 256",
                           "relu", "dropout 0.5", "dense 256 -> 10"));
}

// The widths that reach the first dense layer of each CNN's head, from the released code.
TEST(Models, FlatWidthsAgreeWithTheCode) {
  const auto flat = [](const std::string& name, const Shape& image) {
    for (const std::string& layer : sizes(name, image).layers) {
      if (layer.rfind("dense", 0) == 0) {
        return layer;
      }
    }
    return std::string();
  };
  EXPECT_EQ(flat("cnn-2", kCifar), "dense 1280 -> 256");
  EXPECT_EQ(flat("cnn-2", kMnist), "dense 980 -> 256");
  EXPECT_EQ(flat("cnn-4", kCifar), "dense 960 -> 256");
  EXPECT_EQ(flat("cnn-4", kMnist), "dense 540 -> 256");
  EXPECT_EQ(flat("cnn-6", kCifar), "dense 960 -> 256");
  EXPECT_EQ(flat("cnn-9", kCifar), "dense 960 -> 256");
  EXPECT_EQ(flat("cnn-16", kCifar), "dense 512 -> 10");
  EXPECT_EQ(flat("alexnet", kCifar), "dense 256 -> 10");
}

// Counted by hand from the layer lists.
TEST(Models, ParameterCounts) {
  EXPECT_EQ(sizes("fc-3", kMnist).parameters, 784 * 256 + 256 + 2 * 256 + 256 * 10 + 10);
  EXPECT_EQ(sizes("cnn-2", kCifar).parameters, (3 * 25 * 10 + 10 + 20) + (10 * 9 * 20 + 20 + 40) +
                                                   (1280 * 256 + 256) + (256 * 10 + 10));
  EXPECT_EQ(sizes("cnn-16", kCifar).parameters, 14728266);  // VGG-16-BN with one linear layer
  EXPECT_EQ(sizes("tishby", {12}, 2).parameters,
            12 * 10 + 10 + 10 * 7 + 7 + 7 * 5 + 5 + 5 * 4 + 4 + 4 * 3 + 3 + 3 * 2 + 2);
}

TEST(Models, EachGivesOneLogitAClass) {
  for (const std::string& name : model_names()) {
    EXPECT_EQ(sizes(name, name == "tishby" ? Shape{12} : kCifar, 100).output, Shape({100})) << name;
  }
}

TEST(Models, CnnNumbersCountConvolutions) {
  for (const auto& [name, expected] :
       {std::pair("cnn-2", 2), {"cnn-4", 4}, {"cnn-6", 6}, {"cnn-9", 9}, {"cnn-16", 13}}) {
    int convolutions = 0;
    for (const std::string& layer : sizes(name, kCifar).layers) {
      convolutions += layer.rfind("conv", 0) == 0 ? 1 : 0;
    }
    EXPECT_EQ(convolutions, expected) << name;
  }
}

TEST(Models, UnknownAndUnfittingNamesAreOneLine) {
  expect_error<UsageError>([] { make_model("cnn9", kCifar, 10); }, {"cnn9", "cnn-9"});
  expect_error<UsageError>([] { make_model("cnn-16", kMnist, 10); }, {"cnn-16", "[1, 28, 28]"});
  expect_error<UsageError>([] { make_model("cnn-2", {12}, 2); }, {"cnn-2", "[12]"});
}

}  // namespace
}  // namespace infoplane::test
