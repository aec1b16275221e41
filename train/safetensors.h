#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/shape.h"

namespace infoplane {

/// One float32 tensor of a safetensors file, row-major.
struct NamedTensor {
  std::string name;
  Shape shape;
  std::vector<float> values;
};

/// A file in the safetensors format: an 8-byte little-endian length, a JSON header of that length
/// with each tensor's dtype, shape and place, then the data. Any safetensors library reads it.
struct SafeTensors {
  std::map<std::string, std::string> metadata;
  std::vector<NamedTensor> tensors;
};

/// Replaces `file` whole or not at all. Throws Error naming file and reason.
void write_safetensors(const std::filesystem::path& file, const SafeTensors& content);

/// Reads float32 tensors of rank 0 to 4, in the order of their data, every size checked against the
/// file's before anything is allocated. Throws DataError naming the file, and what is wrong with
/// it.
SafeTensors read_safetensors(const std::filesystem::path& file);

}  // namespace infoplane
