#include "paper/traces.h"

#include <algorithm>
#include <cmath>

#include "report/csv_table.h"

namespace infoplane::paper {
namespace {

void append(Trace& trace, const PathPoint& point) {
  trace.epoch.push_back(point.epoch);
  trace.i_xt_bits.push_back(point.i_xt_bits);
  trace.i_ty_bits.push_back(point.i_ty_bits);
  trace.accuracy.push_back(point.accuracy);
}

/// Adds a sample to a reading of a split, unless the network had diverged.
void append(TracedRun& run, const std::string& split, const std::string& reading,
            const PathPoint& point) {
  if (is_finite(point)) {
    append(run.traces[split][reading], point);
  }
}

}  // namespace

Trace Trace::first(std::size_t samples) const {
  const std::size_t count = samples == 0 ? size() : std::min(samples, size());
  std::vector<std::size_t> wanted(count);
  for (std::size_t i = 0; i < count; ++i) {
    wanted[i] = i;
  }
  return rows(wanted);
}

Trace Trace::rows(const std::vector<std::size_t>& rows) const {
  Trace result;
  for (const std::size_t i : rows) {
    append(result, {epoch[i], i_xt_bits[i], i_ty_bits[i], accuracy[i]});
  }
  return result;
}

Inversions Trace::inversions() const { return count_inversions(i_ty_bits, accuracy, i_xt_bits); }
Drifts Trace::drifts() const { return drifts_of(i_ty_bits, accuracy, i_xt_bits); }

std::vector<PathPoint> Trace::path() const {
  std::vector<PathPoint> points;
  for (std::size_t i = 0; i < size(); ++i) {
    points.push_back({epoch[i], i_xt_bits[i], i_ty_bits[i], accuracy[i]});
  }
  return points;
}

PathPoint Trace::nearest(double to_epoch) const {
  const std::vector<PathPoint> points = path();
  return *std::min_element(points.begin(), points.end(),
                           [=](const PathPoint& a, const PathPoint& b) {
                             return std::abs(a.epoch - to_epoch) < std::abs(b.epoch - to_epoch);
                           });
}

const Trace* TracedRun::find(const std::string& split, const std::string& reading) const {
  const auto of_split = traces.find(split);
  if (of_split == traces.end()) {
    return nullptr;
  }
  const auto found = of_split->second.find(reading);
  return found == of_split->second.end() ? nullptr : &found->second;
}

TracedRun read_traced_run(const std::filesystem::path& folder) {
  TracedRun run{read_run(folder), {}};
  for (const SplitRecord& split : run.record.splits) {
    for (const TraceRow& row : split.rows) {
      append(run, split.split, "paper", {row.epoch, row.i_xt_bits, row.i_ty_bits, row.accuracy});
    }
  }
  const std::filesystem::path readings = folder / "readings.csv";
  if (std::filesystem::exists(readings)) {
    const CsvTable table(readings);
    for (std::size_t i = 0; i < table.rows(); ++i) {
      const std::string& reading = table.text(i, "reading");
      if (reading != "paper") {
        append(run, table.text(i, "split"), reading,
               {table.number(i, "epoch"), table.number(i, "i_xt_bits"),
                table.number(i, "i_ty_bits"), table.number(i, "accuracy")});
      }
    }
  }
  return run;
}

}  // namespace infoplane::paper
