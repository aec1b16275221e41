#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace infoplane {

/// A CSV file with a header, read by its column names, so that further columns do not matter.
/// Cells are plain: no commas inside; quotes around one are taken off.
class CsvTable {
 public:
  /// How a last line without an end is taken: infoplane ends each, others may not.
  enum class LastLine { kMayLackEnd, kHasEnd };

  /// Throws DataError for a file that is not there, cannot be read or is empty, and, with its line,
  /// for a row that has another number of cells than the header. A last line that has no end and
  /// lacks cells, or must have one, as a killed program leaves it, is left out: see warning().
  /// Empty lines are skipped.
  explicit CsvTable(const std::filesystem::path& file, LastLine last = LastLine::kMayLackEnd);

  std::size_t rows() const { return rows_.size(); }
  /// Says which last line was left out, and why; empty when none was.
  const std::string& warning() const { return warning_; }
  bool has(const std::string& column) const;
  /// Throws DataError, naming all that are not there, unless the header has these columns.
  void require(const std::vector<std::string>& columns) const;

  /// These throw DataError, naming file, line and column, for a column that is not there and for a
  /// cell that is no number, or for integer() no whole one.
  std::string text(std::size_t row, const std::string& column) const;
  double number(std::size_t row, const std::string& column) const;
  std::int64_t integer(std::size_t row, const std::string& column) const;

  /// Throws DataError for a cell that is not as `expected` says, naming file, line and column.
  [[noreturn]] void refuse(std::size_t row, const std::string& column,
                           const std::string& expected) const;

 private:
  struct Row {
    std::size_t line = 0;   // in the file, from 1
    std::size_t begin = 0;  // in lines_
    std::size_t size = 0;
  };

  std::string where(std::size_t line) const;

  std::filesystem::path file_;
  std::vector<std::string> columns_;
  std::string lines_;  // those of the rows, as they are: cells of a million rows take no more
  std::vector<Row> rows_;
  std::string warning_;
};

}  // namespace infoplane
