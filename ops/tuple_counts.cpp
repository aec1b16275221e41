#include "ops/tuple_counts.h"

#include "core/error.h"
#include "cpu/tuple_counts.h"
#include "cuda/tuple_counts.h"

namespace infoplane::ops {
namespace {

/// `first` rows were counted before.
void count_on_device(Context& ctx, View<const float> values, View<const std::int32_t> labels,
                     const TupleSymbols& symbols, std::int64_t first,
                     const HashedCountsView& table) {
  const TupleBinsView& bins = symbols.view();
  switch (ctx.device()) {
    case Device::kCpu:
      return symbols.stored()
                 ? cpu::count_tuples(ctx, values, labels, bins, symbols.store(), first, table)
                 : cpu::count_tuples(ctx, values, labels, bins, table);
    case Device::kCuda:
      return symbols.stored()
                 ? cuda::count_tuples(ctx, values, labels, bins, symbols.store(), first, table)
                 : cuda::count_tuples(ctx, values, labels, bins, table);
  }
}

}  // namespace

void count_tuples(Context& ctx, View<const float> values, View<const std::int32_t> labels,
                  JointCounts& counts) {
  const TupleSymbols* symbols = counts.tuples();
  if (symbols == nullptr) {
    throw UsageError("count_tuples: the table is one of softmax outputs; use count_joint");
  }
  require_rank("count_tuples", "labels", labels.shape(), 1);
  const std::int64_t rows = labels.shape()[0];
  require_shape("count_tuples", "values", values.shape(), {rows, symbols->view().units});
  counts.expect(ctx, rows);
  count_on_device(ctx, values, labels, *symbols, counts.rows(), counts.hashed()->view());
  counts.take(rows);
}

void widen_range(Context& ctx, View<const float> values, View<float> range) {
  require_shape("widen_range", "range", range.shape(), {2});
  switch (ctx.device()) {
    case Device::kCpu: return cpu::widen_range(ctx, values, range);
    case Device::kCuda: return cuda::widen_range(ctx, values, range);
  }
}

}  // namespace infoplane::ops
