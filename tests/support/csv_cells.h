#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace infoplane::test {

/// The cells of a line of CSV that quotes none.
inline std::vector<std::string> csv_cells(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) {
    cells.push_back(cell);
  }
  return cells;
}

/// Those of a text's last line.
inline std::vector<std::string> last_csv_cells(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n') + 1;
  const std::size_t begin = text.find_last_of('\n', end - 1) + 1;
  return csv_cells(text.substr(begin, end - begin));
}

}  // namespace infoplane::test
