#include "ops/tuple_counts.h"

#include "core/error.h"
#include "cpu/tuple_counts.h"
#include "cuda/tuple_counts.h"

namespace infoplane::ops {

void count_tuples(Context& ctx, View<const float> values, View<const std::int32_t> labels,
                  JointCounts& counts) {
  const TupleSymbols* symbols = counts.tuples();
  if (symbols == nullptr) {
    throw UsageError("count_tuples: the table is one of softmax outputs; use count_joint");
  }
  const std::int64_t rows = labels.shape()[0];
  require_shape("count_tuples", "values", values.shape(), {rows, symbols->view().units});
  const std::int64_t first = counts.rows();
  counts.expect(ctx, rows);
  const HashedCountsView& table = counts.hashed()->view();
  switch (ctx.device()) {
    case Device::kCpu:
      return symbols->stored() ? cpu::count_tuples(ctx, values, labels, symbols->view(),
                                                   symbols->store(), first, table)
                               : cpu::count_tuples(ctx, values, labels, symbols->view(), table);
    case Device::kCuda:
      return symbols->stored() ? cuda::count_tuples(ctx, values, labels, symbols->view(),
                                                    symbols->store(), first, table)
                               : cuda::count_tuples(ctx, values, labels, symbols->view(), table);
  }
}

void widen_range(Context& ctx, View<const float> values, View<float> range) {
  require_shape("widen_range", "range", range.shape(), {2});
  switch (ctx.device()) {
    case Device::kCpu: return cpu::widen_range(ctx, values, range);
    case Device::kCuda: return cuda::widen_range(ctx, values, range);
  }
}

}  // namespace infoplane::ops
