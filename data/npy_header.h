#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace infoplane {

/// What the header of a .npy file says.
struct NpyHeader {
  std::string descr;  ///< element type: "<f4"
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
  std::size_t bytes = 0;  ///< of the header: the data begin here
};

/// Parses the header at the front of `bytes`, the content of `file`. Throws DataError when it is
/// none, is cut, or describes records (structured types).
NpyHeader parse_npy_header(std::span<const std::uint8_t> bytes, const std::filesystem::path& file);

}  // namespace infoplane
