#include "nn/layer_list.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <vector>

#include "core/error.h"
#include "core/geometry.h"
#include "core/nearest.h"

namespace infoplane {
namespace {

using Words = std::vector<std::string>;

constexpr std::int64_t kMostUnits = 65536;
constexpr std::int64_t kMostKernel = 255;
constexpr std::int64_t kMostPool = 16;
static_assert(kMostPool * kMostPool == kMostPoolElements);

/// The words of each layer. "stride" and "pad" go on with the layer before.
std::vector<Words> split(const std::string& list) {
  std::vector<Words> layers;
  std::istringstream parts(list);
  for (std::string part; std::getline(parts, part, ',');) {
    std::istringstream text(part);
    Words words;
    for (std::string word; text >> word;) {
      words.push_back(word);
    }
    if (words.empty()) {
      continue;
    }
    if (!layers.empty() && (words[0] == "stride" || words[0] == "pad")) {
      layers.back().insert(layers.back().end(), words.begin(), words.end());
    } else {
      layers.push_back(std::move(words));
    }
  }
  return layers;
}

std::string joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

/// A number that is all of the text, within limits.
template <class Number>
std::optional<Number> number(std::string_view text, Number least, Number most) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool all = error == std::errc() && end == text.data() + text.size();
  return all && value >= least && value <= most ? std::optional(value) : std::nullopt;
}

/// The two numbers of "AxB" or "A/B".
struct Pair {
  std::optional<std::int64_t> first, second;
};
Pair pair(std::string_view text, char between) {
  const std::size_t place = text.find(between);
  return place == std::string_view::npos
             ? Pair{}
             : Pair{number<std::int64_t>(text.substr(0, place), 1, kMostKernel),
                    number<std::int64_t>(text.substr(place + 1), 1, kMostKernel)};
}

// Each adds a layer and says whether its words were right.

bool add_conv(NetworkBuilder& net, const Words& words) {
  if (words.size() < 3 || words.size() % 2 == 0 || words[2][0] != 'x') {
    return false;
  }
  const Pair kernel = pair(words[1], 'x');
  const auto channels = number<std::int64_t>(words[2].substr(1), 1, kMostUnits);
  std::int64_t stride = 1;
  std::int64_t pad = 0;
  for (std::size_t i = 3; i < words.size(); i += 2) {
    const bool is_stride = words[i] == "stride";
    const auto value = number<std::int64_t>(words[i + 1], is_stride ? 1 : 0, kMostKernel);
    if (!value || (!is_stride && words[i] != "pad")) {
      return false;
    }
    (is_stride ? stride : pad) = *value;
  }
  if (!kernel.first || kernel.first != kernel.second || !channels) {
    return false;
  }
  net.conv(*kernel.first, *channels, stride, pad);
  return true;
}

bool add_pool(NetworkBuilder& net, const Words& words) {
  const Pair window = words.size() == 2 ? pair(words[1], '/') : Pair{};
  if (!window.first || !window.second || *window.first > kMostPool) {
    return false;
  }
  net.pool(*window.first, *window.second);
  return true;
}

bool add_norm(NetworkBuilder& net, const Words& words) {
  if (words.size() != 2 || words[1] != "norm") {
    return false;
  }
  net.norm();
  return true;
}

bool add_activation(NetworkBuilder& net, const Words& words) {
  if (words.size() != 1) {
    return false;
  }
  net.act(words[0] == "relu"   ? Activation::kRelu
          : words[0] == "tanh" ? Activation::kTanh
                               : Activation::kIdentity);
  return true;
}

bool add_dropout(NetworkBuilder& net, const Words& words) {
  const auto p = words.size() == 1   ? std::optional(0.5f)
                 : words.size() == 2 ? number<float>(words[1], 0.0f, 0.99f)
                                     : std::nullopt;
  if (p) {
    net.dropout(words[0] == "dropout" ? Dropout::Unit::kElement : Dropout::Unit::kChannel, *p);
  }
  return p.has_value();
}

bool add_flatten(NetworkBuilder& net, const Words& words) {
  if (words.size() == 1) {
    net.flatten();
  }
  return words.size() == 1;
}

bool add_dense(NetworkBuilder& net, const Words& words) {
  if (words.size() == 1) {
    net.dense(net.classes());
    return true;
  }
  const auto units =
      words.size() == 2 ? number<std::int64_t>(words[1], 1, kMostUnits) : std::nullopt;
  if (units) {
    net.dense(*units);
  }
  return units.has_value();
}

struct Kind {
  const char* word;
  const char* expected;
  bool (*add)(NetworkBuilder& net, const Words& words);
};
constexpr Kind kKinds[] = {
    {"conv", "conv KxK xN[, stride S][, pad P], K and S 1 to 255, P 0 to 255, N 1 to 65536",
     add_conv},
    {"max-pool", "max-pool K/S, K 1 to 16, S 1 to 255", add_pool},
    {"batch", "batch norm", add_norm},
    {"relu", "relu", add_activation},
    {"tanh", "tanh", add_activation},
    {"identity", "identity", add_activation},
    {"dropout", "dropout P, 0 to 0.99", add_dropout},
    {"dropout2d", "dropout2d P, 0 to 0.99", add_dropout},
    {"flatten", "flatten", add_flatten},
    {"dense", "dense N, 1 to 65536, or dense", add_dense},
};

/// "batch norm" is told by its first word.
std::string name_of(const Kind& kind) {
  return std::string(kind.word) == "batch" ? kind.expected : kind.word;
}

const Kind& kind_of(const std::string& layer, const std::string& word) {
  std::vector<std::string> names;
  for (const Kind& kind : kKinds) {
    if (word == kind.word) {
      return kind;
    }
    names.push_back(name_of(kind));
  }
  const std::optional<std::string> near = near_name(word, names);
  throw UsageError(layer + " is no layer; " +
                   (near ? "did you mean '" + *near + "'? There are " : "there are ") +
                   listed(names));
}

}  // namespace

std::vector<std::string> layer_forms() {
  std::vector<std::string> forms;
  for (const Kind& kind : kKinds) {
    forms.emplace_back(kind.expected);
  }
  return forms;
}

void add_layers(NetworkBuilder& net, const std::string& list) {
  int place = 0;
  for (const Words& words : split(list)) {
    const std::string layer = "layer " + std::to_string(place++) + ", '" + joined(words) + "',";
    const Kind& kind = kind_of(layer, words[0]);
    try {
      if (!kind.add(net, words)) {
        throw UsageError(layer + " should be: " + kind.expected);
      }
    } catch (const ShapeError& error) {
      throw ShapeError(layer + " does not fit: " + error.what());
    }
  }
  if (net.shape() != Shape({1, net.classes()})) {
    throw UsageError("its layers end with " + net.shape().row().to_string() + " for " +
                     std::to_string(net.classes()) +
                     " classes; let the last one be 'dense', without a number");
  }
}

bool has_batch_norm(const std::string& list) {
  const std::vector<Words> layers = split(list);
  return std::any_of(layers.begin(), layers.end(),
                     [](const Words& words) { return words[0] == "batch"; });
}

}  // namespace infoplane
