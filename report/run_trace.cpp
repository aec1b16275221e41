#include "report/run_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <system_error>

#include "core/error.h"
#include "report/csv_table.h"

namespace infoplane {
namespace {

/// What to do instead: "; name one that is in it, as a, b, c, ...".
std::string some_runs_in(const std::filesystem::path& folder) {
  constexpr std::size_t kMost = 3;
  std::vector<std::string> names;
  std::error_code ignored;
  for (const std::filesystem::directory_entry& entry :
       std::filesystem::directory_iterator(folder, ignored)) {
    if (std::filesystem::exists(entry.path() / "metrics.csv", ignored)) {
      names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  std::string list;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i) {
    list += (i == 0 ? "" : ", ") + (folder / names[i]).string();
  }
  return names.empty()
             ? "; name the folder of a run, or a trace in CSV"
             : "; name one that is in it, as " + list + (names.size() > kMost ? ", ..." : "");
}

}  // namespace

std::filesystem::path trace_file(const std::filesystem::path& run) {
  if (!std::filesystem::is_directory(run)) {
    return run;
  }
  std::filesystem::path file = run / "metrics.csv";
  if (!std::filesystem::exists(file)) {
    throw DataError(run.string() + ": a folder without a run's metrics.csv" + some_runs_in(run));
  }
  return file;
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
  std::map<std::string, std::int64_t> last_steps;  // by split
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
    TraceRow& row = trace.back();
    if (row.n == 0) {  // zeros in files of before
      row.loss_nats = row.accuracy = row.i_xt_bits = row.i_ty_bits = row.h_y_bits = std::nan("");
    }
    if (row.accuracy < 0.0 || row.accuracy > 1.0) {
      table.refuse(i, "accuracy", "0 to 1");
    }
    const auto last = last_steps.emplace(row.split, row.step).first;
    if (row.step < last->second) {
      table.refuse(
          i, "step",
          fmt::format("{} or more, as the one before of the {} split", last->second, row.split));
    }
    last->second = row.step;
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
