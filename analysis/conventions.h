#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analysis/measurement.h"
#include "core/context.h"

namespace infoplane {

/// How values become symbols.
enum class Convention {
  /// The paper's text, and the default: T is the tuple of bins of the softmax output, B equal
  /// intervals [a, b) of [0, 1], the last one closed.
  kPaper,
  /// The code that its authors released (github.com/haochenglouis/ib_cnn), which departs from the
  /// text in three ways:
  /// - only the first 3000 rows count for information, without those among them that are rejected
  ///   (the code rejects none); accuracy and loss are over all rows;
  /// - intervals are (a, b], so that a probability of exactly 0 (in float32: of less than half the
  ///   smallest denormal) has no bin, and a row with one equals no row, not even itself;
  /// - symbols are numbered 0, 1, ... as they appear, but a row is compared with the rows of those
  ///   numbers: symbol k's representative is row k, not the row that opened symbol k. The first
  ///   that equals wins, else the row opens a symbol. So one tuple may be several symbols, and one
  ///   symbol may hold two tuples: the one that opened it and row k's.
  /// Probabilities are computed as everywhere here (core/counting.h), not as NumPy does.
  kIbCnn,
  /// The code behind Shwartz-Ziv and Tishby's figures (github.com/ravidziv/IDNNs), for hidden
  /// layers: "30 intervals of [-1, 1]" are the 29 intervals [a, b) between 30 edges, rounded to
  /// float32, and one bin for exactly 1 (core/tuples.h, idnns_bins). Values are binned as they
  /// are; those outside [-1, 1] are rejected.
  kIdnns,
};

/// "paper", "ib_cnn", "idnns".
const char* to_string(Convention convention);
std::vector<std::string> convention_names();

/// The convention of that name. Throws UsageError, naming the nearest, for an unknown one.
Convention parse_convention(const std::string& name);

/// What the values of a row are.
enum class RowKind {
  kLogits,
  /// In [0, 1], with a sum within kProbabilitySumTolerance of 1; other rows are rejected.
  kProbabilities,
  kActivations,  ///< of a hidden layer
};

/// Wide enough for probabilities that have been through float16.
constexpr double kProbabilitySumTolerance = 1e-3;

/// Rows that kIbCnn looks at: the first, rejected ones included.
constexpr std::int64_t kIbCnnRows = 3000;

/// Counts a classifier's rows under a convention, exactly; looks at them on the host. A bad row is
/// counted as rejected and nowhere else: for its values first, else for its label.
class RowCounter {
 public:
  virtual ~RowCounter() = default;

  /// Counts values [N, C] with labels [N], N = labels.size(). Throws ShapeError when they disagree.
  virtual void add(std::span<const float> values, std::span<const std::int32_t> labels) = 0;

  /// All rows so far.
  virtual Measurement read() const = 0;
};

/// A counter of rows of logits or probabilities under kPaper or kIbCnn; `ctx` must outlive it.
/// Throws UsageError for other conventions and kinds, and for `bins` outside [2, 256].
std::unique_ptr<RowCounter> make_row_counter(Context& ctx, Convention convention, RowKind kind,
                                             int classes, int bins);

}  // namespace infoplane
