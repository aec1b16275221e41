#include "paper/cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>

#include "analysis/block_bootstrap.h"
#include "analysis/interval.h"
#include "analysis/measurement.h"
#include "analysis/readings.h"

namespace infoplane::paper {
namespace {

/// Those that are numbers: of a run without inversions the share is none.
std::vector<double> finite(const std::vector<double>& values) {
  std::vector<double> result;
  std::copy_if(values.begin(), values.end(), std::back_inserter(result),
               [](double value) { return std::isfinite(value); });
  return result;
}

double mean_of(const std::vector<double>& values) {
  const std::vector<double> numbers = finite(values);
  return numbers.empty() ? Cell::kNone
                         : std::accumulate(numbers.begin(), numbers.end(), 0.0) /
                               static_cast<double>(numbers.size());
}

/// The mean of what the same seeds have beside their own numbers; NaN where one of these has none.
double mean_beside(const std::vector<double>& seeds, const std::vector<double>& values) {
  std::vector<double> counted;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    if (std::isfinite(seeds[i])) {
      counted.push_back(values[i]);
    }
  }
  return finite(counted).size() == counted.size() ? mean_of(counted) : Cell::kNone;
}

/// A number of a run's trace under a reading.
using Measure = std::function<double(const TracedRun& run, const Trace& trace)>;

/// The runs of a row that have samples of its split.
std::vector<const TracedRun*> sampled(const Row& row, const Runs& runs) {
  std::vector<const TracedRun*> result;
  std::copy_if(runs.of(row).begin(), runs.of(row).end(), std::back_inserter(result),
               [&](const TracedRun* run) { return run->find(row.split) != nullptr; });
  return result;
}

Cell start(const Item& item, const Row& row, Quantity quantity, const Runs& runs) {
  Cell cell;
  cell.item = item.name;
  cell.row = row.name;
  cell.quantity = quantity;
  cell.paper = published(item.name, row.name, quantity);
  cell.not_run = why_not_measured(row, runs);
  return cell;
}

/// Takes the measure of a split of these runs, which all have it, under every reading that all of
/// them have.
void take(Cell& cell, const std::string& split, const std::vector<const TracedRun*>& traced,
          const Measure& measure) {
  std::vector<std::string> names = other_readings();
  names.emplace_back("paper");
  for (const std::string& reading : names) {
    std::vector<double> values;
    for (const TracedRun* run : traced) {
      if (const Trace* trace = run->find(split, reading)) {
        values.push_back(measure(*run, *trace));
      }
    }
    if (values.size() != traced.size() || traced.empty()) {
      continue;
    }
    if (reading == "paper") {
      cell.seeds = values;
    } else {
      cell.readings[reading] = values;
    }
  }
  if (traced.empty()) {
    return;
  }
  const TraceRow& first = traced.front()->record.find(split)->rows.back();
  cell.n = first.n;
  cell.h_y_bits = first.h_y_bits;
  cell.symbol_bits = symbol_bits(traced.front()->record);
  const auto runs = static_cast<double>(traced.size());
  for (const TracedRun* run : traced) {
    const TraceRow& last = run->record.find(split)->rows.back();
    const auto alone = static_cast<double>(last.singletons);
    cell.symbols += static_cast<double>(last.symbols) / runs;
    cell.coverage += (1.0 - alone / static_cast<double>(last.n)) / runs;
  }
}

/// The percentage with I(T;Y) less what permuted labels leave of it, sample by sample.
double share_less_shuffled(Trace trace, const Trace& shuffled) {
  if (trace.size() != shuffled.size()) {
    return Cell::kNone;
  }
  std::transform(trace.i_ty_bits.begin(), trace.i_ty_bits.end(), shuffled.i_ty_bits.begin(),
                 trace.i_ty_bits.begin(), std::minus<>());
  return trace.inversions().percentage();
}

/// What a percentage is seen beside.
void add_controls(Cell& cell, const Row& row, const std::vector<const TracedRun*>& traced) {
  std::vector<double> inversions;
  std::vector<double> moved_low;
  std::vector<double> moved_high;
  std::vector<double> one_turn;
  std::vector<double> shuffled_inversions;
  std::vector<double> less_shuffled;
  for (const TracedRun* run : traced) {
    const Trace trace = run->find(row.split)->first(row.samples);
    cell.samples = inversions.empty() ? trace.size() : std::min(cell.samples, trace.size());
    inversions.push_back(static_cast<double>(trace.inversions().inversions));
    const Drifts drifts = trace.drifts();
    moved_low.push_back(drifts.moved.low);
    moved_high.push_back(drifts.moved.high);
    one_turn.push_back(drifts.one_turn);
    less_shuffled.push_back(Cell::kNone);
    if (const Trace* all = run->find(row.split, "shuffled_labels")) {
      const Trace shuffled = all->first(row.samples);
      shuffled_inversions.push_back(static_cast<double>(shuffled.inversions().inversions));
      less_shuffled.back() = share_less_shuffled(trace, shuffled);
    }
  }
  cell.inversions = mean_of(inversions);
  cell.shuffled_inversions = mean_of(shuffled_inversions);
  cell.moved_low = mean_beside(cell.seeds, moved_low);
  cell.moved_high = mean_beside(cell.seeds, moved_high);
  cell.one_turn = mean_beside(cell.seeds, one_turn);
  cell.less_shuffled = mean_beside(cell.seeds, less_shuffled);
  if (traced.size() == 1) {
    const ResampledInterval interval =
        interval_of(resampled_percentages(traced.front()->find(row.split)->first(row.samples)));
    cell.low = interval.low;
    cell.high = interval.high;
  }
}

void add_percentage(std::vector<Cell>& cells, const Item& item, const Row& row, const Runs& runs) {
  Cell share = start(item, row, Quantity::kPercentage, runs);
  Cell excess = start(item, row, Quantity::kBeyondDrifts, runs);
  std::vector<const TracedRun*> traced = sampled(row, runs);
  if (const std::string why = why_too_short(item, row, traced); !why.empty()) {
    share.not_run = excess.not_run = why;
    traced.clear();
  }
  const auto share_of = [&row](const TracedRun&, const Trace& trace) {
    return trace.first(row.samples).inversions().percentage();
  };
  take(share, row.split, traced, share_of);
  add_controls(share, row, traced);
  share.fewest_inversions = fewest_inversions(row, runs);
  cells.push_back(std::move(share));
  if (item.name == "table5") {  // whose percentages are Table 2's
    return;
  }
  // Each reading beside drifts of its own, as it inverts other pairs.
  take(excess, row.split, traced, [&](const TracedRun& run, const Trace& trace) {
    return share_of(run, trace) - trace.first(row.samples).drifts().largest();
  });
  cells.push_back(std::move(excess));
}

struct PointField {
  Quantity transition;
  Quantity convergence;
  double PathPoint::*value;
};
constexpr PointField kPointFields[] = {
    {Quantity::kTransitionIty, Quantity::kConvergenceIty, &PathPoint::i_ty_bits},
    {Quantity::kTransitionIxt, Quantity::kConvergenceIxt, &PathPoint::i_xt_bits},
    {Quantity::kTransitionEpoch, Quantity::kConvergenceEpoch, &PathPoint::epoch},
    {Quantity::kTransitionAccuracy, Quantity::kConvergenceAccuracy, &PathPoint::accuracy}};

/// The point is that of the run's own trace; other readings measure the same sample. A transition
/// is of the runs that have two phases, where there are any.
void add_point(std::vector<Cell>& cells, const Item& item, const Row& row, const Runs& runs,
               bool at_end) {
  const auto phases_of = [&](const TracedRun& run) {
    return find_phases(run.find(row.split)->path(), {});
  };
  const std::vector<const TracedRun*> all = sampled(row, runs);
  std::vector<const TracedRun*> two_phases;
  std::copy_if(all.begin(), all.end(), std::back_inserter(two_phases),
               [&](const TracedRun* run) { return phases_of(*run).compresses; });
  for (const PointField& field : kPointFields) {
    Cell cell = start(item, row, at_end ? field.convergence : field.transition, runs);
    cell.runs = all.size();
    cell.two_phases = two_phases.size();
    take(cell, row.split, at_end || two_phases.empty() ? all : two_phases,
         [&](const TracedRun& run, const Trace& trace) {
           const Phases phases = phases_of(run);
           const PathPoint& point = at_end ? phases.convergence : phases.transition;
           return trace.nearest(point.epoch).*field.value;
         });
    cells.push_back(std::move(cell));
  }
}

void add_final_accuracy(std::vector<Cell>& cells, const Item& item, const Row& row,
                        const Runs& runs) {
  Row validation = whole(row);
  validation.split = "validation";
  Cell cell = start(item, validation, Quantity::kFinalAccuracy, runs);
  take(cell, validation.split, sampled(validation, runs),
       [](const TracedRun&, const Trace& trace) { return trace.accuracy.back(); });
  cell.readings.clear();  // accuracy is the same under all of them
  cells.push_back(std::move(cell));
}

/// The class of that name at the last sample; none where the data set has no such class.
std::optional<double> class_accuracy(const TracedRun& run, const std::string& name) {
  const auto& description = run.record.description;
  if (!description.contains("data") || !description["data"].contains("class_names")) {
    return std::nullopt;
  }
  const auto names = description["data"]["class_names"].get<std::vector<std::string>>();
  const auto place = std::find(names.begin(), names.end(), name) - names.begin();
  const SplitRecord* split = run.record.find("validation");
  if (split == nullptr) {
    return std::nullopt;
  }
  const auto found = std::find_if(split->class_rows.rbegin(), split->class_rows.rend(),
                                  [&](const ClassRow& row) { return row.class_index == place; });
  return found == split->class_rows.rend() ? std::nullopt : std::optional(found->accuracy);
}

void add_class_accuracy(std::vector<Cell>& cells, const Item& item, const Row& row,
                        const Runs& runs) {
  Cell cell = start(item, row, Quantity::kClassAccuracy, runs);
  for (const TracedRun* run : runs.of(row)) {
    if (const std::optional<double> accuracy = class_accuracy(*run, row.name)) {
      cell.seeds.push_back(*accuracy);
    }
  }
  if (cell.seeds.empty() && cell.not_run.empty()) {
    cell.not_run = "the data set has no class of this name";
  }
  cells.push_back(std::move(cell));
}

bool is_transition(Quantity quantity) {
  return std::any_of(std::begin(kPointFields), std::end(kPointFields),
                     [&](const PointField& field) { return field.transition == quantity; });
}

/// Whether the paper's number lies within the tolerance of a value, and a margin more.
bool is_within(double value, double margin, const Cell& cell) {
  return std::abs(value - *cell.paper) <= tolerance(cell.quantity) + margin;
}

}  // namespace

double symbol_bits(const RunRecord& run) {
  const auto data = run.description.find("data");
  const auto bins = run.settings.find("bins");
  if (data == run.description.end() || !data->contains("classes") || bins == run.settings.end()) {
    return Cell::kNone;
  }
  return std::log2(tuple_alphabet((*data)["classes"].get<int>(), std::atoi(bins->second.c_str())));
}

std::optional<std::int64_t> fewest_inversions(const Row& row, const Runs& runs) {
  std::optional<std::int64_t> fewest;
  for (const TracedRun* run : sampled(row, runs)) {
    const std::int64_t count = run->find(row.split)->first(row.samples).inversions().inversions;
    fewest = std::min(fewest.value_or(count), count);
  }
  return fewest;
}

std::string why_not_measured(const Row& row, const Runs& runs) {
  if (runs.of(row).empty()) {
    return runs.why_not_run(row);
  }
  return sampled(row, runs).empty() ? "the run has no samples of the " + row.split + " split" : "";
}

std::string why_too_short(const Item& item, const Row& row,
                          const std::vector<const TracedRun*>& runs) {
  for (const TracedRun* run : runs) {
    const Trace* trace = run->find(row.split);
    if (item.name == "table3" && trace != nullptr && trace->size() < row.samples) {
      return fmt::format("the run has {} samples", trace->size());
    }
  }
  return "";
}

const std::vector<std::string>& other_readings() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    std::copy_if(reading_names().begin(), reading_names().end(), std::back_inserter(list),
                 [](const std::string& name) { return name != "paper" && name != "james_stein"; });
    return list;
  }();
  return names;
}

std::vector<double> resampled_percentages(const Trace& trace) {
  constexpr std::uint32_t kRepeats = 200;
  constexpr std::uint64_t kSeed = 1;
  std::vector<double> percentages;
  for (std::uint32_t repeat = 0; repeat < kRepeats; ++repeat) {
    const std::vector<std::size_t> rows =
        resample_blocks(trace.size(), block_size(trace.size()), kSeed, repeat);
    percentages.push_back(trace.rows(rows).inversions().percentage());
  }
  return percentages;
}

std::vector<double> Cell::numbers() const { return finite(seeds); }

double Cell::mean() const { return mean_of(seeds); }

std::optional<double> Cell::reading(const std::string& name) const {
  const auto found = readings.find(name);
  return found == readings.end() ? std::nullopt : std::optional(mean_beside(seeds, found->second));
}

double Cell::half_width() const {
  return numbers().size() < 2 ? Cell::kNone : mean_interval(numbers()).half_width;
}

double Cell::prediction_half_width() const {
  return numbers().size() < 2 ? Cell::kNone : mean_interval(numbers()).prediction_half_width();
}

std::vector<Cell> cells_of(const Item& item, const Runs& runs) {
  std::vector<Cell> cells;
  for (const Row& row : item.rows) {
    if (item.name == "table1" || item.name == "table2" || item.name == "table3" ||
        item.name == "table5") {
      add_percentage(cells, item, row, runs);
    }
    if (item.name == "table5") {
      add_final_accuracy(cells, item, row, runs);
    }
    if (item.name == "table4") {
      add_point(cells, item, row, runs, false);
      add_point(cells, item, row, runs, true);
    }
    if (item.name == "classes") {
      add_point(cells, item, row, runs, true);
    }
    if (item.name == "fig7") {
      add_class_accuracy(cells, item, row, runs);
    }
  }
  return cells;
}

NumberVerdict number_verdict(const Cell& cell, const std::string& why_not) {
  if (cell.seeds.empty()) {
    return {NumberVerdict::kNotCompared, "not run"};
  }
  if (!cell.paper) {
    return {NumberVerdict::kNotCompared, ""};
  }
  if (cell.quantity == Quantity::kConvergenceEpoch) {
    return {NumberVerdict::kNotCompared, "where training ends"};
  }
  if (is_transition(cell.quantity) && !published_two_phases(cell.row).value_or(true)) {
    return {NumberVerdict::kNotCompared, "the paper has one phase"};
  }
  if (!std::isfinite(cell.mean())) {
    return {NumberVerdict::kNotCompared, "nothing is inverted"};
  }
  if (cell.fewest_inversions.value_or(kLeastInversions) < kLeastInversions) {
    return {NumberVerdict::kNotCompared,
            fmt::format("{} inversions, {} are needed", *cell.fewest_inversions, kLeastInversions)};
  }
  if (!why_not.empty()) {
    return {NumberVerdict::kNotCompared, "not compared: " + why_not};
  }
  if (is_transition(cell.quantity) && cell.runs > 0 && cell.two_phases == 0) {
    return {NumberVerdict::kNotCompared, "ours has one phase"};
  }
  if (cell.quantity == Quantity::kTransitionEpoch && *cell.paper <= tolerance(cell.quantity)) {
    return {NumberVerdict::kNotCompared, "too early to compare"};
  }
  const bool has_interval = cell.numbers().size() >= kLeastSeeds;
  const double margin = has_interval ? cell.prediction_half_width() : 0.0;
  if (is_within(cell.mean(), margin, cell)) {
    if (!has_interval) {
      return {NumberVerdict::kNear, "near"};
    }
    if (margin > 2.0 * tolerance(cell.quantity)) {
      return {NumberVerdict::kUndecided, "undecided"};
    }
    return is_within(cell.mean(), 0.0, cell)
               ? NumberVerdict{NumberVerdict::kAgrees, "agrees"}
               : NumberVerdict{NumberVerdict::kCompatible, "compatible"};
  }
  if (const std::optional<double> ib_cnn = cell.reading("ib_cnn");
      ib_cnn && is_within(*ib_cnn, 0.0, cell)) {
    return {NumberVerdict::kAgreesUnderIbCnn,
            has_interval ? "agrees under ib_cnn only" : "near under ib_cnn only"};
  }
  return {NumberVerdict::kDiffers, fmt::format("differs by {:+.3g}", cell.mean() - *cell.paper)};
}

}  // namespace infoplane::paper
