// Counting and the information of a table, against the definitions in double.
#include <map>
#include <numeric>

#include "tests/host_cuda/host_cuda.h"

// The kernels come after the harness.
#include "cuda/count_global_atomics.cuh"
#include "cuda/information.cuh"
#include "tests/host_cuda/joint_table.h"
#include "tests/host_cuda/run.h"
#include "tests/host_cuda/tallies.h"

namespace infoplane::host_cuda {
namespace {

using cuda::kBlockThreads;

using Table = JointTable;

void count(Table& table, const std::vector<float>& logits, const std::vector<std::int32_t>& labels,
           unsigned grid, Order order) {
  launch({grid}, {kBlockThreads}, order, [&] {
    cuda::count_global_atomics_kernel(table.view, static_cast<std::int64_t>(labels.size()),
                                      logits.data(), labels.data());
  });
}

/// The definition in double: softmax, digitize, and the table's index of the tuple.
struct Naive {
  std::map<std::size_t, std::uint32_t> cells;
  std::vector<double> correct;
  double loss = 0.0;
  bool near_an_edge = false;

  void add(const float* z, int classes, int bins, int label) {
    double largest = z[0];
    for (int c = 0; c < classes; ++c) {
      largest = std::max(largest, static_cast<double>(z[c]));
    }
    double sum = 0.0;
    for (int c = 0; c < classes; ++c) {
      sum += std::exp(z[c] - largest);
    }
    double rank = 0.0;
    int prefix = 0;
    for (int c = 0; c < classes; ++c) {
      const double scaled = bins * (std::exp(z[c] - largest) / sum);
      near_an_edge = near_an_edge || std::fabs(scaled - std::round(scaled)) < 1e-5 * scaled;
      prefix += std::min(bins - 1, static_cast<int>(scaled));
      rank += binomial(prefix + c, c + 1);
    }
    ++cells[static_cast<std::size_t>(rank) * classes + label];
    loss += std::log(sum) + largest - z[label];
    correct[label] += z[label] == largest ? 1.0 : 0.0;
  }
};

TEST(CountGlobalAtomicsKernel, CountsWhatTheDefinitionSays) {
  for (const auto& [classes, bins] : {std::pair{2, 30}, std::pair{3, 10}, std::pair{10, 10}}) {
    for (const std::int64_t rows : kSizes) {
      const std::vector<float> logits = test::random_values(rows * classes, 5, -4.0f, 4.0f);
      const std::vector<std::int32_t> labels = test::random_integers(rows, 6, classes);
      Naive naive;
      naive.correct.resize(classes);
      for (std::size_t n = 0; n < labels.size(); ++n) {
        naive.add(logits.data() + n * classes, classes, bins, labels[n]);
      }
      ASSERT_FALSE(naive.near_an_edge) << "choose another seed";
      std::vector<std::uint32_t> expected(Table(classes, bins).counts.size());
      for (const auto& [cell, times] : naive.cells) {
        expected[cell] = times;
      }
      for (const unsigned grid : {1u, cuda::blocks_for(rows)}) {
        for (const Order order : {Order::kForward, Order::kBackward}) {
          Table table(classes, bins);
          count(table, logits, labels, grid, order);
          EXPECT_EQ(table.counts, expected);
          EXPECT_NEAR(tallied_loss_nats(table.tallies.data()), naive.loss, 1e-6 * naive.loss);
          for (int c = 0; c < classes; ++c) {
            EXPECT_EQ(table.tallies[kTallyCorrect + c], naive.correct[c]);
          }
        }
      }
    }
  }
}

TEST(CountGlobalAtomicsKernel, RejectsRowsThatHaveNoSymbolAndNothingElse) {
  const float inf = INFINITY;
  const std::vector<float> logits = {0.0f, NAN,   // no number
                                     inf,  0.0f,  // no softmax
                                     -inf, -inf,  // nothing finite
                                     0.0f, -inf,  // a zero probability: counted, in the bins (9, 0)
                                     1.0f, 2.0f,  // label -1
                                     1.0f, 2.0f,  // label 2
                                     NAN,  0.0f,  // both wrong: its logits are looked at first
                                     0.5f, 0.5f};  // a tie: the first is taken
  const std::vector<std::int32_t> labels = {0, 0, 0, 0, -1, 2, 7, 0};
  Table table(2, 10);
  count(table, logits, labels, 1, Order::kForward);
  EXPECT_EQ(table.tallies[kTallyBadLogits], 4u);
  EXPECT_EQ(table.tallies[kTallyBadLabels], 2u);
  EXPECT_EQ(std::accumulate(table.counts.begin(), table.counts.end(), 0u), 2u);
  EXPECT_EQ(table.tallies[kTallyCorrect], 2u);
  EXPECT_EQ(table.tallies[kTallyCorrect + 1], 0u);
  // Ranks by hand: (9, 0) is binom(9, 1) + binom(10, 2) = 54, (5, 5) is 5 + binom(11, 2) = 60.
  EXPECT_EQ(table.counts[54 * 2], 1u);
  EXPECT_EQ(table.counts[60 * 2], 1u);
}

TEST(CountGlobalAtomicsKernel, AddsBatchesInAnySplit) {
  const std::vector<float> logits = test::random_values(1000 * 3, 5, -3.0f, 3.0f);
  const std::vector<std::int32_t> labels = test::random_integers(1000, 6, 3);
  Table whole(3, 10);
  count(whole, logits, labels, 4, Order::kForward);
  Table parts(3, 10);
  count(parts, {logits.begin() + 999, logits.end()}, {labels.begin() + 333, labels.end()}, 2,
        Order::kForward);
  count(parts, {logits.begin(), logits.begin() + 999}, {labels.begin(), labels.begin() + 333}, 3,
        Order::kForward);
  EXPECT_EQ(parts.counts, whole.counts);
  EXPECT_EQ(canonical(parts.tallies), canonical(whole.tallies));
}

/// As the launcher does it.
std::vector<double> information(const Table& table, Order order) {
  const int classes = table.view.classes;
  const cuda::ColumnGrid grid = cuda::column_grid(table.view.symbols, classes);
  const std::int64_t chunks = (table.view.symbols + cuda::kChunkSymbols - 1) / cuda::kChunkSymbols;
  std::vector<std::uint64_t> totals(classes, 0xA5A5);
  std::vector<std::uint64_t> columns(grid.chunks * static_cast<std::size_t>(classes));
  const cuda::ClassTotals reducer{classes, table.view.counts, totals.data()};
  launch({grid.chunks, grid.tiles}, {kBlockThreads}, order,
         [&] { cuda::reduce_columns_kernel(grid, reducer, columns.data()); });
  launch({static_cast<unsigned>(classes + cuda::kFinishColumns - 1) / cuda::kFinishColumns},
         {kBlockThreads}, order,
         [&] { cuda::finish_columns_kernel(grid, reducer, columns.data()); });
  std::vector<double> partial(static_cast<std::size_t>(chunks) * cuda::chunk_fields(classes), NAN);
  launch({static_cast<unsigned>(chunks)}, {kBlockThreads}, order,
         [&] { cuda::information_chunk_kernel(table.view, totals.data(), partial.data()); });
  std::vector<double> row(static_cast<std::size_t>(information_row_size(classes)), NAN);
  launch({1}, {kBlockThreads}, order, [&] {
    cuda::information_finish_kernel(table.view, totals.data(), chunks, partial.data(), row.data());
  });
  return row;
}

double entropy(const std::vector<double>& weights) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  double bits = 0.0;
  for (const double weight : weights) {
    bits -= weight > 0.0 ? weight / total * std::log2(weight / total) : 0.0;
  }
  return bits;
}

/// The information row from its definition: marginals and joint tables spelled out.
std::vector<double> naive_information(const Table& table) {
  const int classes = table.view.classes;
  const std::size_t symbols = table.counts.size() / classes;
  std::vector<double> n_t(symbols), n_y(classes), n_ty(table.counts.begin(), table.counts.end());
  for (std::size_t i = 0; i < n_ty.size(); ++i) {
    n_t[i / classes] += n_ty[i];
    n_y[i % classes] += n_ty[i];
  }
  const double n = std::accumulate(n_y.begin(), n_y.end(), 0.0);
  const double correct = static_cast<double>(
      std::accumulate(table.tallies.begin() + kTallyCorrect, table.tallies.end(), 0u));
  std::vector<double> row = {
      n,
      static_cast<double>(table.tallies[kTallyBadLogits]),
      static_cast<double>(table.tallies[kTallyBadLabels]),
      static_cast<double>(symbols - std::count(n_t.begin(), n_t.end(), 0.0)),
      static_cast<double>(std::count(n_t.begin(), n_t.end(), 1.0)),
      entropy(n_t),
      entropy(n_y),
      entropy(n_ty),
      correct,
      n == 0.0 ? 0.0
               : (static_cast<double>(table.tallies[kTallyLossHigh]) * 16.0 +
                  static_cast<double>(table.tallies[kTallyLossLow]) / 268435456.0) /
                     n};
  for (int c = 0; c < classes; ++c) {
    double i_xt = 0.0;
    double i_ty = 0.0;
    if (n_y[c] > 0.0 && n_y[c] < n) {
      std::vector<double> weighted(symbols), joint;
      for (std::size_t t = 0; t < symbols; ++t) {
        const double own = 0.5 * n_ty[t * classes + c] / n_y[c];
        const double rest = 0.5 * (n_t[t] - n_ty[t * classes + c]) / (n - n_y[c]);
        weighted[t] = own + rest;
        joint.insert(joint.end(), {own, rest});
      }
      i_xt = entropy(weighted);
      i_ty = entropy(weighted) + 1.0 - entropy(joint);
    }
    row.insert(row.end(),
               {n_y[c], static_cast<double>(table.tallies[kTallyCorrect + c]), i_xt, i_ty});
  }
  return row;
}

void expect_same_information(const Table& table) {
  const std::vector<double> row =
      in_any_order([&](Order order) { return information(table, order); });
  const std::vector<double> expected = naive_information(table);
  ASSERT_EQ(row.size(), expected.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    EXPECT_NEAR(row[i], expected[i], 1e-12 * std::max(1.0, std::fabs(expected[i])))
        << "field " << i;
  }
}

TEST(InformationKernels, MatchTheDefinition) {
  // 66, 286, 10,626 and 8,008 symbols: one chunk, and several with a short last one.
  for (const auto& [classes, bins] :
       {std::pair{2, 10}, std::pair{3, 10}, std::pair{4, 20}, std::pair{10, 6}}) {
    Table table(classes, bins);
    const std::vector<float> logits = test::random_values(2000 * classes, 5, -3.0f, 3.0f);
    std::vector<std::int32_t> labels = test::random_integers(2000, 6, classes);
    labels[7] = -1;
    count(table, logits, labels, 4, Order::kForward);
    expect_same_information(table);
  }
}

TEST(InformationKernels, KnowTheLimits) {
  Table empty(3, 10);
  expect_same_information(empty);
  EXPECT_EQ(information(empty, Order::kForward),
            std::vector<double>(static_cast<std::size_t>(information_row_size(3)), 0.0));

  Table one_class(3, 10);  // nothing to be known about the label
  one_class.counts[5 * 3 + 1] = 8;
  one_class.counts[6 * 3 + 1] = 8;
  expect_same_information(one_class);
  EXPECT_EQ(information(one_class, Order::kForward)[kInfoEntropyT], 1.0);

  Table separated(2, 10);  // the symbol tells the label: I(T;Y_c) = H(Y_c) = 1
  separated.counts[0] = 3;
  separated.counts[2 * 65 + 1] = 5;
  expect_same_information(separated);
  const std::vector<double> row = information(separated, Order::kForward);
  EXPECT_EQ(row[int{kInfoPerClass} + kInfoClassIty], 1.0);
  EXPECT_EQ(row[kInfoEntropyT], row[kInfoEntropyTY]);
}

TEST(InformationKernels, CountBeyond32BitProducts) {
  // Products of counts past 2^32 and sums of rows past 2^32.
  Table table(2, 10);
  table.counts[0] = 3'000'000'000u;
  table.counts[1] = 3'000'000'000u;
  table.counts[2] = 1'000'000'000u;
  table.counts[131] = 4'000'000'000u;
  expect_same_information(table);
}

}  // namespace
}  // namespace infoplane::host_cuda
