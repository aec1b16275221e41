#include "cpu/joint_counts.h"

#include <algorithm>
#include <span>

#include "cpu/count_rows.h"
#include "cpu/parallel.h"
#include "cpu/symbol_labels.h"
#include "cpu/touched_symbols.h"
#include "cpu/wide_labels.h"

namespace infoplane::cpu {
namespace {

constexpr std::int64_t kPieceRows = 8192;  // what a thread takes at a time
constexpr std::int64_t kRowsWorthAThread = 16384;
constexpr std::int64_t kCopyBytes = std::int64_t{1} << 28;  // of all copies together

/// The table as thread `thread` sees it: the first one counts into the table itself, the others
/// into copies.
JointCountsView own_table(const JointCountsView& table, int thread) {
  JointCountsView own = table;
  if (thread > 0) {
    own.counts = table.copies + (thread - 1) * table.symbols * table.classes;
    own.touched = table.copies_touched + (thread - 1) * mark_words(table.symbols);
  }
  return own;
}

/// Adds to the table what the copies hold of the symbols that words [first, last) of marks are of,
/// and empties them there.
void merge_copies(const JointCountsView& table, int threads, std::int64_t first,
                  std::int64_t last) {
  for (int thread = 1; thread < threads; ++thread) {
    const JointCountsView copy = own_table(table, thread);
    for_touched_symbols(copy, first, last, [&](std::span<const std::uint32_t> symbols) {
      for (const std::int64_t symbol : symbols) {
        const std::int64_t begin = symbol * table.classes;
        for (std::int64_t cell = begin; cell < begin + table.classes; ++cell) {
          table.counts[cell] += copy.counts[cell];
          copy.counts[cell] = 0;
        }
      }
    });
    for (std::int64_t word = first; word < last; ++word) {
      table.touched[word] |= copy.touched[word];
      copy.touched[word] = 0;
    }
  }
}

/// kClasses is C, or 0 for any.
template <std::int64_t kClasses>
void clear_symbols(const JointCountsView& table, std::int64_t words) {
  const std::int64_t classes = kClasses > 0 ? kClasses : table.classes;
  for_touched_symbols(table, 0, words, [&](std::span<const std::uint32_t> symbols) {
    for (const std::int64_t symbol : symbols) {
      std::fill_n(table.counts + symbol * classes, classes, 0);
    }
  });
}

/// Scratch memory of all threads: their tallies, and the blocks of a CountRows.
class ThreadTables {
 public:
  ThreadTables(Context& ctx, int classes, int threads)
      : tally_stride_(padded(kTallyCorrect + classes, 8)),
        block_stride_(padded(count_rows_scratch(classes), 16)) {
    tallies_ = static_cast<std::uint64_t*>(
        ctx.scratch(static_cast<std::size_t>(threads * (8 * tally_stride_ + 4 * block_stride_))));
    blocks_ = reinterpret_cast<float*>(tallies_ + tally_stride_ * threads);
    std::fill_n(tallies_, tally_stride_ * threads, 0);
  }

  std::uint64_t* tallies(int thread) const { return tallies_ + thread * tally_stride_; }
  float* block(int thread) const { return blocks_ + thread * block_stride_; }

 private:
  static std::int64_t padded(std::int64_t count, std::int64_t to) {
    return (count + to - 1) / to * to;
  }

  std::int64_t tally_stride_;
  std::int64_t block_stride_;
  std::uint64_t* tallies_ = nullptr;
  float* blocks_ = nullptr;
};

}  // namespace

int table_copies(Context& ctx, std::int64_t cells, std::int64_t rows) {
  const std::int64_t bytes = cells * std::int64_t{sizeof(std::uint32_t)};
  const std::int64_t most = std::min<std::int64_t>(host(ctx).threads() - 1, kCopyBytes / bytes);
  return static_cast<int>(std::clamp<std::int64_t>(rows / kRowsWorthAThread - 1, 0, most));
}

std::vector<JointCell> cells(const JointCountsView& table) {
  std::vector<JointCell> result;
  for_touched_symbols(
      table, 0, mark_words(table.symbols), [&](std::span<const std::uint32_t> symbols) {
        for (const std::uint32_t symbol : symbols) {
          for_each_label(table.counts + std::int64_t{symbol} * table.classes, table.classes,
                         [&](std::size_t y, std::uint64_t count) {
                           result.push_back({symbol, static_cast<std::int32_t>(y), count});
                         });
        }
      });
  return result;
}

void clear_counts(const JointCountsView& table) {
  const std::int64_t words = mark_words(table.symbols);
  // As in `information`, ten classes are worth a loop that the compiler unrolls.
  if (table.classes == 10) {
    clear_symbols<10>(table, words);
  } else {
    clear_symbols<0>(table, words);
  }
  std::fill_n(table.touched, words, 0);
  std::fill_n(table.tallies, kTallyCorrect + table.classes, 0);
}

// Threads take pieces of rows as they come and count them into tables of their own, so that
// counting needs no atomics; then they add the touched symbols of the copies to the table. A count
// is a sum of ones, whoever adds them in whatever order.
void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 const JointCountsView& table) {
  const CountRows count_rows = choose_count_rows(table);
  const std::int64_t rows = labels.size();
  const int wanted =
      1 + std::min(table.copy_count, table_copies(ctx, table.symbols * table.classes, rows));
  const ThreadTables space(ctx, table.classes, wanted);

  if (wanted == 1) {
    for (std::int64_t row = 0; row < rows; row += kMostLossRows) {
      count_rows(table, logits.data() + row * table.classes, labels.data() + row,
                 std::min(kMostLossRows, rows - row), space.block(0));
    }
    return;
  }
  for_each_piece(ctx, wanted, pieces_of(rows, kPieceRows), [&](std::int64_t piece, int slot) {
    JointCountsView own = own_table(table, slot);
    own.tallies = space.tallies(slot);
    const std::int64_t row = piece * kPieceRows;
    count_rows(own, logits.data() + row * table.classes, labels.data() + row,
               std::min(kPieceRows, rows - row), space.block(slot));
  });
  const std::int64_t words = mark_words(table.symbols);
  for_each_piece(ctx, wanted, pieces_of(words, kPieceWords), [&](std::int64_t piece, int) {
    const std::int64_t word = piece * kPieceWords;
    merge_copies(table, wanted, word, std::min(words, word + kPieceWords));
  });
  for (int slot = 0; slot < wanted; ++slot) {
    for (int i = 0; i < kTallyCorrect + table.classes; ++i) {
      table.tallies[i] += space.tallies(slot)[i];
    }
  }
}

void count_joint(Context& ctx, View<const float> logits, View<const std::uint8_t> labels,
                 const JointCountsView& table) {
  with_wide_labels(logits, labels, [&](View<const float> rows, View<const std::int32_t> wide) {
    count_joint(ctx, rows, wide, table);
  });
}

}  // namespace infoplane::cpu
