#pragma once

#include <string>
#include <vector>

#include "nn/network_builder.h"

namespace infoplane {

/// Adds the layers of a list, in the words of `infoplane models`:
///
///   conv KxK xN[, stride S][, pad P]   N channels; stride 1 and no padding where none is said
///   max-pool K/S                       windows of K x K, S apart
///   batch norm
///   relu | tanh | identity
///   dropout P | dropout2d P            0.5 where none is said; dropout2d drops whole channels
///   flatten
///   dense N                            N units; without N, as many as there are classes
///
/// separated by commas. The last layer has to have a unit a class. Throws
/// UsageError, naming the layer and what was expected; ShapeError as the builder does.
void add_layers(NetworkBuilder& net, const std::string& list);

/// How each kind of layer is written, with what its numbers may be: "max-pool K/S, K 1 to 16, ...".
std::vector<std::string> layer_forms();

/// Whether one of them is a batch norm.
bool has_batch_norm(const std::string& list);

}  // namespace infoplane
