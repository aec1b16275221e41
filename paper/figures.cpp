#include "paper/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/interval.h"
#include "paper/cells.h"
#include "report/chart_drawing.h"
#include "report/figure.h"

namespace infoplane::paper {
namespace {

/// What a part of a figure shows.
struct Part {
  std::string file;  ///< without its ending
  std::string title;
  std::string panel;  ///< of report/figure.h
  std::string split = "validation";
  int smooth = 1;
  double height_mm = 110.0;
};

constexpr double kWidth = 170.0;
constexpr int kSmooth = 5;  // samples; the paper smooths its curves and does not say how

/// The first run of each row.
struct FirstRuns {
  std::vector<RunRecord> records;
  std::string missing;    ///< what was not run
  std::string begun;      ///< what was not run to its end, and how far
  std::size_t seeds = 0;  ///< the most runs of a row
};

void add_to_list(std::string& list, const std::string& item) {
  list += (list.empty() ? "" : ", ") + item;
}

enum class Shows { kEnds, kPaths };

/// A run of several rows comes once. Figures that show paths take a run, too, that is not done.
FirstRuns first_runs(const std::vector<Row>& rows, const Runs& runs, Shows shows) {
  FirstRuns first;
  std::set<std::string> taken;
  for (const Row& row : rows) {
    const std::vector<const TracedRun*>& traced = runs.of(row);
    if (!taken.insert(row.experiment.name).second) {
      continue;
    }
    const TracedRun* begun = traced.empty() ? runs.begun(row) : nullptr;
    if (begun != nullptr && shows == Shows::kPaths) {
      first.records.push_back(begun->record);
      add_to_list(first.begun, row.experiment.name + " to " + how_far(*begun));
      continue;
    }
    if (traced.empty()) {
      add_to_list(first.missing, row.experiment.name +
                                     (begun == nullptr ? "" : ", which is at " + how_far(*begun)));
      continue;
    }
    first.records.push_back(traced.front()->record);
    first.seeds = std::max(first.seeds, traced.size());
  }
  return first;
}

/// As SVG, for the page and for print, and as PNG, for Markdown. Names the SVG.
void write(DrawnFigure& drawn, const Figure& figure, const std::filesystem::path& name,
           double height_mm) {
  std::filesystem::path file = name;
  write_figure(figure, file.concat(".png"), kWidth, height_mm);
  drawn.file = name;
  drawn.file.concat(".svg");
  write_figure(figure, drawn.file, kWidth, height_mm);
}

/// Without the records that have no sample of the part's split: those are missing, too.
DrawnFigure draw(const Item& item, const Part& part, FirstRuns first,
                 const std::filesystem::path& folder) {
  auto& [records, missing, begun, seeds] = first;
  std::erase_if(records, [&](const RunRecord& record) {
    const bool is_there = record.find(part.split) != nullptr;
    if (!is_there) {
      add_to_list(missing, fmt::format("{} on its {} split", record.label, part.split));
    }
    return !is_there;
  });
  DrawnFigure drawn{item.name, part.title, {}, ""};
  if (records.empty()) {
    drawn.not_run = "not run: " + missing;
    return drawn;
  }
  if (seeds > 1) {
    drawn.title += fmt::format(", the first of {} runs", seeds);
  }
  if (!begun.empty()) {
    drawn.title += " (" + begun + ")";
  }
  if (!missing.empty()) {
    drawn.title += " (not run: " + missing + ")";
  }
  FigureOptions options;
  options.panel = part.panel;
  options.lines.split = part.split;
  options.lines.smooth = part.smooth;
  options.lines.each_seed = part.panel == "plane" || part.panel == "loss";
  write(drawn, make_figure(records, options), folder / part.file, part.height_mm);
  return drawn;
}

std::vector<DrawnFigure> layers(const Item& item, const Runs& runs,
                                const std::filesystem::path& folder) {
  std::vector<DrawnFigure> drawn;
  for (const Row& row : item.rows) {
    FirstRuns all;
    for (const TracedRun* run : runs.of(row)) {
      all.records.push_back(run->record);
    }
    all.missing = all.records.empty() ? row.experiment.name : "";
    const std::string title =
        fmt::format("{}: hidden layers of the 12-bit task, mean of {} initialisations", row.name,
                    all.records.size());
    drawn.push_back(draw(item, {"fig1-" + row.name, title, "layers"}, std::move(all), folder));
  }
  return drawn;
}

std::vector<DrawnFigure> planes_by_data(const Item& item, const Runs& runs,
                                        const std::filesystem::path& folder) {
  std::vector<DrawnFigure> drawn;
  for (const std::string& data : item.data_sets()) {
    std::vector<Row> rows;
    std::copy_if(item.rows.begin(), item.rows.end(), std::back_inserter(rows),
                 [&](const Row& row) { return row.data() == data; });
    drawn.push_back(draw(item,
                         {"fig4-" + in_file_name(data),
                          fmt::format("validation paths on {}, mean of {} samples", data, kSmooth),
                          "plane", "validation", kSmooth},
                         first_runs(rows, runs, Shows::kPaths), folder));
  }
  return drawn;
}

std::vector<DrawnFigure> by_depth(const Item& item, const Runs& runs,
                                  const std::filesystem::path& folder) {
  const FirstRuns first = first_runs(item.rows, runs, Shows::kPaths);
  std::vector<DrawnFigure> drawn;
  for (const Part& part :
       {Part{"fig5a", "paths on the training split", "plane", "train", kSmooth},
        Part{"fig5b", "paths on the validation split", "plane", "validation", kSmooth},
        Part{"fig5c", "loss over the first 10,000 training images, without dropout", "loss",
             "train", 1, 90.0}}) {
    drawn.push_back(draw(item, part, first, folder));
  }
  return drawn;
}

std::vector<DrawnFigure> all_classes(const Item& item, const Runs& runs,
                                     const std::filesystem::path& folder) {
  std::vector<DrawnFigure> drawn;
  for (const Row& row : item.rows) {
    drawn.push_back(draw(
        item, {"fig6-" + row.name, row.name + ": every class at the end of training", "classes"},
        first_runs({row}, runs, Shows::kEnds), folder));
  }
  return drawn;
}

std::vector<DrawnFigure> three_classes(const Item& item, const Runs& runs,
                                       const std::filesystem::path& folder) {
  constexpr std::int64_t kClasses = 3;
  FirstRuns first = first_runs(item.rows, runs, Shows::kPaths);
  for (RunRecord& record : first.records) {
    for (SplitRecord& split : record.splits) {
      std::vector<ClassRow>& rows = split.class_rows;
      rows.erase(std::remove_if(rows.begin(), rows.end(),
                                [](const ClassRow& row) { return row.class_index >= kClasses; }),
                 rows.end());
    }
  }
  return {draw(item, {"fig7", "paths of the first three classes", "class-paths"}, std::move(first),
               folder)};
}

/// Shares of the ceilings over the number of classes: of I(X;T) the lesser of log2 N and log2 of
/// the symbols that there can be; means of a row's runs. A row is "SERIES, N classes".
std::vector<DrawnFigure> growth(const Item& item, const Runs& runs,
                                const std::filesystem::path& folder) {
  draw::ChartFigure chart{"", "H(Y), bit: log2 of the classes", "share of the ceiling", {}};
  chart.from_zero_to_one = true;
  chart.dots = true;
  std::string missing;
  for (const Row& row : item.rows) {
    std::vector<double> h_y;
    std::vector<double> of_ceiling;
    std::vector<double> of_h_y;
    for (const TracedRun* run : runs.of(row)) {
      const SplitRecord* split = run->record.find(row.split);
      if (split != nullptr && !split->rows.empty()) {
        const TraceRow& last = split->rows.back();
        const double ceiling =
            std::fmin(std::log2(static_cast<double>(last.n)), symbol_bits(run->record));
        h_y.push_back(last.h_y_bits);
        of_ceiling.push_back(last.i_xt_bits / ceiling);
        of_h_y.push_back(last.i_ty_bits / last.h_y_bits);
      }
    }
    if (h_y.empty()) {
      missing += (missing.empty() ? "" : "; ") + row.name;
      continue;
    }
    const std::string series = row.name.substr(0, row.name.rfind(", "));
    const auto add = [&](const std::string& what, double share, bool dashed) {
      const std::string label = series + ", " + what;
      auto curve =
          std::find_if(chart.curves.begin(), chart.curves.end(),
                       [&](const draw::ChartCurve& known) { return known.label == label; });
      if (curve == chart.curves.end()) {
        curve = chart.curves.insert(chart.curves.end(),
                                    {label, chart.curves.size() / 2, dashed, {}, {}});
      }
      curve->x.push_back(mean_interval(h_y).mean);
      curve->y.push_back(share);
    };
    add("I(X;T) / its ceiling", mean_interval(of_ceiling).mean, false);
    add("I(T;Y) / H(Y)", mean_interval(of_h_y).mean, true);
  }
  DrawnFigure drawn{item.name, "shares of the ceilings as the number of classes grows", {}, ""};
  if (chart.curves.empty()) {
    drawn.not_run = "not run: " + missing;
    return {drawn};
  }
  if (!missing.empty()) {
    drawn.title += " (not run: " + missing + ")";
  }
  write(drawn,
        {drawn.title,
         [chart](draw::Canvas& canvas, draw::PageSize page) {
           draw::draw_chart(chart, canvas, page);
         },
         {}},
        folder / "classes", 100.0);
  return {drawn};
}

}  // namespace

std::vector<DrawnFigure> draw_figures(const std::vector<Item>& items, const Runs& runs,
                                      const std::filesystem::path& folder) {
  std::vector<DrawnFigure> all;
  for (const Item& item : items) {
    std::vector<DrawnFigure> drawn;
    if (item.name == "fig1") {
      drawn = layers(item, runs, folder);
    } else if (item.name == "fig4") {
      drawn = planes_by_data(item, runs, folder);
    } else if (item.name == "fig5") {
      drawn = by_depth(item, runs, folder);
    } else if (item.name == "fig6") {
      drawn = all_classes(item, runs, folder);
    } else if (item.name == "fig7") {
      drawn = three_classes(item, runs, folder);
    } else if (item.name == "classes") {
      drawn = growth(item, runs, folder);
    }
    all.insert(all.end(), drawn.begin(), drawn.end());
  }
  return all;
}

}  // namespace infoplane::paper
