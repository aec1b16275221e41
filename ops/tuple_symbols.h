#pragma once

#include <cstdint>

#include "core/context.h"
#include "core/tensor.h"
#include "core/tuples.h"

namespace infoplane::ops {

/// Where the symbols of a hidden layer come from (core/tuples.h): the bins of its units and, where
/// tuples do not fit a number, the tuples seen.
///
/// Memory   for tuples that fit a number none but the edges; else ceil(K / 8) 8 bytes a row and 16
///          to 32 bytes an entry; while it grows, as much again.
class TupleSymbols {
 public:
  TupleSymbols(Context& ctx, const TupleBins& bins);

  /// As given; `edges` are what set_range made of them, if it did, on the device only.
  const TupleBins& bins() const { return bins_; }
  const TupleBinsView& view() const { return view_; }

  /// B equal intervals of range [2], low and high, which may be an op's result. Enqueues.
  void set_range(Context& ctx, View<const float> range);
  bool range_was_set() const { return range_was_set_; }
  /// The range in use: low, high.
  View<const float> low() const { return {edges_.data(), {1}}; }
  View<const float> high() const { return {edges_.data() + bins_.bins, {1}}; }

  /// Whether tuples are too wide for a number and kept in store().
  bool stored() const { return stored_; }
  const TupleStoreView& store() const { return store_; }

  /// Forgets all tuples; keeps the memory.
  void clear();

  /// Makes room for `rows` rows in all, of which `taken` are there. Throws DeviceError when there
  /// is no memory for them; the tuples so far are still there.
  void reserve(Context& ctx, std::int64_t taken, std::int64_t rows);

 private:
  TupleBins bins_;
  bool stored_;
  bool range_was_set_ = false;
  Tensor<float> edges_;
  Tensor<std::uint64_t> tuples_;
  Tensor<std::uint64_t> entries_;
  TupleBinsView view_;
  TupleStoreView store_;
};

}  // namespace infoplane::ops
