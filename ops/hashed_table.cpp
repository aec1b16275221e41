#include "ops/hashed_table.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "cpu/hashed_counts.h"
#include "cuda/hashed_counts.h"

namespace infoplane::ops {
namespace {

constexpr std::int64_t kFirstCapacity = 1024;

void move_cells(Context& ctx, const HashedCountsView& from, const HashedCountsView& to) {
  switch (ctx.device()) {
    case Device::kCpu: return cpu::move_cells(ctx, from, to);
    case Device::kCuda: return cuda::move_cells(ctx, from, to);
  }
}

}  // namespace

HashedTable::HashedTable(Context& ctx, int classes, int bins, const std::vector<WideRank>& steps)
    : entries_(ctx, {kFirstCapacity}),
      tallies_(ctx, {kTallyCorrect + classes}),
      steps_(ctx, {static_cast<std::int64_t>(steps.size())}, steps) {
  view_ = {classes, bins, kFirstCapacity, entries_.data(), tallies_.data(), steps_.data()};
}

void HashedTable::clear() {
  entries_.fill_zero();
  tallies_.fill_zero();
  rows_ = 0;
}

void HashedTable::reserve(Context& ctx, std::int64_t rows) {
  const std::int64_t needed = 2 * (rows_ + rows);
  if (needed <= view_.capacity) {
    return;
  }
  HashedCountsView larger = view_;
  larger.capacity = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(needed)));
  Tensor<HashedEntry> entries(ctx, {larger.capacity});
  larger.entries = entries.data();
  if (rows_ > 0) {
    move_cells(ctx, view_, larger);
  }
  entries_ = std::move(entries);
  view_ = larger;
}

std::vector<JointCell> HashedTable::cells_to_host_sync() const {
  std::vector<HashedEntry> entries = entries_.to_host_sync();
  std::erase_if(entries, [](const HashedEntry& entry) { return entry.owner == kEmptyEntry; });
  std::sort(entries.begin(), entries.end(), BySymbol{});
  std::vector<JointCell> cells;
  cells.reserve(entries.size());
  std::uint64_t symbol = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    symbol += i > 0 && entries[i].symbol != entries[i - 1].symbol ? 1 : 0;
    cells.push_back({symbol, static_cast<std::int32_t>(entries[i].owner - kFirstOwner),
                     std::uint64_t{entries[i].count}});
  }
  return cells;
}

}  // namespace infoplane::ops
