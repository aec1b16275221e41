#pragma once

#include <string>
#include <vector>

namespace infoplane::paper {

/// A table for people: text in cells, the first column is of names.
struct TextTable {
  std::string name;   ///< "table1"; of a file, too
  std::string title;  ///< one line
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

/// What of a table fits a terminal: without the columns that explain.
TextTable brief(TextTable table);

std::string to_terminal(const TextTable& table);
std::string to_markdown(const TextTable& table);
std::string to_html(const TextTable& table);

}  // namespace infoplane::paper
