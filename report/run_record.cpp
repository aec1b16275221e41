#include "report/run_record.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "core/data_name.h"
#include "core/error.h"
#include "core/model_name.h"
#include "core/toml_text.h"
#include "core/version.h"
#include "report/csv_table.h"

namespace infoplane {
namespace {

namespace fs = std::filesystem;

std::string whole_text(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

SplitRecord& split_of(RunRecord& run, const std::string& split) {
  const auto found = std::find_if(run.splits.begin(), run.splits.end(),
                                  [&](const SplitRecord& known) { return known.split == split; });
  if (found != run.splits.end()) {
    return *found;
  }
  // Validation first: it is what the paper measures.
  const auto place = split == "validation" ? run.splits.begin() : run.splits.end();
  return *run.splits.insert(place, SplitRecord{split, {}, {}, {}});
}

void flatten(const toml::table& table, const std::string& prefix,
             std::map<std::string, std::string>& settings) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const toml::table* inner = node.as_table()) {
      flatten(*inner, name + ".", settings);
    } else if (const auto text = node.value<std::string>()) {
      settings[name] = *text;
    } else {
      std::ostringstream value;
      value << toml::node_view(node);
      settings[name] =
          node.is_floating_point() ? fmt::format("{}", **node.as_floating_point()) : value.str();
    }
  }
}

/// The settings in the text of a file.
std::map<std::string, std::string> settings_in(const std::string& text, const fs::path& file) {
  std::map<std::string, std::string> settings;
  try {
    flatten(toml::parse(text), "", settings);
  } catch (const toml::parse_error& error) {
    throw DataError(
        fmt::format("{}:{}: {}", file.string(), error.source().begin.line, error.description()));
  }
  return settings;
}

void read_config(const fs::path& file, RunRecord& run) {
  run.config = read_toml_text(file);
  run.settings = settings_in(run.config, file);
  if (run.settings.count("seed") > 0) {
    run.seed = std::atoll(run.settings["seed"].c_str());
  }
}

void read_description(const fs::path& file, RunRecord& run) {
  run.description = nlohmann::ordered_json::parse(whole_text(file), nullptr, false);
  if (!run.description.is_object()) {
    throw DataError(file.string() + ": is no JSON object; is this a run folder?");
  }
  const std::string version = text_or_empty(run.description, "version");
  if (!version.empty() && version != kVersion) {
    run.notes.push_back(
        fmt::format("The run was written by infoplane {}, and read by {}.", version, kVersion));
  }
  const std::string status = text_or_empty(run.description, "status");
  if (status != "done") {
    const std::string reason = text_or_empty(run.description, "reason");
    run.warnings.push_back(
        status == "running" ? "The run is not finished, or was killed: this is what it had written."
                            : fmt::format("The run did not reach its end: {}{}.",
                                          status.empty() ? "no status" : status,
                                          reason.empty() ? "" : ", " + reason));
  }
}

void note(const CsvTable& table, RunRecord& run) {
  if (!table.warning().empty()) {
    run.warnings.push_back(table.warning());
  }
}

void read_classes(const fs::path& file, RunRecord& run) {
  const CsvTable table(file, CsvTable::LastLine::kHasEnd);
  note(table, run);
  for (std::size_t i = 0; i < table.rows(); ++i) {
    ClassRow row = {table.integer(i, "step"),     table.integer(i, "class"),
                    table.integer(i, "n"),        table.number(i, "h_x_bits"),
                    table.number(i, "i_xt_bits"), table.number(i, "i_ty_bits"),
                    table.number(i, "accuracy")};
    if (row.n == 0) {  // zeros in files of before
      row.i_xt_bits = row.i_ty_bits = row.accuracy = std::nan("");
    }
    split_of(run, table.text(i, "split")).class_rows.push_back(row);
  }
}

void read_layers(const fs::path& file, RunRecord& run) {
  const CsvTable table(file, CsvTable::LastLine::kHasEnd);
  note(table, run);
  for (std::size_t i = 0; i < table.rows(); ++i) {
    split_of(run, table.text(i, "split"))
        .layer_rows.push_back({table.integer(i, "step"), table.number(i, "epoch"),
                               table.text(i, "layer"), table.integer(i, "units"),
                               table.number(i, "i_xt_bits"), table.number(i, "i_ty_bits")});
  }
}

void note_odd_rows(RunRecord& run) {
  if (run.splits.empty()) {
    run.warnings.emplace_back("There is no sample yet.");
  }
  for (const SplitRecord& split : run.splits) {
    std::int64_t rejected = 0;
    std::int64_t not_finite = 0;
    // A trace of another tool may lack it.
    const bool has_loss = std::ranges::any_of(
        split.rows, [](const TraceRow& row) { return std::isfinite(row.loss_nats); });
    for (const TraceRow& row : split.rows) {
      rejected = std::max(rejected, row.rejected);
      const bool finite = std::isfinite(row.epoch) && (std::isfinite(row.loss_nats) || !has_loss) &&
                          std::isfinite(row.accuracy) && std::isfinite(row.i_xt_bits) &&
                          std::isfinite(row.i_ty_bits);
      not_finite += finite ? 0 : 1;
    }
    if (split.rows.size() == 1) {
      run.notes.push_back(fmt::format("The {} split has one sample only: no path.", split.split));
    }
    if (rejected > 0) {
      run.warnings.push_back(fmt::format(
          "Up to {} rows of the {} split were rejected in a sample (a logit that is no number): "
          "they are counted nowhere.",
          rejected, split.split));
    }
    if (not_finite > 0) {
      run.warnings.push_back(fmt::format(
          "{} of {} samples of the {} split have a value that is no number: gaps in the curves.",
          not_finite, split.rows.size(), split.split));
    }
  }
}

}  // namespace

std::string text_or_empty(const nlohmann::ordered_json& object, const std::string& key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<double> SplitRecord::column(double TraceRow::*quantity) const {
  std::vector<double> values;
  for (const TraceRow& row : rows) {
    values.push_back(row.*quantity);
  }
  return values;
}

std::vector<std::string> splits_of(const std::vector<RunRecord>& runs) {
  std::vector<std::string> splits;
  for (const RunRecord& run : runs) {
    for (const SplitRecord& split : run.splits) {
      if (!split.rows.empty() && std::ranges::count(splits, split.split) == 0) {
        splits.push_back(split.split);
      }
    }
  }
  std::ranges::stable_sort(splits, {}, [](const std::string& split) {
    return split == "validation" ? 0 : split == "train" ? 1 : 2;
  });
  return splits;
}

SplitBounds bounds_of(const SplitRecord& split) {
  const auto last = std::find_if(split.rows.rbegin(), split.rows.rend(),
                                 [](const TraceRow& row) { return row.n > 0; });
  return last == split.rows.rend() ? SplitBounds{} : SplitBounds{last->n, last->h_y_bits};
}

const SplitRecord* RunRecord::find(const std::string& split) const {
  const auto found = std::find_if(splits.begin(), splits.end(),
                                  [&](const SplitRecord& known) { return known.split == split; });
  return found == splits.end() ? nullptr : &*found;
}

std::map<std::string, std::string> read_settings(const fs::path& file) {
  return settings_in(read_toml_text(file), file);
}

RunRecord read_run(const fs::path& path) {
  RunRecord run;
  run.path = path;
  run.description = nlohmann::ordered_json::object();
  const bool is_folder = fs::is_directory(path);
  for (TraceRow& row : read_trace(trace_file(path), &run.warnings)) {
    split_of(run, row.split).rows.push_back(std::move(row));
  }
  const auto read_if_there = [&](const char* name, auto read) {
    if (is_folder && fs::exists(path / name)) {
      read(path / name, run);
      return true;
    }
    return false;
  };
  if (!read_if_there("run.json", read_description)) {
    run.notes.emplace_back("There is no run.json: where this comes from is not known.");
  }
  read_if_there("config.toml", read_config);
  if (!read_if_there("per_class.csv", read_classes)) {
    run.notes.emplace_back("There is no per_class.csv: nothing is known of single classes.");
  }
  read_if_there("layers.csv", read_layers);
  // A folder "runs/a/" has no file name.
  const fs::path name = path.has_filename() ? path.filename() : path.parent_path().filename();
  run.label = run.settings.count("model") > 0 && run.settings.count("data") > 0
                  ? model_label(run.settings["model"]) + " on " + data_label(run.settings["data"])
                  : name.string();
  note_odd_rows(run);
  return run;
}

std::vector<RunRecord> read_runs(const std::vector<fs::path>& runs) {
  std::vector<RunRecord> records;
  std::transform(runs.begin(), runs.end(), std::back_inserter(records), read_run);
  return records;
}

}  // namespace infoplane
