// The hashed counting kernels with tiles: each gives the cells and tallies that the scalar
// arithmetic gives row by row.
#include <functional>
#include <map>

#include "tests/host_cuda/host_cuda.h"

// The kernels come after the harness.
#include "cuda/count_thread_rows.cuh"
#include "cuda/count_warp_rows.cuh"
#include "tests/host_cuda/run.h"
#include "tests/host_cuda/tallies.h"
#include "tests/support/logits.h"

namespace infoplane::host_cuda {
namespace {

using test::LogitRows;
using test::LogitState;
using test::make_logits;

constexpr std::int64_t kHopperBytes = 227 << 10;

/// n(t, y) by rank and owner, and the tallies.
struct Counted {
  std::map<std::pair<WideRank, std::uint32_t>, std::uint32_t> cells;
  std::vector<std::uint64_t> tallies;

  bool operator==(const Counted&) const = default;
};

Counted count_one_by_one(const LogitRows& data, int classes, int bins) {
  const std::vector<WideRank> steps = rank_steps(classes, bins);
  Counted result{{}, std::vector<std::uint64_t>(static_cast<std::size_t>(kTallyCorrect + classes))};
  for (std::size_t n = 0; n < data.labels.size(); ++n) {
    const float* z = data.logits.data() + n * static_cast<std::size_t>(classes);
    const RowSoftmax softmax = row_softmax(classes, [z](int c) { return z[c]; });
    const std::int32_t label = data.labels[n];
    if (!softmax.valid || label < 0 || label >= classes) {
      ++result.tallies[softmax.valid ? kTallyBadLabels : kTallyBadLogits];
      continue;
    }
    SparseRank symbol(steps.data(), bins);
    for (int c = 0; c < classes; ++c) {
      symbol.push(c, bin_index(row_probability(softmax, z[c]), bins));
    }
    ++result.cells[{symbol.rank(classes), kFirstOwner + static_cast<std::uint32_t>(label)}];
    add_loss(result.tallies.data(), row_loss_fixed(softmax, z[label]));
    result.tallies[static_cast<std::size_t>(kTallyCorrect + label)] += softmax.argmax == label;
  }
  result.tallies = canonical(result.tallies);
  return result;
}

template <class Label>
using Kernel = void (*)(HashedCountsView, cuda::TileShape, std::int64_t, const float*,
                        const Label*);

template <class Label>
struct Step {
  const char* name;
  Kernel<Label> kernel;
  unsigned threads;
  cuda::TileShape (*shape)(int classes, bool bulk, std::int64_t bytes);
};

template <class Label>
std::vector<Step<Label>> ladder(int classes) {
  const Kernel<Label> thread_rows = classes % 4 == 0 ? cuda::count_thread_rows_kernel<true, Label>
                                                     : cuda::count_thread_rows_kernel<false, Label>;
  return {{"thread-rows", thread_rows, cuda::kBlockThreads, cuda::thread_rows_shape<Label>},
          {"warp-rows", cuda::count_warp_rows_kernel<Label>, cuda::kWarpRowsThreads,
           cuda::warp_rows_shape<Label>}};
}

template <class Label>
Counted count(const Step<Label>& step, const LogitRows& data, int classes, int bins, bool bulk,
              unsigned grid, Order order) {
  std::vector<HashedEntry> entries(4096);
  const std::vector<WideRank> steps = rank_steps(classes, bins);
  Counted result{{}, std::vector<std::uint64_t>(static_cast<std::size_t>(kTallyCorrect + classes))};
  const HashedCountsView table{classes,     bins, 4096, entries.data(), result.tallies.data(),
                               steps.data()};
  std::vector<Label> labels;
  for (const std::int32_t label : data.labels) {
    labels.push_back(static_cast<Label>(sizeof(Label) == 1 && label < 0 ? 255 : label));
  }
  const cuda::TileShape shape = step.shape(classes, bulk, kHopperBytes);
  const auto bytes = static_cast<std::size_t>(cuda::row_tiles_bytes<Label>(shape, classes));
  launch({grid}, {step.threads}, bytes, order,
         [&] { step.kernel(table, shape, data.rows(), data.logits.data(), labels.data()); });
  for (const HashedEntry& entry : entries) {
    if (entry.owner != kEmptyEntry) {
      EXPECT_TRUE(result.cells.emplace(std::pair{entry.symbol, entry.owner}, entry.count).second)
          << "a cell has two entries";
    }
  }
  result.tallies = canonical(result.tallies);
  return result;
}

template <class Label>
void expect_step(const Step<Label>& step, int classes, int bins, LogitState state,
                 std::int64_t rows, std::initializer_list<unsigned> grids) {
  const LogitRows data = make_logits(state, rows, classes, bins, 91);
  const Counted expected = count_one_by_one(data, classes, bins);
  for (const unsigned grid : grids) {
    for (const bool bulk : {true, false}) {
      const Order order = bulk ? Order::kForward : Order::kBackward;
      EXPECT_TRUE(count(step, data, classes, bins, bulk, grid, order) == expected)
          << step.name << ", " << classes << " classes, " << bins << " bins, " << rows
          << " rows, state " << static_cast<int>(state) << ", " << grid << " blocks, bulk " << bulk;
    }
  }
}

/// Every kernel whose tiles fit.
template <class Label>
void expect_ladder(int classes, int bins, LogitState state, std::int64_t rows,
                   std::initializer_list<unsigned> grids) {
  for (const Step<Label>& step : ladder<Label>(classes)) {
    if (step.shape(classes, true, kHopperBytes).stages > 0) {
      expect_step(step, classes, bins, state, rows, grids);
    }
  }
}

TEST(CountHashedLadder, EveryStateOfTheLogits) {
  for (const LogitState state : test::kLogitStates) {
    expect_ladder<std::int32_t>(100, 15, state, 70, {2});
    expect_ladder<std::int32_t>(1000, 10, state, 33, {2});
  }
}

TEST(CountHashedLadder, EverySizeAndGrid) {
  for (const std::int64_t rows : {1, 15, 16, 17, 257}) {
    expect_ladder<std::uint8_t>(100, 10, LogitState::kHostile, rows, {2});
  }
}

TEST(CountHashedLadder, EveryNumberOfClasses) {
  for (const int classes : {2, 3, 31, 32, 33, 34, 127}) {
    expect_ladder<std::int32_t>(classes, 9, LogitState::kHostile, 40, {1});
  }
}

TEST(CountHashedLadder, ManyTilesGoThroughTheRing) {
  for (const Step<std::int32_t>& step : ladder<std::int32_t>(12)) {
    const std::int64_t tile = step.shape(12, true, kHopperBytes).rows;
    expect_step(step, 12, 10, LogitState::kTrained, 5 * tile + 7, {1, 2});
  }
}

TEST(CountHashedLadder, OneHotCell) {
  LogitRows data;
  for (int n = 0; n < 300; ++n) {
    for (int c = 0; c < 100; ++c) {
      data.logits.push_back(c == 4 ? 20.0f : 0.0f);
    }
    data.labels.push_back(7);
  }
  const Counted expected = count_one_by_one(data, 100, 10);
  ASSERT_EQ(expected.cells.size(), 1u);
  for (const Step<std::int32_t>& step : ladder<std::int32_t>(100)) {
    EXPECT_TRUE(count(step, data, 100, 10, true, 2, Order::kForward) == expected) << step.name;
  }
}

// Of the classes 5, 40, 1030 and 2055 all but the second lie in groups that share a bit.
TEST(CountHashedLadder, BinsOfClassesWhoseGroupsShareABit) {
  constexpr int kClasses = 2100;
  LogitRows data;
  for (int n = 0; n < 40; ++n) {
    std::vector<float> row(kClasses, 0.0f);
    for (const std::size_t hot : {5, 40, 1030, 2055}) {
      row[hot] = 20.0f + 0.1f * static_cast<float>((n + static_cast<int>(hot)) % 7);
    }
    data.logits.insert(data.logits.end(), row.begin(), row.end());
    data.labels.push_back(n);
  }
  const Counted expected = count_one_by_one(data, kClasses, 10);
  const Step<std::int32_t> warp_rows = ladder<std::int32_t>(kClasses).back();
  EXPECT_TRUE(count(warp_rows, data, kClasses, 10, true, 2, Order::kForward) == expected);
}

TEST(CountHashedLadder, KnowsWhatFits) {
  EXPECT_EQ(cuda::thread_rows_shape<std::int32_t>(100, true, kHopperBytes).stages, 2);
  EXPECT_EQ(cuda::thread_rows_shape<std::int32_t>(200, true, kHopperBytes).stages, 1);
  EXPECT_EQ(cuda::thread_rows_shape<std::int32_t>(256, true, kHopperBytes).stages, 0);
  EXPECT_EQ(cuda::warp_rows_shape<std::int32_t>(1000, true, kHopperBytes).stages, 3);
  EXPECT_EQ(cuda::warp_rows_shape<std::int32_t>(10000, true, kHopperBytes).stages, 0);
}

}  // namespace
}  // namespace infoplane::host_cuda
