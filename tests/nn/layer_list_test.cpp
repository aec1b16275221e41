#include "nn/layer_list.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "nn/models.h"
#include "tests/support/errors.h"

namespace infoplane::test {
namespace {

const Shape kColour{3, 32, 32};

std::vector<std::string> descriptions(const std::string& model, const Shape& image = kColour) {
  std::vector<std::string> words;
  for (const std::unique_ptr<Layer>& layer : make_model(model, image, 10)) {
    words.push_back(layer->describe());
  }
  return words;
}

// What `infoplane models` prints of the paper's networks, a layer a line, but that a dense layer is
// not told its inputs.
TEST(LayerList, IsInTheWordsThatModelsAreDescribedBy) {
  for (const std::string& name : model_names()) {
    const Shape image = name.starts_with("tishby") ? Shape{12} : kColour;
    const std::vector<std::string> expected = descriptions(name, image);
    std::string list;
    for (std::string layer : expected) {
      if (layer.starts_with("dense")) {
        layer = "dense " + layer.substr(layer.rfind(' ') + 1);
      }
      list += layer + ", ";
    }
    EXPECT_EQ(descriptions("own:" + list, image), expected) << name;
  }
}

TEST(LayerList, TakesWhatCanBeLeftOut) {
  EXPECT_THAT(descriptions("own: conv 5x5 x8 pad 2 stride 2, relu,, dropout2d, max-pool 3/2, "
                           "flatten, tanh, dropout 0.125, dense 7, identity, dense,"),
              testing::ElementsAre("conv 5x5 x8, stride 2, pad 2", "relu", "dropout2d 0.5",
                                   "max-pool 3/2", "flatten", "tanh", "dropout 0.125",
                                   "dense 392 -> 7", "identity", "dense 7 -> 10"));
}

TEST(LayerList, SaysWhichLayerIsWrong) {
  const auto expect = [](const std::string& list, const std::vector<std::string>& parts) {
    expect_error<UsageError>([&] { make_model("own:" + list, kColour, 10); }, parts);
  };
  expect("flatten, dens 5, dense",
         {"'own'", "layer 1, 'dens 5'", "'dense'?", "max-pool, batch norm"});
  expect("batchnorm", {"did you mean 'batch norm'?"});
  expect("pooling 2, dense", {"is no layer; there are conv, max-pool, batch norm, relu"});
  for (const char* conv :
       {"conv", "conv 5 x8", "conv 5x3 x8", "conv 5x5 8", "conv 5x5 x0", "conv 5x5 x8 pad",
        "conv 5x5 x8 pad -1", "conv 5x5 x8 padding 2", "conv 5x5 x8 stride 0", "conv 256x256 x8",
        "conv 5x5 x65537", "conv 5x5 x99999999999999999999"}) {
    expect(std::string(conv) + ", flatten, dense", {"layer 0", conv, "conv KxK xN"});
  }
  expect("max-pool 2, flatten, dense", {"max-pool K/S"});
  expect("max-pool 17/17, flatten, dense", {"K 1 to 16"});
  expect("batch, flatten, dense", {"batch norm"});
  expect("flatten, relu 6, dense", {"should be: relu"});
  expect("flatten, dropout 1, dense", {"0 to 0.99"});
  expect("flatten 2, dense", {"should be: flatten"});
  expect("flatten, dense many", {"dense N"});
  expect("dense", {"'own'", "layer 0, 'dense'", "does not fit"});  // images have three dimensions
  expect("flatten, dense, conv 3x3 x4", {"layer 2", "does not fit"});
  expect("flatten, dense 5", {"end with [5]", "10 classes", "'dense'"});
  expect("", {"end with [3, 32, 32]"});
}

TEST(LayerList, ANameOfOnesOwnIsNoOther) {
  const std::vector<std::string> names = {"", "fc-3", "a b", "a/b", std::string(41, 'a')};
  for (const std::string& name : names) {
    expect_error<UsageError>([&] { make_model(name + ": flatten, dense", kColour, 10); },
                             {"before the colon"});
    expect_error<UsageError>([&] { model_defaults(name + ": flatten, dense"); },
                             {"before the colon"});
  }
}

TEST(LayerList, TheRateIsLowWithoutBatchNorm) {
  EXPECT_EQ(model_defaults("own: flatten, dense").lr, 0.01f);
  EXPECT_EQ(model_defaults("own: flatten, batch norm, dense").lr, 0.1f);
  EXPECT_EQ(model_defaults("own: flatten, dense").epochs, 70);
}

}  // namespace
}  // namespace infoplane::test
