#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "core/counting.h"
#include "cpu/joint_counts.h"
#include "cpu/parallel.h"
#include "cpu/symbol_labels.h"
#include "cpu/table_sums.h"
#include "cpu/touched_symbols.h"

namespace infoplane::cpu {
namespace {

constexpr std::int64_t kWordsWorthAThread = 1024;
constexpr std::int64_t kLargeChunk = 512;  // symbols; a part of the definition of the order of sums

using LargeSymbols = std::vector<LargeSymbol<const std::uint32_t*>>;

/// What a thread has found in its parts of the table, but for the large symbols.
struct Found {
  explicit Found(std::size_t classes) : small(classes), label_rows(classes) {}

  /// Takes the symbols that words [first, last) of marks are of; returns the large ones, in the
  /// order of the table. kClasses is C, or 0 for any.
  template <std::int64_t kClasses>
  LargeSymbols scan(const JointCountsView& table, std::int64_t first, std::int64_t last) {
    const std::int64_t classes = kClasses > 0 ? kClasses : table.classes;
    LargeSymbols large;
    for_touched_symbols(table, first, last, [&](std::span<const std::uint32_t> symbols) {
      constexpr std::size_t kAhead = 8;
      for (std::size_t i = 0; i < symbols.size(); ++i) {
        __builtin_prefetch(table.counts +
                           symbols[std::min(i + kAhead, symbols.size() - 1)] * classes);
        const std::uint32_t* counts = table.counts + symbols[i] * classes;
        const std::uint64_t rows = rows_of(counts, classes);
        for (std::int64_t y = 0; y < classes; ++y) {
          label_rows[static_cast<std::size_t>(y)] += counts[y];
        }
        if (rows > small.most_rows()) {
          large.push_back({rows, counts});
        } else if (rows > 0) {
          small.add_symbol(rows);
          add_small_labels(rows, counts, classes);
        }
      }
    });
    return large;
  }

  /// Of a symbol with few rows. How many labels it has is nothing that a processor could foresee,
  /// so the first two are added without a branch; a count of 0 is one that nobody asks for.
  void add_small_labels(std::uint64_t rows, const std::uint32_t* counts, std::int64_t classes) {
    const auto add = [&](std::size_t y, std::uint64_t own) { small.add_label(rows, y, own); };
    if (classes > 32) {
      for_each_label(counts, classes, add);
      return;
    }
    const auto first_of = [](std::uint32_t labels) {
      return static_cast<std::size_t>(std::countr_zero(labels));
    };
    std::uint32_t left = label_rows_of(counts, classes).labels;
    add(first_of(left), counts[first_of(left)]);
    left &= left - 1;
    const std::size_t second = left != 0 ? first_of(left) : 0;
    add(second, left != 0 ? counts[second] : 0);
    for (left &= left - 1; left != 0; left &= left - 1) {
      add(first_of(left), counts[first_of(left)]);
    }
  }

  void add(const Found& other) {
    small.add(other.small);
    std::transform(label_rows.begin(), label_rows.end(), other.label_rows.begin(),
                   label_rows.begin(), std::plus<>());
  }

  CountsOfCounts small;
  std::vector<std::uint64_t> label_rows;  // [C]
};

/// Words of marks that are not zero: a measure of the work to be done.
std::int64_t touched_words(const JointCountsView& table) {
  std::int32_t words = 0;
  for (std::int64_t word = 0; word < mark_words(table.symbols); ++word) {
    words += table.touched[word] != 0 ? 1 : 0;
  }
  return words;
}

/// Adds what all threads find to `found`; returns the large symbols, in the order of the table. A
/// table's symbols lie unevenly in it, so threads take small pieces as they come.
template <std::int64_t kClasses>
LargeSymbols scan_table(Context& ctx, const JointCountsView& table, int slots, Found& found) {
  const std::int64_t words = mark_words(table.symbols);
  if (slots == 1) {
    return found.scan<kClasses>(table, 0, words);
  }
  std::vector<Found> of_slot(static_cast<std::size_t>(slots),
                             Found(static_cast<std::size_t>(table.classes)));
  std::vector<LargeSymbols> of_piece(static_cast<std::size_t>(pieces_of(words, kPieceWords)));
  for_each_piece(ctx, slots, pieces_of(words, kPieceWords), [&](std::int64_t piece, int slot) {
    const std::int64_t first = piece * kPieceWords;
    of_piece[static_cast<std::size_t>(piece)] =
        of_slot[static_cast<std::size_t>(slot)].scan<kClasses>(
            table, first, std::min(words, first + kPieceWords));
  });
  for (const Found& part : of_slot) {
    found.add(part);
  }
  LargeSymbols large;
  for (const LargeSymbols& part : of_piece) {
    large.insert(large.end(), part.begin(), part.end());
  }
  return large;
}

}  // namespace

void information(Context& ctx, const JointCountsView& table, View<double> row) {
  const int slots = static_cast<int>(
      std::clamp<std::int64_t>(touched_words(table) / kWordsWorthAThread, 1, host(ctx).threads()));
  Found found(static_cast<std::size_t>(table.classes));
  // Ten classes, as most data sets here have, are worth loops that the compiler unrolls.
  const LargeSymbols large = table.classes == 10 ? scan_table<10>(ctx, table, slots, found)
                                                 : scan_table<0>(ctx, table, slots, found);
  const TableSums empty(std::move(found.label_rows));
  TableSums sums = empty;
  sums.add(found.small);

  const auto large_symbols = static_cast<std::int64_t>(large.size());
  const std::int64_t chunks = pieces_of(large_symbols, kLargeChunk);
  std::vector<TableSums> chunk_sums(static_cast<std::size_t>(chunks), empty);
  const auto cells_of = [&table](const std::uint32_t* counts, const auto& visit) {
    for_each_label(counts, table.classes, visit);
  };
  for_each_piece(ctx, slots, chunks, [&](std::int64_t chunk, int) {
    const std::int64_t first = chunk * kLargeChunk;
    chunk_sums[static_cast<std::size_t>(chunk)].add_large(
        std::span(large).subspan(
            static_cast<std::size_t>(first),
            static_cast<std::size_t>(std::min(kLargeChunk, large_symbols - first))),
        cells_of);
  });
  for (const TableSums& chunk : chunk_sums) {
    sums.add(chunk);
  }
  sums.write(row.data());
  write_tallies(table.classes, table.tallies, row.data());
}

}  // namespace infoplane::cpu
