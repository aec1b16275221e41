#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/atomic_file.h"

namespace infoplane {

/// Writes an array in NumPy's .npy format (version 1.0, C order) piece by piece, as one of a deep
/// layer need not fit into memory. T is float, int32_t or int64_t. The file has its name when it is
/// whole.
template <class T>
class NpyWriter {
 public:
  /// An array of this shape. Throws as WholeFile, as the others do.
  NpyWriter(const std::filesystem::path& file, const std::vector<std::int64_t>& shape);

  /// The values that come next.
  void append(std::span<const T> values);
  /// When all values are there. Throws Error when there are more or fewer than the shape says.
  void finish();

 private:
  std::filesystem::path file_;
  std::int64_t missing_ = 1;  ///< values
  WholeFile stream_;
};

extern template class NpyWriter<float>;
extern template class NpyWriter<std::int32_t>;
extern template class NpyWriter<std::int64_t>;

}  // namespace infoplane
