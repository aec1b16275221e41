#include "analysis/inversions.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "analysis/inversion_control.h"
#include "apps/commands.h"
#include "apps/console.h"
#include "apps/run_folders.h"
#include "core/error.h"
#include "report/csv_table.h"
#include "report/run_trace.h"

namespace infoplane::apps {
namespace {

using Json = nlohmann::ordered_json;

struct InversionsOptions {
  std::vector<std::filesystem::path> traces;
  std::string split;
  std::string reading;
  bool controls = false;
  bool json = false;
};

/// What is counted of a trace, and, if that is asked for, what a column that drifts gives.
struct Counted {
  Inversions all;
  std::optional<Drifts> drifts;
};

/// A file itself; of a run's folder that with its samples, or with the readings of them.
std::filesystem::path file_of(const std::filesystem::path& trace,
                              const InversionsOptions& options) {
  if (options.reading.empty() || !std::filesystem::is_directory(trace)) {
    return trace_file(trace);
  }
  const std::filesystem::path file = trace / "readings.csv";
  if (!std::filesystem::exists(file)) {
    throw DataError(trace.string() + ": a run without readings; train it with --readings");
  }
  return file;
}

/// The rows to look at: all, or those of one split and reading where the file has several.
std::vector<std::size_t> rows_of(const CsvTable& table, const std::filesystem::path& trace,
                                 const InversionsOptions& options) {
  const bool has_splits = table.has("split");
  if (!has_splits && !options.split.empty()) {
    throw UsageError("--split " + options.split + ": " + trace.string() +
                     " has no column 'split'; leave it out");
  }
  if (table.has("reading") && options.reading.empty()) {
    throw UsageError(trace.string() +
                     ": has several readings of each sample; choose one with --reading");
  }
  if (!table.has("reading") && !options.reading.empty()) {
    throw UsageError("--reading " + options.reading + ": " + trace.string() +
                     " has no column 'reading'; leave it out");
  }
  const std::string wanted = options.split.empty() ? "validation" : options.split;
  std::vector<std::size_t> rows;
  std::size_t empty = 0;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    if (has_splits && table.text(i, "split") != wanted) {
      continue;
    }
    if (!options.reading.empty() && table.text(i, "reading") != options.reading) {
      continue;
    }
    if (table.has("n") && table.integer(i, "n") == 0) {
      ++empty;
    } else {
      rows.push_back(i);
    }
  }
  if (empty > 0) {
    warn({fmt::format("{}: {} without rows {} left out; the network diverged there", trace.string(),
                      empty == 1 ? "a sample" : fmt::format("{} samples", empty),
                      empty == 1 ? "is" : "are")});
  }
  if (rows.empty() && empty == 0 && table.rows() > 0) {
    throw UsageError(
        fmt::format("{}: no sample{}{}; see --split{}", trace.string(),
                    has_splits ? " of split '" + wanted + "'" : "",
                    options.reading.empty() ? "" : " of reading '" + options.reading + "'",
                    options.reading.empty() ? "" : " and --reading"));
  }
  if (rows.empty()) {
    throw DataError(trace.string() + ": no samples");
  }
  return rows;
}

Counted count(const std::filesystem::path& trace, const InversionsOptions& options) {
  const CsvTable table(file_of(trace, options));
  if (!table.warning().empty()) {
    warn({table.warning()});
  }
  const std::vector<std::size_t> rows = rows_of(table, trace, options);
  const auto column = [&](const std::string& name) {
    std::vector<double> values;
    std::transform(rows.begin(), rows.end(), std::back_inserter(values),
                   [&](std::size_t row) { return table.number(row, name); });
    return values;
  };
  const std::vector<double> i_ty = column("i_ty_bits");
  const std::vector<double> accuracy = column("accuracy");
  const std::vector<double> i_xt = column("i_xt_bits");
  return naming(trace, [&] {
    Counted result{count_inversions(i_ty, accuracy, i_xt), {}};
    if (options.controls) {
      result.drifts = drifts_of(i_ty, accuracy, i_xt);
    }
    return result;
  });
}

Json to_json(const Counted& counted) {
  const Inversions& result = counted.all;
  Json json = {{"samples", result.samples},
               {"inversions", result.inversions},
               {"agreeing", result.agreeing},
               {"percentage", result.percentage()}};
  if (const std::optional<Drifts>& drifts = counted.drifts) {
    json["moved"] = {{"low", drifts->moved.low}, {"high", drifts->moved.high}};
    json["one_turn"] = drifts->one_turn;
  }
  return json;
}

void print(const Counted& counted) {
  const Inversions& result = counted.all;
  fmt::print("samples     {}\n", result.samples);
  fmt::print("inversions  {}  pairs with less I(T;Y) and more accuracy\n", result.inversions);
  fmt::print("agreeing    {}  of them with less I(X;T)\n", result.agreeing);
  fmt::print("percentage  {}\n",
             result.inversions > 0
                 ? fmt::format("{:.6f}  agreeing / inversions", result.percentage())
                 : "none: nothing is inverted");
  if (const std::optional<Drifts>& drifts = counted.drifts; drifts && result.inversions > 0) {
    fmt::print("moved       {:.6f} to {:.6f}  with I(X;T) at other times, 95% of them\n",
               drifts->moved.low, drifts->moved.high);
    fmt::print("one turn    {:.6f}  the most with a line in time that turns at most once\n",
               drifts->one_turn);
  }
}

void run(const InversionsOptions& options) {
  const std::vector<std::filesystem::path> traces = run_folders(options.traces);
  const bool is_one = traces.size() == 1 && traces == options.traces;  // not a sweep of one run
  Json runs = Json::array();
  for (const std::filesystem::path& trace : traces) {
    const Counted result = count(trace, options);
    Json json = is_one ? Json::object() : Json{{"run", trace.string()}};
    json.update(to_json(result));
    runs.push_back(std::move(json));
    if (!options.json) {
      fmt::print("{}", is_one ? "" : trace.string() + "\n");
      print(result);
    }
  }
  if (options.json) {
    std::cout << json_text(is_one ? runs.front() : Json{{"runs", runs}});
  }
}

}  // namespace

void add_inversions(CLI::App& app) {
  auto options = std::make_shared<InversionsOptions>();
  CLI::App* command = app.add_subcommand(
      "inversions", "Counts a training trace's inversions, and how many of them agree with I(X;T)");
  command
      ->add_option(
          "TRACE", options->traces,
          "CSVs with the columns i_xt_bits, i_ty_bits and accuracy, a line a sample, or folders of "
          "runs, for their metrics.csv, or of sweeps, for their runs")
      ->required();
  command->add_option(
      "--split", options->split,
      "Which samples, where the file has a column split: validation, train, or another "
      "that it names (default: validation)");
  command->add_option("--reading", options->reading,
                      "Of a run's readings.csv: which reading, as shuffled_labels or first_3000");
  command->add_flag("--controls", options->controls,
                    "What drifts give in the place of I(X;T), too: itself at other times, and a "
                    "line that turns at most once");
  command->add_flag("--json", options->json,
                    "Print one JSON object, of several runs one with a list, runs; percentage is "
                    "null when nothing is inverted");
  command->callback([options] { run(*options); });
}

}  // namespace infoplane::apps
