#pragma once

#include <string>

namespace infoplane {

/// The name of a network: one of the paper's, or "NAME: LAYER, LAYER, ..." for one of one's own
/// (nn/layer_list.h says what the layers are).

/// What stands before the colon: the name as labels and folders show it.
std::string model_label(const std::string& model);

/// What stands behind it; empty without a colon.
std::string model_layers(const std::string& model);

}  // namespace infoplane
