#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace infoplane {

/// The two binary formats of CIFAR. A record is the label bytes - the class of CIFAR-10; the coarse
/// and then the fine class of CIFAR-100, of which the fine one counts - and 3 * 32 * 32 pixels,
/// red, green and blue planes. Source: www.cs.toronto.edu/~kriz/cifar.html.
enum class CifarFormat { kCifar10, kCifar100 };

/// Reads the files one after the other into one split of [3, 32, 32] images. Throws DataError
/// naming the file for empty files, broken records and labels out of range.
Split read_cifar_split(const std::vector<std::filesystem::path>& files, CifarFormat format);

/// Reads one class name a line (batches.meta.txt, fine_label_names.txt). Throws DataError unless
/// there are `classes` of them.
std::vector<std::string> read_class_names(const std::filesystem::path& file, int classes);

}  // namespace infoplane
