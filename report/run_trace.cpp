#include "report/run_trace.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "core/error.h"

namespace infoplane {
namespace {

std::vector<std::string> split_cells(const std::string& line) {
  std::vector<std::string> cells;
  std::string cell;
  for (std::istringstream stream(line); std::getline(stream, cell, ',');) {
    cells.push_back(cell);
  }
  return cells;
}

/// The cells of one line by column name.
class Row {
 public:
  Row(const std::map<std::string, std::size_t>& columns, std::vector<std::string> cells,
      std::string where)
      : columns_(columns), cells_(std::move(cells)), where_(std::move(where)) {}

  const std::string& text(const std::string& column) const {
    const auto found = columns_.find(column);
    if (found == columns_.end() || found->second >= cells_.size()) {
      throw DataError(where_ + ": no column '" + column + "'; is this a run's metrics.csv?");
    }
    return cells_[found->second];
  }

  double number(const std::string& column) const {
    const std::string& cell = text(column);
    char* end = nullptr;
    const double value = std::strtod(cell.c_str(), &end);
    if (cell.empty() || *end != '\0') {
      throw DataError(where_ + ": " + column + " is '" + cell + "', expected a number");
    }
    return value;
  }

  std::int64_t integer(const std::string& column) const { return std::llround(number(column)); }

 private:
  const std::map<std::string, std::size_t>& columns_;
  std::vector<std::string> cells_;
  std::string where_;
};

}  // namespace

std::vector<TraceRow> read_trace(const std::filesystem::path& metrics_csv) {
  std::ifstream file(metrics_csv);
  std::string line;
  if (!file || !std::getline(file, line)) {
    throw DataError(metrics_csv.string() + ": cannot be read; is this a run folder?");
  }
  std::map<std::string, std::size_t> columns;
  for (const std::string& name : split_cells(line)) {
    columns.emplace(name, columns.size());
  }
  std::vector<TraceRow> trace;
  for (std::size_t number = 2; std::getline(file, line); ++number) {
    if (file.eof()) {
      break;  // the line has no end
    }
    const Row row(columns, split_cells(line), metrics_csv.string() + ":" + std::to_string(number));
    trace.push_back({row.integer("step"), row.number("epoch"), row.text("split"),
                     row.number("loss_nats"), row.number("accuracy"), row.number("i_xt_bits"),
                     row.number("i_ty_bits"), row.number("h_y_bits"), row.integer("n")});
  }
  return trace;
}

PlaneFigure plane_of(const std::string& title, const std::vector<TraceRow>& trace) {
  PlaneFigure figure{title, {}, 0.0, 0.0};
  for (const TraceRow& row : trace) {
    auto path = std::find_if(figure.paths.begin(), figure.paths.end(),
                             [&](const PlanePath& known) { return known.label == row.split; });
    if (path == figure.paths.end()) {
      path = figure.paths.insert(figure.paths.end(), PlanePath{row.split, {}});
    }
    path->points.push_back({row.i_xt_bits, row.i_ty_bits, row.epoch});
    if (row.n > 0 && (row.split == "validation" || figure.paths.size() == 1)) {
      figure.i_xt_ceiling_bits = std::log2(static_cast<double>(row.n));
      figure.h_y_bits = row.h_y_bits;
    }
  }
  return figure;
}

}  // namespace infoplane
