#include "report/csv_table.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>

#include "core/error.h"

namespace infoplane {
namespace {

constexpr double kLargestWhole = 9007199254740992.0;  // 2^53: beyond it doubles skip some

/// Without blanks around it, a carriage return among them, and without quotes.
std::string_view cell_text(std::string_view cell) {
  constexpr char kBlanks[] = " \t\r";
  const std::size_t first = cell.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) {
    return {};
  }
  cell = cell.substr(first, cell.find_last_not_of(kBlanks) + 1 - first);
  const bool quoted = cell.size() >= 2 && cell.front() == '"' && cell.back() == '"';
  return quoted ? cell.substr(1, cell.size() - 2) : cell;
}

std::size_t cells_in(std::string_view line) {
  return 1 + static_cast<std::size_t>(std::count(line.begin(), line.end(), ','));
}

std::string_view last_cell(std::string_view line) {
  const std::size_t comma = line.rfind(',');
  return cell_text(comma == std::string_view::npos ? line : line.substr(comma + 1));
}

std::string_view nth_cell(std::string_view line, std::size_t n) {
  for (; n > 0; --n) {
    line.remove_prefix(line.find(',') + 1);
  }
  return cell_text(line.substr(0, line.find(',')));
}

}  // namespace

CsvTable::CsvTable(const std::filesystem::path& file, LastLine last) : file_(file) {
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
  for (std::size_t n = 0; n < cells_in(line); ++n) {
    columns_.emplace_back(nth_cell(line, n));
  }
  for (std::size_t number = 2; std::getline(stream, line); ++number) {
    const std::size_t cells = cells_in(line);
    const bool has_end = !stream.eof();
    if (cells == 1 && last_cell(line).empty()) {
      continue;
    }
    if (!has_end &&
        (last == LastLine::kHasEnd || cells < columns_.size() || last_cell(line).empty())) {
      warning_ = where(number) + "the last line is torn, as a killed run leaves it: left out";
      continue;
    }
    if (cells != columns_.size()) {
      throw DataError(where(number) + std::to_string(cells) + " cells, the header has " +
                      std::to_string(columns_.size()));
    }
    rows_.push_back({number, lines_.size(), line.size()});
    lines_ += line;
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

std::string CsvTable::text(std::size_t row, const std::string& column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) {
    throw DataError(file_.string() + ": no column '" + column + "' in its header");
  }
  const std::string_view line = std::string_view(lines_).substr(rows_[row].begin, rows_[row].size);
  return std::string(nth_cell(line, static_cast<std::size_t>(found - columns_.begin())));
}

double CsvTable::number(std::size_t row, const std::string& column) const {
  const std::string cell = text(row, column);
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
