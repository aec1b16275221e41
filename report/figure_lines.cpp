#include "report/figure_lines.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/moving_mean.h"
#include "core/error.h"
#include "report/findings_json.h"
#include "report/seed_groups.h"

namespace infoplane {
namespace {

FigureLine line_of(const std::vector<const SplitRecord*>& splits, const LineOptions& options) {
  FigureLine line;
  line.split = splits.front();
  line.runs = splits.size();
  const auto curve_of = [&](double TraceRow::*quantity, int smooth) {
    Columns columns;
    for (const SplitRecord* split : splits) {
      columns.push_back(moving_mean(split->column(quantity), smooth));
    }
    return over_seeds(splits, columns);
  };
  for (std::size_t q = 0; q < kQuantities.size(); ++q) {
    const SeedCurve curve = curve_of(kQuantities[q].value, options.smooth);
    line.steps = curve.steps;
    line.epochs = curve.epochs;
    for (const MeanInterval& value : curve.values) {
      line.values[q].push_back(value.mean);
      line.half_widths[q].push_back(value.half_width);
    }
  }
  const SeedPhases phases = phases_over_seeds(splits, options.rule);
  if (phases.transition && !line.epochs.empty()) {
    const std::size_t sample = nearest_sample(line.epochs, phases.transition->epoch);
    line.transition = {
        sample,
        {curve_of(&TraceRow::i_xt_bits, 1).values[sample].mean,
         curve_of(&TraceRow::i_ty_bits, 1).values[sample].mean, line.epochs[sample]}};
  }
  return line;
}

/// "fc-6 on mnist, seed 2, train": of these, what differs among the lines.
std::string label_of(std::string label, const RunRecord* run, const std::string& split,
                     bool several_splits) {
  const auto add = [&](const std::string& part) { label += (label.empty() ? "" : ", ") + part; };
  if (run != nullptr) {
    add(run->seed ? "seed " + std::to_string(*run->seed) : run->path.string());
  }
  if (several_splits) {
    add(split);
  }
  return label;
}

}  // namespace

std::size_t nearest_sample(const std::vector<double>& epochs, double epoch) {
  const auto after = std::lower_bound(epochs.begin(), epochs.end(), epoch);
  if (after == epochs.begin()) {
    return 0;
  }
  const auto place = static_cast<std::size_t>(after - epochs.begin());
  return place < epochs.size() && epochs[place] - epoch <= epoch - epochs[place - 1] ? place
                                                                                     : place - 1;
}

std::vector<FigureLine> figure_lines(const std::vector<RunRecord>& runs,
                                     const LineOptions& options) {
  std::vector<std::string> splits;
  for (const RunRecord& run : runs) {
    for (const SplitRecord& split : run.splits) {
      const bool wanted = options.split.empty() || options.split == split.split;
      if (wanted && std::find(splits.begin(), splits.end(), split.split) == splits.end()) {
        splits.push_back(split.split);
      }
    }
  }
  if (splits.empty()) {
    throw UsageError(options.split.empty()
                         ? "figure: the runs have no sample"
                         : "figure: no sample of split '" + options.split + "'; see --split");
  }
  const std::vector<SeedGroup> groups = group_by_configuration(runs);
  const std::vector<std::string> labels = labels_without_common_part(groups);
  std::vector<FigureLine> lines;
  const auto add = [&](std::size_t g, const std::vector<std::size_t>& members, const RunRecord* run,
                       std::size_t place) {
    for (const std::string& name : splits) {
      std::vector<const SplitRecord*> records;
      for (const std::size_t member : members) {
        const SplitRecord* split = runs[member].find(name);
        if (split != nullptr && !split->rows.empty()) {
          records.push_back(split);
        }
      }
      if (!records.empty()) {
        FigureLine& line = lines.emplace_back(line_of(records, options));
        const bool several = groups.size() > 1;
        line.label = label_of(labels[g], run, name, splits.size() > 1);
        line.legend = several ? label_of(labels[g], nullptr, name, splits.size() > 1) : line.label;
        line.series = several ? g : run != nullptr ? place : name == "train";
      }
    }
  };
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (options.each_seed) {
      for (std::size_t i = 0; i < groups[g].runs.size(); ++i) {
        const std::size_t run = groups[g].runs[i];
        add(g, {run}, groups[g].runs.size() > 1 ? &runs[run] : nullptr, i);
      }
    } else {
      add(g, groups[g].seeds, nullptr, 0);
    }
  }
  return lines;
}

}  // namespace infoplane
