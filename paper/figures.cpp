#include "paper/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

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

/// The first run of each row, labelled by the row. A run of several rows comes once.
std::vector<RunRecord> first_runs(const std::vector<Row>& rows, const Runs& runs,
                                  std::string& missing) {
  std::vector<RunRecord> records;
  std::set<std::string> taken;
  for (const Row& row : rows) {
    const std::vector<const TracedRun*>& traced = runs.of(row);
    if (!taken.insert(row.experiment.name).second) {
      continue;
    }
    if (traced.empty()) {
      missing += (missing.empty() ? "" : ", ") + row.experiment.name;
      continue;
    }
    records.push_back(traced.front()->record);
  }
  return records;
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
DrawnFigure draw(const Item& item, const Part& part, std::vector<RunRecord> records,
                 std::string missing, const std::filesystem::path& folder) {
  std::erase_if(records, [&](const RunRecord& record) {
    const bool is_there = record.find(part.split) != nullptr;
    if (!is_there) {
      missing += fmt::format("{}{} on its {} split", missing.empty() ? "" : ", ", record.label,
                             part.split);
    }
    return !is_there;
  });
  DrawnFigure drawn{item.name, part.title, {}, ""};
  if (!missing.empty()) {
    drawn.title += " (not run: " + missing + ")";
  }
  if (records.empty()) {
    drawn.not_run = "not run: " + missing;
    return drawn;
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
    std::vector<RunRecord> records;
    for (const TracedRun* run : runs.of(row)) {
      records.push_back(run->record);
    }
    drawn.push_back(draw(item,
                         {"fig1-" + row.name,
                          fmt::format("{}: hidden layers of the 12-bit task, mean of {} "
                                      "initialisations",
                                      row.name, records.size()),
                          "layers"},
                         records, records.empty() ? row.experiment.name : "", folder));
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
    std::string missing;
    const std::vector<RunRecord> records = first_runs(rows, runs, missing);
    drawn.push_back(draw(item,
                         {"fig4-" + in_file_name(data),
                          fmt::format("validation paths on {}, mean of {} samples", data, kSmooth),
                          "plane", "validation", kSmooth},
                         records, missing, folder));
  }
  return drawn;
}

std::vector<DrawnFigure> by_depth(const Item& item, const Runs& runs,
                                  const std::filesystem::path& folder) {
  std::string missing;
  const std::vector<RunRecord> records = first_runs(item.rows, runs, missing);
  std::vector<DrawnFigure> drawn;
  for (const Part& part :
       {Part{"fig5a", "paths on the training split", "plane", "train", kSmooth},
        Part{"fig5b", "paths on the validation split", "plane", "validation", kSmooth},
        Part{"fig5c", "training loss", "loss", "train", 1, 90.0}}) {
    drawn.push_back(draw(item, part, records, missing, folder));
  }
  return drawn;
}

std::vector<DrawnFigure> all_classes(const Item& item, const Runs& runs,
                                     const std::filesystem::path& folder) {
  std::vector<DrawnFigure> drawn;
  for (const Row& row : item.rows) {
    std::string missing;
    const std::vector<RunRecord> records = first_runs({row}, runs, missing);
    drawn.push_back(draw(
        item, {"fig6-" + row.name, row.name + ": every class at the end of training", "classes"},
        records, missing, folder));
  }
  return drawn;
}

std::vector<DrawnFigure> three_classes(const Item& item, const Runs& runs,
                                       const std::filesystem::path& folder) {
  constexpr std::int64_t kClasses = 3;
  std::string missing;
  std::vector<RunRecord> records = first_runs(item.rows, runs, missing);
  for (RunRecord& record : records) {
    for (SplitRecord& split : record.splits) {
      std::vector<ClassRow>& rows = split.class_rows;
      rows.erase(std::remove_if(rows.begin(), rows.end(),
                                [](const ClassRow& row) { return row.class_index >= kClasses; }),
                 rows.end());
    }
  }
  return {draw(item, {"fig7", "paths of the first three classes", "class-paths"}, records, missing,
               folder)};
}

/// Shares of the ceilings over the number of classes.
std::vector<DrawnFigure> growth(const Item& item, const Runs& runs,
                                const std::filesystem::path& folder) {
  draw::ChartFigure chart{"", "classes", "share of the ceiling", {}};
  chart.from_zero_to_one = true;
  std::string missing;
  for (const Row& row : item.rows) {
    const std::vector<const TracedRun*>& traced = runs.of(row);
    const SplitRecord* split = traced.empty() ? nullptr : traced.front()->record.find(row.split);
    if (split == nullptr || split->rows.empty()) {
      missing += (missing.empty() ? "" : "; ") + row.name;
      continue;
    }
    const std::string data = row.experiment.settings.at("data");
    const TraceRow& last = split->rows.back();
    const auto add = [&](const std::string& what, double share, bool dashed) {
      const std::string label = data + ", " + what;
      auto curve =
          std::find_if(chart.curves.begin(), chart.curves.end(),
                       [&](const draw::ChartCurve& known) { return known.label == label; });
      if (curve == chart.curves.end()) {
        curve = chart.curves.insert(chart.curves.end(),
                                    {label, chart.curves.size() / 2, dashed, {}, {}});
      }
      curve->x.push_back(std::exp2(last.h_y_bits));
      curve->y.push_back(share);
    };
    add("I(X;T) / log2 N", last.i_xt_bits / std::log2(static_cast<double>(last.n)), false);
    add("I(T;Y) / H(Y)", last.i_ty_bits / last.h_y_bits, true);
  }
  DrawnFigure drawn{item.name, "shares of the ceilings as the number of classes grows", {}, ""};
  if (!missing.empty()) {
    drawn.title += " (not run: " + missing + ")";
  }
  if (chart.curves.empty()) {
    drawn.not_run = "not run: " + missing;
    return {drawn};
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
