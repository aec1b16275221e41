#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "analysis/interval.h"
#include "core/error.h"
#include "report/chart_drawing.h"
#include "report/figure_panels.h"
#include "report/plane_drawing.h"
#include "report/seed_groups.h"

namespace infoplane::panel {
namespace {

/// The wanted split of a run, if it has one with rows of that kind.
template <typename Row>
const SplitRecord* split_with(const RunRecord& run, const std::string& wanted,
                              std::vector<Row> SplitRecord::*rows) {
  for (const SplitRecord& split : run.splits) {
    if ((wanted.empty() || split.split == wanted) && !(split.*rows).empty()) {
      return &split;
    }
  }
  return nullptr;
}

/// The same of a run that must have one. Throws UsageError where only other splits have rows of
/// that file, DataError where none has.
template <typename Row>
const SplitRecord& require_split(const RunRecord& run, const std::string& wanted,
                                 std::vector<Row> SplitRecord::*rows, const char* panel,
                                 const char* file) {
  if (const SplitRecord* split = split_with(run, wanted, rows)) {
    return *split;
  }
  if (split_with(run, "", rows) != nullptr) {
    throw UsageError(fmt::format("figure {}: no row of split '{}' in {}; see --split", panel,
                                 wanted, (run.path / file).string()));
  }
  throw DataError(fmt::format("figure {}: {} has no {} with rows", panel, run.path.string(), file));
}

/// The runs as one group. Throws UsageError when they differ in more than the seed, as no mean can
/// be drawn then.
SeedGroup one_configuration(const std::vector<RunRecord>& runs, const char* panel) {
  std::vector<SeedGroup> groups = group_by_configuration(runs);
  if (groups.size() > 1) {
    throw UsageError(fmt::format(
        "figure {}: shows one configuration, the mean over its seeds; these are {}, as {} and {}",
        panel, groups.size(), groups[0].label, groups[1].label));
  }
  return std::move(groups.front());
}

/// What to know of the runs that stand for a group.
std::vector<std::string> notes_of(const SeedGroup& group, const std::vector<RunRecord>& runs) {
  std::vector<std::string> notes = notes_of_means(group, runs);
  if (group.seeds.size() == 1 && group.runs.size() > 1) {
    notes.push_back(fmt::format("{} runs of one seed: {} is drawn", group.runs.size(),
                                runs[group.seeds.front()].path.string()));
  }
  return notes;
}

/// Those runs of a group that do not repeat a seed.
std::vector<const RunRecord*> seeds_of(const SeedGroup& group, const std::vector<RunRecord>& runs) {
  std::vector<const RunRecord*> seeds;
  for (const std::size_t i : group.seeds) {
    seeds.push_back(&runs[i]);
  }
  return seeds;
}

/// The last step at which all of these splits have samples of their classes, or nothing.
std::optional<std::int64_t> last_common_step(const std::vector<const SplitRecord*>& splits) {
  std::vector<std::int64_t> common;
  for (const SplitRecord* split : splits) {
    std::vector<std::int64_t> steps;
    for (const ClassRow& row : split->class_rows) {  // in the order of the steps
      if (steps.empty() || steps.back() != row.step) {
        steps.push_back(row.step);
      }
    }
    std::vector<std::int64_t> both;
    std::ranges::set_intersection(common, steps, std::back_inserter(both));
    common = split == splits.front() ? std::move(steps) : std::move(both);
  }
  return common.empty() ? std::nullopt : std::optional(common.back());
}

/// Of the values that are numbers; not a number where none is.
double mean_of_known(const std::vector<double>& values) {
  std::vector<double> known;
  std::ranges::copy_if(values, std::back_inserter(known),
                       [](double value) { return std::isfinite(value); });
  return known.empty() ? std::nan("") : mean_interval(known).mean;
}

std::string class_name(const RunRecord& run, std::int64_t index) {
  const auto data = run.description.find("data");
  if (data != run.description.end() && data->is_object() && data->contains("class_names")) {
    const Json& names = (*data)["class_names"];
    const auto place = static_cast<std::size_t>(index);
    if (names.is_array() && index >= 0 && place < names.size() && names[place].is_string()) {
      return names[place].get<std::string>();
    }
  }
  return std::to_string(index);
}

Figure figure_of_paths(const PlaneFigure& figure, const std::string& title, const char* name) {
  Json data = {{"panel", name}, {"paths", Json::array()}};
  for (const PlanePath& path : figure.paths) {
    Json json = {{"label", path.label},
                 {"epoch", Json::array()},
                 {"i_xt_bits", Json::array()},
                 {"i_ty_bits", Json::array()}};
    for (const PlanePoint& point : path.points) {
      json["epoch"].push_back(point.epoch);
      json["i_xt_bits"].push_back(point.i_xt_bits);
      json["i_ty_bits"].push_back(point.i_ty_bits);
    }
    for (const PlaneInterval& half_widths : path.intervals) {
      json["i_xt_bits_half_width"].push_back(half_widths.i_xt_bits);
      json["i_ty_bits_half_width"].push_back(half_widths.i_ty_bits);
    }
    data["paths"].push_back(std::move(json));
  }
  return figure_of(figure, title, std::move(data));
}

/// The places of the classes to draw: all, or of very many those of least accuracy, from the least,
/// as on the page.
std::vector<std::size_t> classes_to_draw(const std::vector<double>& accuracy) {
  constexpr std::size_t kMost = 40;
  std::vector<std::size_t> places(accuracy.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  if (places.size() > kMost) {
    std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
      return accuracy[a] < accuracy[b] || (std::isnan(accuracy[b]) && !std::isnan(accuracy[a]));
    });
    places.resize(kMost);
  }
  return places;
}

void add_note_of_classes(Figure& figure, std::size_t drawn, std::size_t all) {
  if (drawn < all) {
    figure.warnings.push_back(
        fmt::format("of {} classes the {} of least accuracy are drawn", all, drawn));
  }
}

}  // namespace

Figure classes(const std::vector<RunRecord>& runs, const FigureOptions& options) {
  struct Values {
    std::vector<double> share, i_ty, accuracy;
  };
  std::map<std::int64_t, Values> values;
  const SeedGroup group = one_configuration(runs, "classes");
  std::vector<const SplitRecord*> splits;
  const std::vector<const RunRecord*> seeds = seeds_of(group, runs);
  const RunRecord* named = seeds.front();
  for (const RunRecord* run : seeds) {
    if (const auto* split = split_with(*run, options.lines.split, &SplitRecord::class_rows)) {
      named = run;
      splits.push_back(split);
    } else if (splits.empty() && split_with(*run, "", &SplitRecord::class_rows) != nullptr) {
      named = run;
    }
  }
  if (splits.empty()) {
    require_split(*named, options.lines.split, &SplitRecord::class_rows, "classes",
                  "per_class.csv");
  }
  const std::optional<std::int64_t> last = last_common_step(splits);
  if (!last) {
    throw UsageError(
        "figure classes: these runs have no sample of the same step; give one of them");
  }
  for (const SplitRecord* split : splits) {
    for (const ClassRow& row : split->class_rows) {
      if (row.step == *last) {
        Values& of_class = values[row.class_index];
        of_class.share.push_back(row.i_xt_bits / row.h_x_bits);
        of_class.i_ty.push_back(row.i_ty_bits);
        of_class.accuracy.push_back(row.accuracy);
      }
    }
  }
  constexpr std::size_t kColumns = 3;
  constexpr const char* kNames[kColumns] = {"i_xt_share_of_h_x", "i_ty_bits", "accuracy"};
  Json data = {{"panel", "classes"}, {"classes", Json::array()}};
  std::vector<std::string> names;
  std::vector<double> means[kColumns];
  for (const auto& [index, of_class] : values) {
    names.push_back(class_name(*named, index));
    const std::vector<double>* columns[] = {&of_class.share, &of_class.i_ty, &of_class.accuracy};
    const auto with_images = std::ranges::count_if(
        of_class.accuracy, [](double accuracy) { return std::isfinite(accuracy); });
    Json json = {{"class", index}, {"name", names.back()}, {"runs", with_images}};
    for (std::size_t c = 0; c < kColumns; ++c) {
      means[c].push_back(mean_of_known(*columns[c]));
      json[kNames[c]] = means[c].back();
    }
    data["classes"].push_back(std::move(json));
  }
  draw::BarFigure figure{
      options.title, {}, {{"I(X;T) / H(X)", {}}, {"I(T;Y) [bits]", {}}, {"accuracy", {}}}};
  figure.columns[1].decimals = figure.columns[2].decimals = 3;
  for (const std::size_t place : classes_to_draw(means[2])) {
    figure.names.push_back(names[place]);
    for (std::size_t c = 0; c < kColumns; ++c) {
      figure.columns[c].values.push_back(means[c][place]);
    }
  }
  Figure result{"Every class against the rest at the last sample",
                [figure](draw::Canvas& canvas, draw::PageSize page) {
                  draw::draw_bars(figure, canvas, page);
                },
                data, notes_of(group, runs)};
  add_note_of_classes(result, figure.names.size(), names.size());
  return result;
}

Figure class_paths(const std::vector<RunRecord>& runs, const FigureOptions& options) {
  if (runs.size() > 1) {
    throw UsageError("figure class-paths: shows one run; give one");
  }
  const RunRecord& run = runs.front();
  const SplitRecord& split = require_split(run, options.lines.split, &SplitRecord::class_rows,
                                           "class-paths", "per_class.csv");
  std::map<std::int64_t, double> epochs;
  for (const TraceRow& row : split.rows) {
    epochs[row.step] = row.epoch;
  }
  struct ClassPath {
    PlanePath path;
    double accuracy = 0.0;  // at the last sample
  };
  std::map<std::int64_t, ClassPath> by_class;
  for (const ClassRow& row : split.class_rows) {
    const auto epoch = epochs.find(row.step);
    auto& [path, accuracy] = by_class[row.class_index];
    path.label = class_name(run, row.class_index);
    path.points.push_back(
        {row.i_xt_bits, row.i_ty_bits, epoch == epochs.end() ? std::nan("") : epoch->second});
    accuracy = row.accuracy;
  }
  std::vector<PlanePath> paths;
  std::vector<double> accuracies;
  for (auto& [index, each] : by_class) {
    paths.push_back(std::move(each.path));
    accuracies.push_back(each.accuracy);
  }
  PlaneFigure figure{options.title, {}, {}, 1.0};
  for (const std::size_t place : classes_to_draw(accuracies)) {
    figure.paths.push_back(std::move(paths[place]));
  }
  Figure result =
      figure_of_paths(figure, "Paths of single classes against the rest", "class-paths");
  add_note_of_classes(result, figure.paths.size(), paths.size());
  return result;
}

Figure layers(const std::vector<RunRecord>& runs, const FigureOptions& options) {
  struct Values {
    double epoch = 0.0;
    std::vector<double> i_xt, i_ty;
  };
  std::vector<std::string> names;  // in the order of the file
  std::map<std::string, std::int64_t> units;
  std::map<std::string, std::map<std::int64_t, Values>> layers;
  PlaneFigure figure{options.title, {}, {}, 0.0};
  const SeedGroup group = one_configuration(runs, "layers");
  const std::vector<const RunRecord*> seeds = seeds_of(group, runs);
  for (const RunRecord* run : seeds) {
    const SplitRecord& split =
        require_split(*run, options.lines.split, &SplitRecord::layer_rows, "layers", "layers.csv");
    for (const LayerRow& row : split.layer_rows) {
      if (layers.count(row.layer) == 0) {
        names.push_back(row.layer);
        units[row.layer] = row.units;
      }
      Values& values = layers[row.layer][row.step];
      values.epoch = row.epoch;
      values.i_xt.push_back(row.i_xt_bits);
      values.i_ty.push_back(row.i_ty_bits);
    }
    const SplitBounds bounds = bounds_of(split);
    figure.add_ceiling(bounds.n, split.split);
    figure.h_y_bits = std::max(figure.h_y_bits, bounds.h_y_bits);
  }
  for (const std::string& name : names) {
    const bool is_number = name.find_first_not_of("0123456789") == std::string::npos;
    PlanePath path{fmt::format("{}{} ({})", is_number ? "layer " : "", name, units[name]), {}};
    for (const auto& [step, values] : layers[name]) {
      if (values.i_xt.size() < seeds.size()) {
        continue;  // not a sample of all
      }
      const MeanInterval i_xt = mean_interval(values.i_xt);
      const MeanInterval i_ty = mean_interval(values.i_ty);
      path.points.push_back({i_xt.mean, i_ty.mean, values.epoch});
      if (seeds.size() > 1) {
        path.intervals.push_back({i_xt.half_width, i_ty.half_width});
      }
    }
    figure.paths.push_back(std::move(path));
  }
  Figure result = figure_of_paths(
      figure,
      seeds.size() == 1 ? "Paths of hidden layers"
                        : fmt::format("Paths of hidden layers, mean of {} runs", seeds.size()),
      "layers");
  std::ranges::move(notes_of(group, runs), std::back_inserter(result.warnings));
  return result;
}

}  // namespace infoplane::panel
