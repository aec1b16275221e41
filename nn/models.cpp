#include "nn/models.h"

#include <algorithm>

#include "core/error.h"
#include "core/model_name.h"
#include "core/nearest.h"
#include "nn/layer_list.h"
#include "nn/network_builder.h"

namespace infoplane {
namespace {

/// With the blocks that the paper's networks are made of.
class Builder : public NetworkBuilder {
 public:
  using NetworkBuilder::NetworkBuilder;

  void relu() { act(Activation::kRelu); }
  void classifier(Init init = Init::kUniformFanIn) { dense(classes(), init); }

  /// A hidden layer of the fully connected nets.
  void dense_block(std::int64_t out) {
    dense(out);
    norm();
    relu();
  }
  /// A convolution that keeps the size, batch norm, ReLU.
  void conv_block(std::int64_t kernel, std::int64_t out) {
    conv(kernel, out, 1, kernel / 2);
    norm();
    relu();
  }
  /// What the CNNs share behind their convolutions.
  void head() {
    dropout(Dropout::Unit::kChannel);
    flatten();
    dense(256);
    relu();
    dropout(Dropout::Unit::kElement);
    classifier();
  }
};

std::vector<std::int64_t> fc9_widths(const Builder& net) {
  return net.grey() ? std::vector<std::int64_t>{512, 512, 256, 256, 256, 128, 128}
                    : std::vector<std::int64_t>{512, 256, 256, 256, 256, 128, 128};
}

void fully_connected(Builder& net, const std::vector<std::int64_t>& widths) {
  net.flatten();
  for (const std::int64_t width : widths) {
    net.dense_block(width);
  }
  net.dropout(Dropout::Unit::kElement);
  net.classifier();
}

void fc3(Builder& net) { fully_connected(net, {256}); }
void fc6(Builder& net) { fully_connected(net, {512, 256, 256, 128}); }
void fc9(Builder& net) { fully_connected(net, fc9_widths(net)); }

/// FC-9 with the identity for its activation: neither batch norm nor dropout, so that the whole
/// is a linear map of its input in training, too.
void linear(Builder& net) {
  net.flatten();
  for (const std::int64_t width : fc9_widths(net)) {
    net.dense(width);
    net.act(Activation::kIdentity);
  }
  net.classifier();
}

void cnn2(Builder& net) {
  net.conv_block(5, 10);
  net.pool(2, 2);
  net.conv_block(3, 20);
  net.pool(2, 2);
  net.head();
}

/// CNN-4's convolutions and `more` further ones.
void cnn4_and(Builder& net, int more) {
  net.conv_block(5, 10);
  net.pool(2, 2);
  net.conv_block(5, 20);
  net.pool(2, 2);
  net.conv_block(3, 40);
  net.pool(net.grey() ? 3 : 2, 2);
  net.conv_block(3, 60);
  for (int i = 0; i < more; ++i) {
    net.conv_block(3, 60);
  }
  net.head();
}

void cnn4(Builder& net) { cnn4_and(net, 0); }
void cnn9(Builder& net) { cnn4_and(net, 5); }

void cnn6(Builder& net) {
  if (!net.grey()) {
    cnn4_and(net, 2);
    return;
  }
  net.conv_block(5, 10);
  net.pool(2, 2);
  net.conv_block(5, 20);
  net.pool(2, 2);
  net.conv_block(3, 40);
  net.pool(3, 2);
  net.conv_block(3, 80);
  net.conv_block(3, 160);
  net.pool(1, 2);
  net.conv_block(3, 320);
  net.head();
}

/// VGG-16 with batch norm (Simonyan and Zisserman 2014, configuration D), one linear layer on top.
void cnn16(Builder& net) {
  const std::vector<std::vector<std::int64_t>> stages = {
      {64, 64}, {128, 128}, {256, 256, 256}, {512, 512, 512}, {512, 512, 512}};
  for (const std::vector<std::int64_t>& stage : stages) {
    for (const std::int64_t width : stage) {
      net.conv_block(3, width);
    }
    net.pool(2, 2);
  }
  net.flatten();
  net.classifier();
}

void alexnet(Builder& net) {
  const auto conv_relu = [&](std::int64_t kernel, std::int64_t out, std::int64_t stride,
                             std::int64_t pad) {
    net.conv(kernel, out, stride, pad);
    net.relu();
  };
  conv_relu(11, 64, 4, 5);
  net.pool(2, 2);
  conv_relu(5, 192, 1, 2);
  net.pool(2, 2);
  conv_relu(3, 384, 1, 1);
  conv_relu(3, 256, 1, 1);
  conv_relu(3, 256, 1, 1);
  net.pool(2, 2);
  net.flatten();
  net.classifier();
}

/// 12-10-7-5-4-3-2 (Shwartz-Ziv and Tishby 2017), the network of the paper's figure 1.
void twelve_bits(Builder& net, Activation activation) {
  net.flatten();
  for (const std::int64_t width : {10, 7, 5, 4, 3}) {
    net.dense(width, Init::kTruncatedNormal);
    net.act(activation);
  }
  net.classifier(Init::kTruncatedNormal);
}

void tishby(Builder& net) { twelve_bits(net, Activation::kTanh); }

/// With ReLU, whose layers do not compress (Saxe et al. 2018).
void tishby_relu(Builder& net) { twelve_bits(net, Activation::kRelu); }

/// A rate of 0.1 diverges there.
ModelDefaults without_batch_norm() {
  ModelDefaults defaults;
  defaults.lr = 0.01f;
  return defaults;
}

struct Model {
  std::string name;
  void (*build)(Builder&);
  ModelDefaults defaults;
};

const std::vector<Model>& models() {
  static const std::vector<Model> all = [] {
    const ModelDefaults common;
    const ModelDefaults gentle = without_batch_norm();
    const ModelDefaults tishby_defaults = {4e-4f, "adam", 512, 8000, 0.0f, 1.0f, 20};
    return std::vector<Model>{
        {"fc-3", fc3, common},
        {"fc-6", fc6, common},
        {"fc-9", fc9, common},
        {"cnn-2", cnn2, common},
        {"cnn-4", cnn4, common},
        {"cnn-6", cnn6, common},
        {"cnn-9", cnn9, common},
        {"cnn-16", cnn16, common},
        {"alexnet", alexnet, gentle},
        {"linear", linear, gentle},
        {"tishby", tishby, tishby_defaults},
        {"tishby-relu", tishby_relu, tishby_defaults},
    };
  }();
  return all;
}

const Model& find(const std::string& name) {
  for (const Model& model : models()) {
    if (model.name == name) {
      return model;
    }
  }
  throw UsageError("model '" + name + "' is not known; " +
                   suggestion(name, model_names(), "'NAME: LAYER, LAYER, ...' is one of your own"));
}

bool is_of_ones_own(const std::string& name) { return name.find(':') != std::string::npos; }

/// It names folders.
void require_label(const std::string& name) {
  constexpr char kAllowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  constexpr std::size_t kLongest = 40;
  const std::string label = model_label(name);
  const bool is_taken =
      std::find(model_names().begin(), model_names().end(), label) != model_names().end();
  if (label.empty() || label.size() > kLongest || is_taken ||
      label.find_first_not_of(kAllowed) != std::string::npos) {
    throw UsageError("model '" + label +
                     "': before the colon stands a name of your own, of at most 40 letters, "
                     "digits, '.', '_' and '-', which is none of `infoplane models`");
  }
}

void add_own_layers(NetworkBuilder& net, const std::string& name) {
  try {
    add_layers(net, model_layers(name));
  } catch (const ShapeError&) {
    throw;
  } catch (const UsageError& error) {
    throw UsageError("model '" + model_label(name) + "': " + error.what());
  }
}

}  // namespace

std::string usual_data(const std::string& model) {
  return model.rfind("tishby", 0) == 0 ? "tishby" : "cifar10";
}

const std::vector<std::string>& model_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const Model& model : models()) {
      result.push_back(model.name);
    }
    return result;
  }();
  return names;
}

ModelDefaults model_defaults(const std::string& name) {
  if (!is_of_ones_own(name)) {
    return find(name).defaults;
  }
  require_label(name);
  return has_batch_norm(model_layers(name)) ? ModelDefaults() : without_batch_norm();
}

std::vector<std::unique_ptr<Layer>> make_model(const std::string& name, const Shape& image,
                                               int classes) {
  try {
    Builder net(image, classes);
    if (is_of_ones_own(name)) {
      require_label(name);
      add_own_layers(net, name);
    } else {
      find(name).build(net);
    }
    return net.layers();
  } catch (const ShapeError& error) {
    throw UsageError("model '" + model_label(name) + "' does not fit images of shape " +
                     image.to_string() + " (" + error.what() +
                     "); use another model or larger images");
  }
}

}  // namespace infoplane
