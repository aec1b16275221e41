#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "core/counting.h"
#include "cpu/joint_counts.h"
#include "cpu/onednn.h"
#include "cpu/simd.h"
#include "cpu/touched_lines.h"

namespace infoplane::cpu {
namespace {

// Symbols of a chunk. Sums run over a chunk in order, then over the chunks in order, so that no
// result depends on the number of threads.
constexpr std::int64_t kChunk = 1024;
constexpr std::int64_t kLinesWorthAThread = 8192;

/// log2 of counts: a look-up for small ones, which nearly all are.
class Log2OfCount {
 public:
  Log2OfCount() {
    for (std::size_t n = 1; n < table_.size(); ++n) {
      table_[n] = std::log2(static_cast<double>(n));
    }
  }
  double operator()(std::uint64_t n) const {  // log2(0) is not asked for, and gives 0
    return n < table_.size() ? table_[n] : std::log2(static_cast<double>(n));
  }

 private:
  std::array<double, 1024> table_{};
};

const Log2OfCount& log2_of_count() {
  static const Log2OfCount table;
  return table;
}

/// The non-empty symbols of a part of the table, in order, and how often each label occurs there.
struct Contents {
  std::vector<std::uint32_t> symbols;
  std::vector<std::uint64_t> label_rows;  // [C]
};

/// Looks at the lines [first, last) that are touched. A symbol belongs to the line it starts in.
Contents scan_lines(const JointCountsView& table, std::int64_t first, std::int64_t last) {
  const std::int64_t classes = table.classes;
  Contents contents;
  contents.label_rows.resize(static_cast<std::size_t>(classes));
  std::int64_t symbol = 0;  // the first one not yet looked at
  for_touched_lines(table, first, last, [&](std::int64_t line) {
    const std::int64_t begin = line * kCountLine;
    const std::int64_t end = std::min(begin + kCountLine, table.symbols * classes);
    for (symbol = std::max(symbol, begin / classes); symbol * classes < end; ++symbol) {
      const std::uint32_t* counts = table.counts + symbol * classes;
      std::uint32_t any = 0;
      for (std::int64_t y = 0; y < classes; ++y) {
        any |= counts[y];
      }
      if (any == 0) {
        continue;
      }
      contents.symbols.push_back(static_cast<std::uint32_t>(symbol));
      for (std::int64_t y = 0; y < classes; ++y) {
        contents.label_rows[static_cast<std::size_t>(y)] += counts[y];
      }
    }
  });
  return contents;
}

INFOPLANE_CPU_CLONES std::int64_t sum_of_marks(const std::uint8_t* marks, std::int64_t size) {
  std::uint32_t sum = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    sum += marks[i];
  }
  return sum;
}

/// What scan_lines finds in the whole table.
Contents scan_table(const JointCountsView& table, int threads) {
  // 16 symbols fill C lines: where a part ends, a symbol does.
  const std::int64_t groups = (table.symbols + kCountLine - 1) / kCountLine;
  const std::int64_t lines = count_lines(table.symbols * table.classes);
  std::vector<Contents> parts(static_cast<std::size_t>(threads));
#pragma omp parallel for num_threads(threads) if (threads > 1)
  for (int part = 0; part < threads; ++part) {
    parts[static_cast<std::size_t>(part)] =
        scan_lines(table, groups * part / threads * table.classes,
                   std::min(lines, groups * (part + 1) / threads * table.classes));
  }
  Contents all = std::move(parts.front());
  for (std::size_t part = 1; part < parts.size(); ++part) {
    all.symbols.insert(all.symbols.end(), parts[part].symbols.begin(), parts[part].symbols.end());
    for (std::size_t y = 0; y < all.label_rows.size(); ++y) {
      all.label_rows[y] += parts[part].label_rows[y];
    }
  }
  return all;
}

/// Classes padded to whole vectors, with entries that are zero.
std::size_t padded(std::size_t classes) { return (classes + 7) / 8 * 8; }

/// The sides of the planes of one class against the rest (paper, section 4.4), an array of [C]
/// each, padded: one half of the weight for the class's own rows, one for the rest. One-sided
/// planes have no weights, and come out as zero.
class Planes {
 public:
  Planes(const std::vector<std::uint64_t>& label_rows, std::uint64_t rows)
      : own(label_rows.size()), rest(label_rows.size()), defined_(label_rows.size()) {
    for (std::size_t c = 0; c < label_rows.size(); ++c) {
      defined_[c] = label_rows[c] > 0 && label_rows[c] < rows;
      if (defined_[c]) {
        own.set(c, label_rows[c]);
        rest.set(c, rows - label_rows[c]);
      }
    }
  }

  std::size_t classes() const { return defined_.size(); }
  /// Neither empty nor everything.
  bool defined(std::size_t c) const { return defined_[c]; }

  /// Rows of equal weight that make up one half.
  struct Side {
    explicit Side(std::size_t classes) : weight(padded(classes)), log2_weight(padded(classes)) {}
    void set(std::size_t c, std::uint64_t rows) {
      weight[c] = 0.5 / static_cast<double>(rows);
      log2_weight[c] = std::log2(weight[c]);
    }
    std::vector<double> weight;  // of one row
    std::vector<double> log2_weight;
  };
  Side own;
  Side rest;

 private:
  std::vector<bool> defined_;
};

/// Where the sums over symbols lie in an array of doubles.
enum SumField : int {
  kSumSingletons = 0,
  kSumT,       // N H(T)
  kSumTY,      // N H(T,Y)
  kSumIxt = 8  // [C], padded, H_w(T); then [C], I(T;Y_c) - 1
};

std::size_t sum_fields(std::size_t classes) { return kSumIxt + 2 * padded(classes); }

/// i_xt[y] -= n_t weight[y] (log2_n_t + log2_weight[y]) for all classes, padded.
INFOPLANE_CPU_CLONES void subtract_terms(double n_t, double log2_n_t, const double* weight,
                                         const double* log2_weight, std::size_t size,
                                         double* __restrict i_xt) {
  for (std::size_t first = 0; first < size; first += 8) {
    for (std::size_t y = first; y < first + 8; ++y) {
      i_xt[y] -= n_t * weight[y] * (log2_n_t + log2_weight[y]);
    }
  }
}

/// Adds the symbols of a chunk. H(T) = sum of n/N (log2 N - log2 n): every term is positive or
/// zero. In the plane of class c a symbol with rows of one side only adds to H_w(T) and
/// H_w(T,Y_c) alike, and so nothing to their difference; that is most symbols, and they need no
/// new logarithm.
void add_symbols(const JointCountsView& table, const std::uint32_t* symbols, std::int64_t size,
                 double log2_n, const Planes& planes, const Log2OfCount& log2_of, double* sums) {
  const auto classes = static_cast<std::size_t>(table.classes);
  double* i_xt = sums + kSumIxt;
  double* i_ty = i_xt + padded(classes);
  std::vector<std::size_t> labels(classes);  // those that occur
  std::vector<double> i_xt_before(classes);  // of these
  for (std::int64_t i = 0; i < size; ++i) {
    const std::uint32_t* counts = table.counts + std::int64_t{symbols[i]} * table.classes;
    std::uint64_t rows = 0;
    std::size_t occurring = 0;
    for (std::size_t y = 0; y < classes; ++y) {
      rows += counts[y];
      labels[occurring] = y;
      i_xt_before[occurring] = i_xt[y];
      occurring += counts[y] > 0 ? 1 : 0;
    }
    const double n_t = static_cast<double>(rows);
    const double log2_n_t = log2_of(rows);
    sums[kSumSingletons] += rows == 1 ? 1.0 : 0.0;
    sums[kSumT] += n_t * (log2_n - log2_n_t);
    subtract_terms(n_t, log2_n_t, planes.rest.weight.data(), planes.rest.log2_weight.data(),
                   padded(classes), i_xt);
    for (std::size_t k = 0; k < occurring; ++k) {  // where this was wrong
      const std::size_t y = labels[k];
      const double n_ty = static_cast<double>(counts[y]);
      const double log2_n_ty = log2_of(counts[y]);
      sums[kSumTY] += n_ty * (log2_n - log2_n_ty);
      const double own = n_ty * planes.own.weight[y];
      const double log2_own = log2_n_ty + planes.own.log2_weight[y];
      if (occurring == 1) {
        i_xt[y] = i_xt_before[k] - own * log2_own;
        continue;
      }
      const double rest = (n_t - n_ty) * planes.rest.weight[y];
      const double log2_rest = log2_of(rows - counts[y]) + planes.rest.log2_weight[y];
      const double both = (own + rest) * std::log2(own + rest);
      i_xt[y] = i_xt_before[k] - both;
      i_ty[y] += own * log2_own + rest * log2_rest - both;
    }
  }
}

}  // namespace

void information(Context& ctx, const JointCountsView& table, View<double> row) {
  const std::int64_t lines = count_lines(table.symbols * table.classes);
  const int threads = static_cast<int>(std::clamp<std::int64_t>(
      sum_of_marks(table.touched, lines) / kLinesWorthAThread, 1, host(ctx).threads()));
  const Contents contents = scan_table(table, threads);
  const std::vector<std::uint64_t>& label_rows = contents.label_rows;
  const std::size_t classes = label_rows.size();
  const std::uint64_t rows =
      std::accumulate(label_rows.begin(), label_rows.end(), std::uint64_t{0});
  const Planes planes(label_rows, rows);
  const Log2OfCount& log2_of = log2_of_count();
  const double log2_n = log2_of(rows);  // 0 for an empty table

  const auto symbols = static_cast<std::int64_t>(contents.symbols.size());
  const std::int64_t chunks = (symbols + kChunk - 1) / kChunk;
  const std::size_t fields = sum_fields(classes);
  std::vector<double> chunk_sums(static_cast<std::size_t>(chunks) * fields);
#pragma omp parallel for num_threads(threads) if (threads > 1) schedule(dynamic)
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    const std::int64_t first = chunk * kChunk;
    add_symbols(table, contents.symbols.data() + first, std::min(kChunk, symbols - first), log2_n,
                planes, log2_of, chunk_sums.data() + static_cast<std::size_t>(chunk) * fields);
  }
  std::vector<double> sums(fields);
  for (std::size_t i = 0; i < chunk_sums.size(); ++i) {
    sums[i % fields] += chunk_sums[i];
  }
  const double* i_xt = sums.data() + kSumIxt;
  const double* i_ty = i_xt + padded(classes);

  const double n = static_cast<double>(rows);
  const double per_row = rows > 0 ? 1.0 / n : 0.0;
  double h_y = 0.0;
  double correct = 0.0;
  for (std::size_t y = 0; y < classes; ++y) {
    double* own = row.data() + kInfoPerClass + y * kInfoClassFields;
    const double n_y = static_cast<double>(label_rows[y]);
    h_y += label_rows[y] > 0 ? n_y * (log2_n - log2_of(label_rows[y])) : 0.0;
    correct += static_cast<double>(table.tallies[kTallyCorrect + y]);
    own[kInfoClassRows] = n_y;
    own[kInfoClassCorrect] = static_cast<double>(table.tallies[kTallyCorrect + y]);
    // Never negative but for rounding.
    own[kInfoClassIxt] = planes.defined(y) ? std::max(0.0, i_xt[y]) : 0.0;
    own[kInfoClassIty] = planes.defined(y) ? std::max(0.0, 1.0 + i_ty[y]) : 0.0;
  }
  double* result = row.data();
  result[kInfoRows] = n;
  result[kInfoBadLogits] = static_cast<double>(table.tallies[kTallyBadLogits]);
  result[kInfoBadLabels] = static_cast<double>(table.tallies[kTallyBadLabels]);
  result[kInfoSymbols] = static_cast<double>(symbols);
  result[kInfoSingletons] = sums[kSumSingletons];
  result[kInfoEntropyT] = sums[kSumT] * per_row;
  result[kInfoEntropyY] = h_y * per_row;
  result[kInfoEntropyTY] = sums[kSumTY] * per_row;
  result[kInfoCorrect] = correct;
  result[kInfoLoss] = loss_nats(table.tallies[kTallyLoss]) * per_row;
}

}  // namespace infoplane::cpu
