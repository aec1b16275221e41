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

/// "fc-6 on mnist, seed 2, train": those of its parts that are not empty.
std::string joined(const std::vector<std::string>& parts) {
  std::string label;
  for (const std::string& part : parts) {
    label += (label.empty() || part.empty() ? "" : ", ") + part;
  }
  return label;
}

/// What a split looks like beside `all` of the runs: 0 validation, 1 train, from 2 on others. One
/// alone needs no look of its own.
std::size_t number_of(const std::string& split, const std::vector<std::string>& all) {
  if (split == "validation" || split == "train") {
    return split == "train" ? 1 : 0;
  }
  const auto place = std::find(all.begin(), all.end(), split);
  const auto known =
      std::count(all.begin(), place, "validation") + std::count(all.begin(), place, "train");
  return all.size() == 1 ? 0 : static_cast<std::size_t>(2 + (place - all.begin()) - known);
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
  const std::vector<std::string> all = splits_of(runs);
  if (all.empty()) {
    throw DataError("figure: the runs have no sample");
  }
  std::vector<std::string> splits = all;
  if (!options.split.empty()) {
    std::erase_if(splits, [&](const std::string& split) { return split != options.split; });
  }
  if (splits.empty()) {
    throw UsageError("figure: no sample of split '" + options.split + "'; see --split");
  }
  const std::vector<SeedGroup> groups = group_by_configuration(runs);
  const std::vector<std::string> labels = labels_without_common_part(groups);
  std::vector<FigureLine> lines;
  const bool several = groups.size() > 1;
  // `run` is the name of one of several runs that are drawn each by itself.
  const auto add = [&](std::size_t g, const std::vector<std::size_t>& members,
                       const std::string& run, std::size_t place) {
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
        const std::string split = splits.size() > 1 ? name : "";
        line.dashes = number_of(name, all);
        line.label = joined({labels[g], run, split});
        line.legend = several ? joined({labels[g], split}) : line.label;
        line.series = several ? g : run.empty() ? line.dashes : place;
      }
    }
  };
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const SeedGroup& group = groups[g];
    if (!options.each_seed && group.seeds.size() > 1) {
      add(g, group.seeds, "", 0);
      continue;
    }
    for (std::size_t i = 0; i < group.runs.size(); ++i) {
      const std::size_t run = group.runs[i];
      add(g, {run}, group.runs.size() > 1 ? name_in_group(run, group, runs) : "", i);
    }
  }
  return lines;
}

}  // namespace infoplane
