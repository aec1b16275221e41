// Traces, as `infoplane inversions`, `phases` and `report` read them, and what is computed of them.

#include "analysis/inversions.h"
#include "analysis/phases.h"
#include "report/csv_table.h"
#include "report/run_record.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/targets.h"

namespace infoplane::test {
namespace {

std::vector<double> column(const CsvTable& table, const std::string& name) {
  std::vector<double> values;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    values.push_back(table.number(row, name));
  }
  return values;
}

void analyse(const SplitRecord& split) {
  std::vector<PathPoint> path;
  for (const TraceRow& row : split.rows) {
    path.push_back({row.epoch, row.i_xt_bits, row.i_ty_bits, row.accuracy});
  }
  reads([&] {
    find_phases(path, {});
    phase_sensitivity(path, {});
  });
}

}  // namespace

void fuzz_csv(std::span<const std::uint8_t> bytes) {
  const MemoryFile file(bytes);
  reads([&] {
    const CsvTable table(file.path());
    count_inversions(column(table, "i_ty_bits"), column(table, "accuracy"),
                     column(table, "i_xt_bits"));
  });
  reads([&] {
    const RunRecord run = read_run(file.path());
    for (const SplitRecord& split : run.splits) {
      plane_of(run.label, split.rows);
      analyse(split);
    }
  });
}

}  // namespace infoplane::test
