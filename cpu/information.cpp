#include <algorithm>
#include <array>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "core/counting.h"
#include "cpu/joint_counts.h"
#include "cpu/parallel.h"
#include "cpu/scan_symbols.h"
#include "cpu/symbol_labels.h"
#include "cpu/table_sums.h"
#include "cpu/touched_symbols.h"

namespace infoplane::cpu {
namespace {

constexpr std::int64_t kWordsWorthAThread = 1024;
constexpr std::int64_t kLargeChunk = 512;  // symbols; a part of the definition of the order of sums

using LargeSymbols = std::vector<LargeSymbol<std::uint32_t*>>;

/// What a thread has found in its parts of the table, but for the large symbols.
struct Found {
  explicit Found(std::size_t classes) : small(classes), label_rows(classes) {}

  /// Takes the symbols that words [first, last) of marks are of; returns the large ones, in the
  /// order of the table.
  LargeSymbols scan(const JointCountsView& table, ScanSymbols scan_symbols, After after,
                    std::int64_t first, std::int64_t last) {
    LargeSymbols large;
    std::array<std::uint32_t, kStepSymbols> symbols_found;
    for_touched_symbols(table, first, last, [&](std::span<const std::uint32_t> symbols) {
      const std::size_t size =
          scan_symbols(table, symbols, after, small, label_rows.data(), symbols_found.data());
      for (std::size_t i = 0; i < size; ++i) {
        std::uint32_t* counts = table.counts + std::int64_t{symbols_found[i]} * table.classes;
        large.push_back({rows_of(counts, table.classes), counts});
      }
    });
    return large;
  }

  void add(const Found& other) {
    small.add(other.small);
    std::transform(label_rows.begin(), label_rows.end(), other.label_rows.begin(),
                   label_rows.begin(), std::plus<>());
  }

  CountsOfCounts small;
  std::vector<std::uint64_t> label_rows;  // [C]
};

/// Slots that are worth the work: by the words of marks that are not zero.
int slots_for(Context& ctx, const JointCountsView& table) {
  if (host(ctx).threads() == 1) {
    return 1;
  }
  std::int32_t words = 0;
  for (std::int64_t word = 0; word < mark_words(table.symbols); ++word) {
    words += table.touched[word] != 0 ? 1 : 0;
  }
  return static_cast<int>(
      std::clamp<std::int64_t>(words / kWordsWorthAThread, 1, host(ctx).threads()));
}

/// Adds what all threads find to `found`; returns the large symbols, in the order of the table. A
/// table's symbols lie unevenly in it, so threads take small pieces as they come.
LargeSymbols scan_table(Context& ctx, const JointCountsView& table, int slots, After after,
                        Found& found) {
  const ScanSymbols scan_symbols = choose_scan_symbols(table);
  const std::int64_t words = mark_words(table.symbols);
  if (slots == 1) {
    return found.scan(table, scan_symbols, after, 0, words);
  }
  std::vector<Found> of_slot(static_cast<std::size_t>(slots),
                             Found(static_cast<std::size_t>(table.classes)));
  std::vector<LargeSymbols> of_piece(static_cast<std::size_t>(pieces_of(words, kPieceWords)));
  for_each_piece(ctx, slots, pieces_of(words, kPieceWords), [&](std::int64_t piece, int slot) {
    const std::int64_t first = piece * kPieceWords;
    of_piece[static_cast<std::size_t>(piece)] = of_slot[static_cast<std::size_t>(slot)].scan(
        table, scan_symbols, after, first, std::min(words, first + kPieceWords));
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

void read_table(Context& ctx, const JointCountsView& table, View<double> row, After after) {
  const int slots = slots_for(ctx, table);
  Found found(static_cast<std::size_t>(table.classes));
  const LargeSymbols large = scan_table(ctx, table, slots, after, found);
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
    const auto part = std::span(large).subspan(
        static_cast<std::size_t>(first),
        static_cast<std::size_t>(std::min(kLargeChunk, large_symbols - first)));
    chunk_sums[static_cast<std::size_t>(chunk)].add_large(part, cells_of);
    for (const LargeSymbol<std::uint32_t*>& symbol : part) {
      if (after == After::kEmpty) {
        std::fill_n(symbol.place, table.classes, 0);
      }
    }
  });
  for (const TableSums& chunk : chunk_sums) {
    sums.add(chunk);
  }
  sums.write(row.data());
  write_tallies(table.classes, table.tallies, row.data());
}

}  // namespace

void information(Context& ctx, const JointCountsView& table, View<double> row) {
  read_table(ctx, table, row, After::kKeep);
}

void take_information(Context& ctx, const JointCountsView& table, View<double> row) {
  read_table(ctx, table, row, After::kEmpty);
  std::fill_n(table.touched, mark_words(table.symbols), 0);
  std::fill_n(table.tallies, kTallyCorrect + table.classes, 0);
}

}  // namespace infoplane::cpu
