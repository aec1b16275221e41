#include "apps/sweep_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "analysis/interval.h"
#include "apps/console.h"
#include "apps/plan_runner.h"
#include "report/run_trace.h"

namespace infoplane::apps {
namespace {

using Json = nlohmann::ordered_json;

struct Column {
  const char* name;
  double TraceRow::*value;
};
constexpr Column kColumns[] = {{"accuracy", &TraceRow::accuracy},
                               {"i_xt_bits", &TraceRow::i_xt_bits},
                               {"i_ty_bits", &TraceRow::i_ty_bits},
                               {"loss_nats", &TraceRow::loss_nats}};

bool is_done(const SweepRow& row) { return row.status.state == JobStatus::State::kDone; }

std::optional<TraceRow> last_sample(const std::filesystem::path& run) {
  std::optional<TraceRow> last;
  for (const TraceRow& row : read_trace(run / "metrics.csv")) {
    if (row.split == "validation") {
      last = row;
    }
  }
  return last;
}

/// Runs that differ in the seed alone.
struct Group {
  std::vector<std::string> values;  ///< of the axes without the seed
  std::vector<TraceRow> samples;

  MeanInterval interval(const Column& column) const {
    std::vector<double> values_of;
    for (const TraceRow& sample : samples) {
      values_of.push_back(sample.*column.value);
    }
    return mean_interval(values_of);
  }
};

std::vector<std::string> without_seed(const std::vector<std::string>& axes,
                                      const std::vector<std::string>& values) {
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] != "seed") {
      rest.push_back(values[i]);
    }
  }
  return rest;
}

std::vector<Group> groups_of(const std::filesystem::path& folder,
                             const std::vector<std::string>& axes,
                             const std::vector<SweepRow>& rows) {
  std::vector<Group> groups;
  for (const SweepRow& row : rows) {
    const std::optional<TraceRow> sample =
        is_done(row) ? last_sample(folder / row.status.name) : std::nullopt;
    if (!sample) {
      continue;
    }
    const std::vector<std::string> values = without_seed(axes, row.values);
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& known) { return known.values == values; });
    if (group == groups.end()) {
      group = groups.insert(groups.end(), {values, {}});
    }
    group->samples.push_back(*sample);
  }
  return groups;
}

std::string to_text(const MeanInterval& interval) {
  return interval.repeats == 1
             ? fmt::format("{:.4f}", interval.mean)
             : fmt::format("{:.4f} +- {:.4f}", interval.mean, interval.half_width);
}

}  // namespace

std::string sweep_text(const std::filesystem::path& folder, const std::vector<std::string>& axes,
                       const std::vector<SweepRow>& rows) {
  const std::vector<Group> groups = groups_of(folder, axes, rows);
  std::string text =
      fmt::format("\n{:>5} {:>18} {:>18} {:>18} {:>18}  {}\n", "runs", "accuracy", "I(X;T) bit",
                  "I(T;Y) bit", "val loss", fmt::join(without_seed(axes, axes), ", "));
  bool several = false;
  for (const Group& group : groups) {
    text += fmt::format("{:>5}", group.samples.size());
    several = several || group.samples.size() > 1;
    for (const Column& column : kColumns) {
      text += fmt::format(" {:>18}", to_text(group.interval(column)));
    }
    text += fmt::format("  {}\n", fmt::join(group.values, ", "));
  }
  if (several) {
    text +=
        "mean +- half of the 95% interval (Student's t) over seeds, of the last validation "
        "sample\n";
  }
  const auto done = std::count_if(rows.begin(), rows.end(), is_done);
  return text + fmt::format("{} of {} runs are done, in {}\n", done, rows.size(), folder.string());
}

std::string sweep_json(const std::filesystem::path& folder, const std::vector<std::string>& axes,
                       const std::vector<SweepRow>& rows) {
  const auto labelled = [](const std::vector<std::string>& keys,
                           const std::vector<std::string>& values) {
    Json json = Json::object();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      json[keys[i]] = values[i];
    }
    return json;
  };
  Json json{{"folder", folder.string()}, {"runs", Json::array()}, {"groups", Json::array()}};
  for (const SweepRow& row : rows) {
    json["runs"].push_back({{"name", row.status.name},
                            {"values", labelled(axes, row.values)},
                            {"state", to_text(row.status.state)}});
    if (!row.status.reason.empty()) {
      json["runs"].back()["reason"] = row.status.reason;
    }
  }
  for (const Group& group : groups_of(folder, axes, rows)) {
    Json entry{{"values", labelled(without_seed(axes, axes), group.values)},
               {"repeats", group.samples.size()}};
    for (const Column& column : kColumns) {
      const MeanInterval interval = group.interval(column);
      entry[column.name] = {{"mean", interval.mean},
                            {"half_width", interval.half_width}};  // null for one repeat
    }
    json["groups"].push_back(entry);
  }
  return json_text(json);
}

}  // namespace infoplane::apps
