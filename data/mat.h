#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace infoplane {

/// One real matrix of a MATLAB file.
struct MatMatrix {
  std::string name;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<double> values;  ///< [columns, rows]: column-major, as MATLAB keeps them

  double at(std::int64_t row, std::int64_t column) const {
    return values[static_cast<std::size_t>(column * rows + row)];
  }
};

/// Reads the real two-dimensional numeric or logical matrices of these names of a MATLAB 5
/// MAT-file, compressed or not; other variables are passed over. Little-endian files alone, at most
/// 64 MiB a variable. Throws DataError for what is no such file, cut or damaged. Source: "MAT-File
/// Format", The MathWorks.
std::vector<MatMatrix> read_mat(const std::filesystem::path& file,
                                const std::vector<std::string>& names);

}  // namespace infoplane
