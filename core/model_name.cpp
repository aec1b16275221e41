#include "core/model_name.h"

namespace infoplane {

std::string model_label(const std::string& model) { return model.substr(0, model.find(':')); }

std::string model_layers(const std::string& model) {
  const std::size_t colon = model.find(':');
  return colon == std::string::npos ? std::string() : model.substr(colon + 1);
}

}  // namespace infoplane
