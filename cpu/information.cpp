#include <algorithm>
#include <functional>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "core/counting.h"
#include "cpu/host_backend.h"
#include "cpu/joint_counts.h"
#include "cpu/symbol_labels.h"
#include "cpu/table_sums.h"
#include "cpu/touched_symbols.h"

namespace infoplane::cpu {
namespace {

constexpr std::int64_t kWordsWorthAThread = 1024;
constexpr std::int64_t kLargeChunk = 512;  // symbols; a part of the definition of the order of sums

/// What a part of the table holds.
struct Part {
  explicit Part(std::size_t classes) : small(classes), label_rows(classes) {}

  /// Takes the symbols that words [first, last) of marks are of. kClasses is C, or 0 for any.
  template <std::int64_t kClasses>
  void scan(const JointCountsView& table, std::int64_t first, std::int64_t last) {
    const std::int64_t classes = kClasses > 0 ? kClasses : table.classes;
    const std::vector<std::uint32_t> symbols = touched_symbols(table, first, last);
    constexpr std::size_t kAhead = 8;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      __builtin_prefetch(table.counts +
                         symbols[std::min(i + kAhead, symbols.size() - 1)] * classes);
      const std::uint32_t* counts = table.counts + symbols[i] * classes;
      const std::uint64_t rows = rows_of(counts, classes);
      if (rows > small.most_rows()) {
        large.push_back({rows, counts});
        std::transform(label_rows.begin(), label_rows.end(), counts, label_rows.begin(),
                       std::plus<>());
      } else if (rows > 0) {
        small.add_symbol(rows);
        for_each_label(counts, classes,
                       [&](std::size_t y, std::uint64_t own) { small.add_label(rows, y, own); });
      }
    }
  }

  void add(const Part& other) {
    small.add(other.small);
    large.insert(large.end(), other.large.begin(), other.large.end());
    std::transform(label_rows.begin(), label_rows.end(), other.label_rows.begin(),
                   label_rows.begin(), std::plus<>());
  }

  CountsOfCounts small;
  std::vector<LargeSymbol<const std::uint32_t*>> large;  // in the order of the table
  std::vector<std::uint64_t> label_rows;                 // [C], of the large ones
};

/// Words of marks that are not zero: a measure of the work to be done.
std::int64_t touched_words(const JointCountsView& table) {
  std::int32_t words = 0;
  for (std::int64_t word = 0; word < mark_words(table.symbols); ++word) {
    words += table.touched[word] != 0 ? 1 : 0;
  }
  return words;
}

template <std::int64_t kClasses>
Part scan_table(const JointCountsView& table, int threads) {
  const std::int64_t words = mark_words(table.symbols);
  std::vector<Part> parts;
  for (int part = 0; part < threads; ++part) {
    parts.emplace_back(static_cast<std::size_t>(table.classes));
  }
#pragma omp parallel for num_threads(threads) if (threads > 1)
  for (int part = 0; part < threads; ++part) {
    parts[static_cast<std::size_t>(part)].scan<kClasses>(table, words * part / threads,
                                                         words * (part + 1) / threads);
  }
  for (std::size_t part = 1; part < parts.size(); ++part) {
    parts.front().add(parts[part]);
  }
  return std::move(parts.front());
}

}  // namespace

void information(Context& ctx, const JointCountsView& table, View<double> row) {
  const int threads = static_cast<int>(
      std::clamp<std::int64_t>(touched_words(table) / kWordsWorthAThread, 1, host(ctx).threads()));
  host(ctx).pins().pin_team();
  // Ten classes, as most data sets here have, are worth loops that the compiler unrolls.
  Part all = table.classes == 10 ? scan_table<10>(table, threads) : scan_table<0>(table, threads);
  all.small.add_label_rows(all.label_rows);
  const TableSums empty(std::move(all.label_rows));
  TableSums sums = empty;
  sums.add(all.small);

  const auto large = static_cast<std::int64_t>(all.large.size());
  const std::int64_t chunks = (large + kLargeChunk - 1) / kLargeChunk;
  std::vector<TableSums> chunk_sums(static_cast<std::size_t>(chunks), empty);
  const auto cells_of = [&table](const std::uint32_t* counts, const auto& visit) {
    for_each_label(counts, table.classes, visit);
  };
#pragma omp parallel for num_threads(threads) if (threads > 1) schedule(dynamic)
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    const std::int64_t first = chunk * kLargeChunk;
    chunk_sums[static_cast<std::size_t>(chunk)].add_large(
        std::span(std::as_const(all.large))
            .subspan(static_cast<std::size_t>(first),
                     static_cast<std::size_t>(std::min(kLargeChunk, large - first))),
        cells_of);
  }
  for (const TableSums& chunk : chunk_sums) {
    sums.add(chunk);
  }
  sums.write(row.data());
  write_tallies(table.classes, table.tallies, row.data());
}

}  // namespace infoplane::cpu
