#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/layer.h"

namespace infoplane {

/// The networks of the paper (Cheng, Lian, Gao and Geng), and the one of its figure 1:
/// fc-3 fc-6 fc-9 cnn-2 cnn-4 cnn-6 cnn-9 cnn-16 alexnet linear tishby tishby-relu. Below, a name
/// may also be one of one's own, "NAME: LAYER, LAYER, ..." (core/model_name.h, nn/layer_list.h).
const std::vector<std::string>& model_names();

/// The data set whose shape a model takes where none is named: cifar10, or tishby for the 12-bit
/// networks.
std::string usual_data(const std::string& model);

/// What a model's own training settings are, where they differ from the paper's common ones.
struct ModelDefaults {
  float lr = 0.1f;
  std::string optimizer = "sgd";
  std::int64_t batch = 128;
  std::int64_t epochs = 70;
  float weight_decay = 5e-4f;
  float lr_factor = 0.1f;      ///< lr is multiplied by this ...
  std::int64_t lr_every = 20;  ///< ... every so many epochs
};

/// Those of one's own have the paper's common ones, and without batch norm AlexNet's rate. Throws
/// UsageError, with the nearest known name, for an unknown model.
ModelDefaults model_defaults(const std::string& name);

/// The layers of a model for one sample of shape `image` ([C, H, W] or [K]) and `classes` classes.
/// Where the paper's code has two variants, one channel selects the one for MNIST. Throws
/// UsageError for an unknown name or layer, and when the images are too small or of the wrong rank.
std::vector<std::unique_ptr<Layer>> make_model(const std::string& name, const Shape& image,
                                               int classes);

}  // namespace infoplane
