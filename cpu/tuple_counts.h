#pragma once

// What these do is documented in ops/tuple_counts.h and core/tuples.h.

#include <cstdint>

#include "core/context.h"
#include "core/hashed_counts.h"
#include "core/tuples.h"
#include "core/view.h"

namespace infoplane::cpu {

/// Tuples that fit a number.
void count_tuples(Context& ctx, View<const float> values, View<const std::int32_t> labels,
                  const TupleBinsView& bins, const HashedCountsView& counts);
/// Wider ones. The batch's rows are rows `first`, first + 1, ... of the store, which has room.
void count_tuples(Context& ctx, View<const float> values, View<const std::int32_t> labels,
                  const TupleBinsView& bins, const TupleStoreView& store, std::int64_t first,
                  const HashedCountsView& counts);

/// Puts the entries of one store into another, an empty one, with the same rows.
void move_entries(Context& ctx, const TupleStoreView& from, const TupleStoreView& to);

/// Adds a table of stored tuples and its `rows` rows to another, as rows `first`, first + 1, ...
/// there; the tuples themselves are there already.
void add_stored(Context& ctx, const TupleStoreView& from, std::int64_t rows,
                const HashedCountsView& from_counts, const TupleStoreView& to, std::int64_t first,
                const HashedCountsView& to_counts);

void widen_range(Context& ctx, View<const float> values, View<float> range);
void set_equal_intervals(Context& ctx, View<const float> range, View<float> edges);

}  // namespace infoplane::cpu
