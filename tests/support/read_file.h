#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace infoplane::test {

/// All of it; empty when there is none.
inline std::string read_file(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace infoplane::test
