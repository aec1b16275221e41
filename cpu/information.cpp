#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/counting.h"
#include "cpu/joint_counts.h"
#include "cpu/onednn.h"

namespace infoplane::cpu {
namespace {

// Symbols of a chunk. Sums run over a chunk in order, then over the chunks in order, so that no
// result depends on the number of threads.
constexpr std::int64_t kChunk = 4096;

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

/// The non-empty symbols of a chunk and how often each label occurs in it.
struct ChunkContents {
  std::vector<std::uint32_t> symbols;
  std::vector<std::uint64_t> label_rows;  // [C]
};

constexpr std::int64_t kLine = 16;  // counts in a cache line

bool all_zero(const std::uint32_t* counts, std::int64_t size) {
  std::uint32_t any = 0;
  if (size == kLine) {
    for (std::int64_t i = 0; i < kLine; ++i) {
      any |= counts[i];
    }
  } else {
    for (std::int64_t i = 0; i < size; ++i) {
      any |= counts[i];
    }
  }
  return any == 0;
}

/// Looks at a cache line of counts at a time: nearly all of them are zero.
ChunkContents scan_chunk(const JointCountsView& table, std::int64_t first, std::int64_t last) {
  const std::int64_t classes = table.classes;
  ChunkContents contents;
  contents.label_rows.resize(static_cast<std::size_t>(classes));
  std::int64_t symbol = first;  // the first one not yet looked at
  for (std::int64_t begin = first * classes; begin < last * classes; begin += kLine) {
    const std::int64_t end = std::min(begin + kLine, last * classes);
    if (all_zero(table.counts + begin, end - begin)) {
      continue;
    }
    for (symbol = std::max(symbol, begin / classes); symbol * classes < end; ++symbol) {
      const std::uint32_t* counts = table.counts + symbol * classes;
      if (all_zero(counts, classes)) {
        continue;
      }
      contents.symbols.push_back(static_cast<std::uint32_t>(symbol));
      for (std::int64_t y = 0; y < classes; ++y) {
        contents.label_rows[static_cast<std::size_t>(y)] += counts[y];
      }
    }
  }
  return contents;
}

/// The two sides of one class's plane (paper, section 4.4): its own rows and the rest, each with
/// weight 1/2. One-sided planes have no weights, and come out as zero.
struct OneAgainstRest {
  /// Rows of equal weight that make up one half.
  struct Side {
    void set(std::uint64_t size) {
      rows = static_cast<double>(size);
      weight = 0.5 / rows;
      log2_weight = std::log2(weight);
    }
    double rows = 0.0;
    double weight = 0.0;  // of one row
    double log2_weight = 0.0;
  };
  Side own;
  Side rest;
  bool defined = false;  // neither empty nor everything
};

std::vector<OneAgainstRest> one_against_rest(const std::vector<std::uint64_t>& label_rows,
                                             std::uint64_t rows) {
  std::vector<OneAgainstRest> planes(label_rows.size());
  for (std::size_t c = 0; c < planes.size(); ++c) {
    planes[c].defined = label_rows[c] > 0 && label_rows[c] < rows;
    if (planes[c].defined) {
      planes[c].own.set(label_rows[c]);
      planes[c].rest.set(rows - label_rows[c]);
    }
  }
  return planes;
}

/// Sums over symbols.
struct Sums {
  explicit Sums(std::size_t classes) : i_xt(classes), i_ty(classes) {}

  void add(const Sums& other) {
    symbols += other.symbols;
    singletons += other.singletons;
    h_t += other.h_t;
    h_ty += other.h_ty;
    for (std::size_t c = 0; c < i_xt.size(); ++c) {
      i_xt[c] += other.i_xt[c];
      i_ty[c] += other.i_ty[c];
    }
  }

  double symbols = 0.0;
  double singletons = 0.0;
  double h_t = 0.0;          // N H(T)
  double h_ty = 0.0;         // N H(T,Y)
  std::vector<double> i_xt;  // [C], H_w(T)
  std::vector<double> i_ty;  // [C], I(T;Y_c) - 1
};

double weighted_log2(double weight) { return weight * std::log2(weight); }

/// Adds one symbol. H(T) = sum of n/N (log2 N - log2 n): every term is positive or zero. In the
/// plane of class c a symbol with rows of one side only adds to H_w(T) and H_w(T,Y_c) alike, and
/// so nothing to their difference; that is most symbols, and they need no new logarithm.
void add_symbol(const std::uint32_t* counts, double log2_n,
                const std::vector<OneAgainstRest>& planes, const Log2OfCount& log2_of, Sums& sums) {
  std::uint64_t rows = 0;
  for (std::size_t y = 0; y < planes.size(); ++y) {
    rows += counts[y];
  }
  const double n_t = static_cast<double>(rows);
  const double log2_n_t = log2_of(rows);
  sums.symbols += 1.0;
  sums.singletons += rows == 1 ? 1.0 : 0.0;
  sums.h_t += n_t * (log2_n - log2_n_t);
  for (std::size_t y = 0; y < planes.size(); ++y) {
    const double n_ty = static_cast<double>(counts[y]);
    if (counts[y] > 0) {
      sums.h_ty += n_ty * (log2_n - log2_of(counts[y]));
    }
    if (counts[y] == 0 || counts[y] == rows) {
      const OneAgainstRest::Side& side = counts[y] == 0 ? planes[y].rest : planes[y].own;
      sums.i_xt[y] -= n_t * side.weight * (log2_n_t + side.log2_weight);
    } else {
      const double own = 0.5 * n_ty / planes[y].own.rows;
      const double rest = 0.5 * (n_t - n_ty) / planes[y].rest.rows;
      const double both = weighted_log2(own + rest);
      sums.i_xt[y] -= both;
      sums.i_ty[y] += weighted_log2(own) + weighted_log2(rest) - both;
    }
  }
}

}  // namespace

void information(Context& ctx, const JointCountsView& table, View<double> row) {
  const std::int64_t chunks = (table.symbols + kChunk - 1) / kChunk;
  const int threads = static_cast<int>(std::min<std::int64_t>(chunks, host(ctx).threads()));
  const auto classes = static_cast<std::size_t>(table.classes);

  std::vector<ChunkContents> contents(static_cast<std::size_t>(chunks));
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    contents[static_cast<std::size_t>(chunk)] =
        scan_chunk(table, chunk * kChunk, std::min(table.symbols, (chunk + 1) * kChunk));
  }
  std::vector<std::uint64_t> label_rows(classes);
  for (const ChunkContents& chunk : contents) {
    for (std::size_t y = 0; y < classes; ++y) {
      label_rows[y] += chunk.label_rows[y];
    }
  }
  const std::uint64_t rows =
      std::accumulate(label_rows.begin(), label_rows.end(), std::uint64_t{0});
  const std::vector<OneAgainstRest> planes = one_against_rest(label_rows, rows);

  const Log2OfCount& log2_of = log2_of_count();
  const double log2_n = log2_of(rows);  // 0 for an empty table
  std::vector<Sums> chunk_sums(static_cast<std::size_t>(chunks), Sums(classes));
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    for (const std::uint32_t symbol : contents[static_cast<std::size_t>(chunk)].symbols) {
      add_symbol(table.counts + std::int64_t{symbol} * table.classes, log2_n, planes, log2_of,
                 chunk_sums[static_cast<std::size_t>(chunk)]);
    }
  }
  Sums sums(classes);
  for (const Sums& chunk : chunk_sums) {
    sums.add(chunk);
  }

  const double n = static_cast<double>(rows);
  const double per_row = rows > 0 ? 1.0 / n : 0.0;
  double h_y = 0.0;
  double correct = 0.0;
  for (std::size_t y = 0; y < classes; ++y) {
    double* fields = row.data() + kInfoPerClass + y * kInfoClassFields;
    const double n_y = static_cast<double>(label_rows[y]);
    h_y += label_rows[y] > 0 ? n_y * (log2_n - log2_of(label_rows[y])) : 0.0;
    correct += static_cast<double>(table.tallies[kTallyCorrect + y]);
    fields[kInfoClassRows] = n_y;
    fields[kInfoClassCorrect] = static_cast<double>(table.tallies[kTallyCorrect + y]);
    // Never negative but for rounding.
    fields[kInfoClassIxt] = planes[y].defined ? std::max(0.0, sums.i_xt[y]) : 0.0;
    fields[kInfoClassIty] = planes[y].defined ? std::max(0.0, 1.0 + sums.i_ty[y]) : 0.0;
  }
  double* result = row.data();
  result[kInfoRows] = n;
  result[kInfoBadLogits] = static_cast<double>(table.tallies[kTallyBadLogits]);
  result[kInfoBadLabels] = static_cast<double>(table.tallies[kTallyBadLabels]);
  result[kInfoSymbols] = sums.symbols;
  result[kInfoSingletons] = sums.singletons;
  result[kInfoEntropyT] = sums.h_t * per_row;
  result[kInfoEntropyY] = h_y * per_row;
  result[kInfoEntropyTY] = sums.h_ty * per_row;
  result[kInfoCorrect] = correct;
  result[kInfoLoss] = loss_nats(table.tallies[kTallyLoss]) * per_row;
}

}  // namespace infoplane::cpu
