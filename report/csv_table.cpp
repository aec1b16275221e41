#include "report/csv_table.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "core/error.h"

namespace infoplane {
namespace {

constexpr double kLargestWhole = 9007199254740992.0;  // 2^53: beyond it doubles skip some

/// The cells of a line, without blanks around them. Takes a carriage return for a blank.
std::vector<std::string> split_cells(const std::string& line) {
  constexpr char kBlanks[] = " \t\r";
  std::vector<std::string> cells;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(',', begin), line.size());
    const std::string cell = line.substr(begin, end - begin);
    const std::size_t first = cell.find_first_not_of(kBlanks);
    std::string text = first == std::string::npos
                           ? std::string()
                           : cell.substr(first, cell.find_last_not_of(kBlanks) + 1 - first);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
      text = text.substr(1, text.size() - 2);
    }
    cells.push_back(std::move(text));
    begin = end + 1;
  }
  return cells;
}

bool is_empty(const std::vector<std::string>& cells) {
  return cells.size() == 1 && cells.front().empty();
}

}  // namespace

CsvTable::CsvTable(const std::filesystem::path& file) : file_(file) {
  std::ifstream stream(file);
  std::string line;
  if (!stream || !std::getline(stream, line)) {
    std::error_code ignored;
    throw DataError(file.string() + (std::filesystem::exists(file, ignored)
                                         ? ": cannot be read as CSV; it should begin with a header"
                                         : ": there is no such file or folder"));
  }
  if (line.rfind("\xef\xbb\xbf", 0) == 0) {  // the byte-order mark of a spreadsheet
    line.erase(0, 3);
  }
  columns_ = split_cells(line);
  for (std::size_t number = 2; std::getline(stream, line); ++number) {
    Row row{number, split_cells(line)};
    const bool has_end = !stream.eof();
    if (is_empty(row.cells)) {
      continue;
    }
    if (!has_end && (row.cells.size() < columns_.size() || row.cells.back().empty())) {
      warning_ = where(number) + "the last line is torn, as a killed run leaves it: left out";
      continue;
    }
    if (row.cells.size() != columns_.size()) {
      throw DataError(where(number) + std::to_string(row.cells.size()) + " cells, the header has " +
                      std::to_string(columns_.size()));
    }
    rows_.push_back(std::move(row));
  }
}

bool CsvTable::has(const std::string& column) const {
  return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

void CsvTable::require(const std::vector<std::string>& columns) const {
  std::string missing;
  for (const std::string& column : columns) {
    if (!has(column)) {
      missing += (missing.empty() ? "" : ", ") + column;
    }
  }
  if (!missing.empty()) {
    throw DataError(file_.string() + ": its header lacks " + missing);
  }
}

const std::string& CsvTable::text(std::size_t row, const std::string& column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) {
    throw DataError(file_.string() + ": no column '" + column + "' in its header");
  }
  return rows_[row].cells[static_cast<std::size_t>(found - columns_.begin())];
}

double CsvTable::number(std::size_t row, const std::string& column) const {
  const std::string& cell = text(row, column);
  char* end = nullptr;
  const double value = std::strtod(cell.c_str(), &end);
  if (cell.empty() || end != cell.c_str() + cell.size()) {
    refuse(row, column, "a number");
  }
  return value;
}

std::int64_t CsvTable::integer(std::size_t row, const std::string& column) const {
  const double value = number(row, column);
  if (value != std::trunc(value) || std::abs(value) > kLargestWhole) {
    refuse(row, column, "a whole number");
  }
  return static_cast<std::int64_t>(value);
}

void CsvTable::refuse(std::size_t row, const std::string& column,
                      const std::string& expected) const {
  throw DataError(where(rows_[row].line) + column + " is '" + text(row, column) + "', expected " +
                  expected);
}

std::string CsvTable::where(std::size_t line) const {
  return file_.string() + ":" + std::to_string(line) + ": ";
}

}  // namespace infoplane
