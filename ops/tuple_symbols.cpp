#include "ops/tuple_symbols.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "cpu/tuple_counts.h"
#include "cuda/tuple_counts.h"

namespace infoplane::ops {
namespace {

void set_equal_intervals(Context& ctx, View<const float> range, View<float> edges) {
  switch (ctx.device()) {
    case Device::kCpu: return cpu::set_equal_intervals(ctx, range, edges);
    case Device::kCuda: return cuda::set_equal_intervals(ctx, range, edges);
  }
}

void move_entries(Context& ctx, const TupleStoreView& from, const TupleStoreView& to) {
  switch (ctx.device()) {
    case Device::kCpu: return cpu::move_entries(ctx, from, to);
    case Device::kCuda: return cuda::move_entries(ctx, from, to);
  }
}

}  // namespace

TupleSymbols::TupleSymbols(Context& ctx, const TupleBins& bins)
    : bins_(bins),
      stored_(!tuples_fit_number(bins.units, bins.bins)),
      edges_(ctx, {bins.bins + 1}, bins.edges) {
  view_ = {bins.units, bins.bins, bins.clamp, edges_.data()};
  store_.words = tuple_words(bins.units);
}

void TupleSymbols::set_range(Context& ctx, View<const float> range) {
  require_shape("hidden layer", "range", range.shape(), {2});
  set_equal_intervals(ctx, range, edges_);
  range_was_set_ = true;
}

void TupleSymbols::clear() { entries_.fill_zero(); }

void TupleSymbols::reserve(Context& ctx, std::int64_t taken, std::int64_t rows) {
  const std::int64_t room = tuples_.empty() ? 0 : tuples_.shape()[0];
  if (!stored_ || rows <= room) {
    return;
  }
  TupleStoreView larger = store_;
  const std::int64_t larger_room = std::max(rows, room + room / 2);
  larger.capacity =
      static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(2 * larger_room)));
  Tensor<std::uint64_t> tuples(ctx, {larger_room, store_.words});
  Tensor<std::uint64_t> entries(ctx, {larger.capacity});
  larger.tuples = tuples.data();
  larger.entries = entries.data();
  if (taken > 0) {
    ctx.backend().copy(larger.tuples, store_.tuples,
                       static_cast<std::size_t>(taken * store_.words) * sizeof(std::uint64_t));
    move_entries(ctx, store_, larger);
  }
  tuples_ = std::move(tuples);
  entries_ = std::move(entries);
  store_ = larger;
}

}  // namespace infoplane::ops
