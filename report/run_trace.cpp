#include "report/run_trace.h"

#include <algorithm>
#include <cmath>

#include "report/csv_table.h"

namespace infoplane {

std::filesystem::path trace_file(const std::filesystem::path& run) {
  return std::filesystem::is_directory(run) ? run / "metrics.csv" : run;
}

std::vector<TraceRow> read_trace(const std::filesystem::path& metrics_csv,
                                 std::vector<std::string>* warnings) {
  const CsvTable table(metrics_csv);
  if (warnings != nullptr && !table.warning().empty()) {
    warnings->push_back(table.warning());
  }
  table.require({"step", "epoch", "i_xt_bits", "i_ty_bits", "h_y_bits", "accuracy", "n"});
  const auto optional = [&](std::size_t row, const char* column) {
    return table.has(column) ? table.integer(row, column) : 0;
  };
  std::vector<TraceRow> trace;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    trace.push_back(
        {.step = table.integer(i, "step"),
         .epoch = table.number(i, "epoch"),
         .split = table.has("split") ? table.text(i, "split") : "validation",
         .loss_nats = table.has("loss_nats") ? table.number(i, "loss_nats") : std::nan(""),
         .accuracy = table.number(i, "accuracy"),
         .i_xt_bits = table.number(i, "i_xt_bits"),
         .i_ty_bits = table.number(i, "i_ty_bits"),
         .h_y_bits = table.number(i, "h_y_bits"),
         .symbols = optional(i, "symbols"),
         .singletons = optional(i, "singletons"),
         .rejected = optional(i, "rejected"),
         .n = table.integer(i, "n")});
    if (TraceRow& row = trace.back(); row.n == 0) {  // zeros in files of before
      row.loss_nats = row.accuracy = row.i_xt_bits = row.i_ty_bits = row.h_y_bits = std::nan("");
    }
  }
  return trace;
}

PlaneFigure plane_of(const std::string& title, const std::vector<TraceRow>& trace) {
  PlaneFigure figure{title, {}, {}, 0.0};
  for (const TraceRow& row : trace) {
    auto path = std::find_if(figure.paths.begin(), figure.paths.end(),
                             [&](const PlanePath& known) { return known.label == row.split; });
    if (path == figure.paths.end()) {
      path = figure.paths.insert(figure.paths.end(), PlanePath{row.split, {}});
    }
    path->points.push_back({row.i_xt_bits, row.i_ty_bits, row.epoch});
    if (row.n > 0) {
      figure.add_ceiling(row.n, row.split);
      figure.h_y_bits = std::max(figure.h_y_bits, row.h_y_bits);
    }
  }
  return figure;
}

}  // namespace infoplane
