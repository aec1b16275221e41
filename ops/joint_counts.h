#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/context.h"
#include "core/joint_counts.h"
#include "core/tensor.h"
#include "ops/hashed_table.h"
#include "ops/tuple_symbols.h"

namespace infoplane::ops {

enum class JointTable {
  kAuto,   ///< dense where it fits, else hashed
  kHashed  ///< hashed even where a dense one fits
};

/// The joint table n(t, y) on a device. Two kinds, one behaviour: dense, an array of all cells that
/// there can be (core/joint_counts.h), or hashed, those that were seen (core/hashed_counts.h).
///
/// Symbols  of a softmax output, the rank of the tuple of bins: fill it with count_joint. Of a
///          hidden layer, where a tuple's bins have no bounded sum, what TupleSymbols says: always
///          hashed, fill it with count_tuples (ops/tuple_counts.h).
/// Memory   dense, 4 binom(B + C, C) C bytes: 7.4 MB for ten classes and ten bins; on the host a
///          bit a symbol, and from the first call on whose rows are worth several threads (32,768)
///          again as much for each of those but the first, up to 256 MiB. Hashed, 64 to 128 bytes a
///          row, and TupleSymbols' own.
/// Errors   UsageError when C < 2 or above 2^22, B is not in [2, 256], or ranks need more than 128
///          bits.
class JointCounts {
 public:
  JointCounts(Context& ctx, int classes, int bins, JointTable table = JointTable::kAuto);
  /// For the hidden layer that `bins` describes. C may be 1.
  JointCounts(Context& ctx, int classes, const TupleBins& bins);

  /// Forgets all counts; costs nothing where there are none.
  void clear();

  /// Makes room for `rows` rows more, so that counting them allocates nothing, but for the memory
  /// of the host's threads. Throws DeviceError when there is no memory for them.
  void reserve(Context& ctx, std::int64_t rows);

  /// Makes room for `rows` rows that an op is about to count in one call. Throws DataError, with
  /// nothing changed, when a cell's 32 bits could run over.
  void expect(Context& ctx, std::int64_t rows);

  /// Takes note of `rows` rows that were expected and counted. An op calls it last, so that one
  /// that failed has left no rows that no count is of.
  void take(std::int64_t rows);

  /// Adds the counts of `other`, another table, as if its rows had been counted here after those
  /// that were: tables of the parts of a data set, counted by several devices or machines, add up
  /// to the table of the whole. Both on ctx's device. Throws UsageError when they differ in
  /// classes, bins, units or range, or one's range was found on the device, where nobody compared
  /// it; DataError as expect() does.
  void add(Context& ctx, const JointCounts& other);

  /// Rows given since the table was empty, rejected ones included.
  std::int64_t rows() const { return hashed_ ? hashed_->rows() : rows_; }

  int classes() const { return classes_; }
  int bins() const { return bins_; }

  /// The dense table; without counts when this one is hashed.
  const JointCountsView& view() const { return view_; }
  /// The hashed table; null when this one is dense.
  HashedTable* hashed() { return hashed_ ? &*hashed_ : nullptr; }
  const HashedTable* hashed() const { return hashed_ ? &*hashed_ : nullptr; }
  /// The symbols of a hidden layer; null for a softmax output.
  TupleSymbols* tuples() { return tuples_ ? &*tuples_ : nullptr; }
  const TupleSymbols* tuples() const { return tuples_ ? &*tuples_ : nullptr; }

  /// n(t, y) of a dense table, [symbols, C], for tests and for what leaves the device on purpose.
  /// Waits.
  std::vector<std::uint32_t> counts_to_host_sync() const { return counts_.to_host_sync(); }

  /// The counts that are not zero, ordered by symbol, then by label. Waits.
  std::vector<JointCell> cells_to_host_sync() const;

 private:
  friend void take_information(Context& ctx, JointCounts& counts, View<double> row);

  void clear_dense();
  /// expect() for rows that were counted elsewhere.
  void expect_added(Context& ctx, std::int64_t rows);
  /// Gives the threads that count so many rows in one call tables of their own.
  void make_copies(Context& ctx, std::int64_t rows);

  Device device_;
  int classes_;
  int bins_;
  bool is_empty_ = true;  ///< nothing was expected since it was cleared
  std::optional<HashedTable> hashed_;
  std::optional<TupleSymbols> tuples_;
  std::int64_t rows_ = 0;
  // The dense table; empty where there is a hashed one.
  Tensor<std::uint32_t> counts_;
  Tensor<std::uint64_t> tallies_;
  Tensor<std::uint32_t> ranks_;
  Tensor<std::uint32_t> touched_;  // these three on the host only
  Tensor<std::uint32_t> copies_;
  Tensor<std::uint32_t> copies_touched_;
  JointCountsView view_;
};

/// Softmax, bin, symbol, n(t, y) += 1 in one pass over logits [N, C] with labels [N]; in the same
/// pass the correct rows a class and the summed loss. Adds to the table: batches, in any order and
/// any split, give the same table. A row with a NaN or infinite logit (-inf beside a finite
/// maximum is a zero probability, and counted) or a label outside [0, C) is counted as rejected
/// and nowhere else; a row with both faults once, for its logits. A hashed table grows before it
/// could fill up; DeviceError when there is no memory for that, and nothing of the batch counted.
void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 JointCounts& counts);
/// Labels as data sets store them.
void count_joint(Context& ctx, View<const float> logits, View<const std::uint8_t> labels,
                 JointCounts& counts);

/// Entropies of the table and all C one-vs-rest planes into `row` [information_row_size(C)], laid
/// out by InformationField. Sums in double, in an order that does not depend on threads or grid.
/// Nor does it depend on the order of rows, except where TupleSymbols keeps a layer's tuples: their
/// symbols are numbered by their first rows, and another order may change a result's last bits.
void information(Context& ctx, const JointCounts& counts, View<double> row);

/// The same, and clears the table: on the host a symbol's counts are then looked for once, and not
/// again to be cleared. Where it throws, the table has to be cleared before it is used again.
void take_information(Context& ctx, JointCounts& counts, View<double> row);

/// The host's kernel for count_joint(), "scalar", "avx2" or "avx512": the one that
/// INFOPLANE_CPU_KERNEL names, else the widest. Throws UsageError when the name is unknown or the
/// processor lacks the instructions.
std::string host_counting_kernel();

}  // namespace infoplane::ops
