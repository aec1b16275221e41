#include "cpu/hashed_counts.h"

#include <algorithm>
#include <vector>

#include "core/joint_counts.h"
#include "cpu/host_atomics.h"
#include "cpu/parallel.h"
#include "cpu/row_ranks.h"
#include "cpu/wide_labels.h"

namespace infoplane::cpu {
namespace {

constexpr std::int64_t kRunRows = 256;  // their cells stay in the first-level cache
constexpr std::int64_t kElementsWorthAThread = 20000;
constexpr std::int64_t kRowsWorthTallies = 16;  // a thread: its tallies are as long as a row
constexpr std::int64_t kLineWords = 8;          // of 64 bits

/// Counts rows [first, last), a run at a time.
template <class Atomics>
void count_rows(FindRanks find_ranks, const HashedCountsView& table, const float* logits,
                const std::int32_t* labels, std::int64_t first, std::int64_t last,
                std::uint64_t* tallies, float* scratch) {
  WideRank symbols[kRunRows];
  std::uint32_t owners[kRunRows];
  for (; first < last; first += kRunRows) {
    const std::int64_t run = std::min(kRunRows, last - first);
    find_ranks(table, logits + first * table.classes, labels + first, run, symbols, owners, tallies,
               scratch);
    for (std::int64_t r = 0; r < run; ++r) {
      if (owners[r] != kEmptyEntry) {
        add_to_cell<Atomics>(table, symbols[r], owners[r], 1);
      }
    }
  }
}

}  // namespace

void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 const HashedCountsView& table) {
  const FindRanks find_ranks = choose_find_ranks();
  const std::int64_t rows = labels.size();
  const std::int64_t worth =
      std::min(rows * table.classes / kElementsWorthAThread, rows / kRowsWorthTallies);
  const int wanted = static_cast<int>(std::clamp<std::int64_t>(worth, 1, host(ctx).threads()));
  const std::int64_t scratch_floats = find_ranks_scratch(table.classes);
  auto* scratch = static_cast<float*>(
      ctx.scratch(static_cast<std::size_t>(scratch_floats * wanted) * sizeof(float)));
  if (wanted == 1) {
    count_rows<PlainWords>(find_ranks, table, logits.data(), labels.data(), 0, rows, table.tallies,
                           scratch);
    return;
  }
  const std::int64_t fields = kTallyCorrect + table.classes;
  const std::int64_t stride = fields + kLineWords;  // no two slots' in one line of the cache
  std::vector<std::uint64_t> tallies(static_cast<std::size_t>(stride * wanted));
  for_each_slot(ctx, wanted, [&](int slot) {
    count_rows<HostAtomics>(find_ranks, table, logits.data(), labels.data(), rows * slot / wanted,
                            rows * (slot + 1) / wanted, tallies.data() + stride * slot,
                            scratch + scratch_floats * slot);
  });
  for (int slot = 0; slot < wanted; ++slot) {
    for (std::int64_t i = 0; i < fields; ++i) {
      table.tallies[i] += tallies[static_cast<std::size_t>(stride * slot + i)];
    }
  }
}

void count_joint(Context& ctx, View<const float> logits, View<const std::uint8_t> labels,
                 const HashedCountsView& table) {
  with_wide_labels(logits, labels, [&](View<const float> rows, View<const std::int32_t> wide) {
    count_joint(ctx, rows, wide, table);
  });
}

void move_cells(Context& /*ctx*/, const HashedCountsView& from, const HashedCountsView& to) {
  for (std::int64_t i = 0; i < from.capacity; ++i) {
    const HashedEntry& entry = from.entries[i];
    if (entry.owner != kEmptyEntry) {
      add_to_cell<PlainWords>(to, entry.symbol, entry.owner, entry.count);
    }
  }
}

}  // namespace infoplane::cpu
