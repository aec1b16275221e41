#include "bench/logits.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "bench/recount.h"
#include "core/error.h"

namespace infoplane::bench {
namespace {

// The third of three rows of three classes, as bench/peers/states.py draws them.
TEST(BenchLogits, AreThoseOfThePeers) {
  struct Expected {
    const char* state;
    std::vector<float> third_row;
    std::vector<std::int32_t> labels;
  };
  for (const Expected& expected : std::vector<Expected>{
           {"fresh", {-0x1.4ac9bcp-2f, -0x1.bde5a4p-2f, 0x1.20b174p-2f}, {1, 2, 1}},
           {"half-trained", {0x1.00aaf2p+2f, 0x1.cdb748p+0f, 0x1.2ad2ecp+1f}, {1, 2, 0}},
           {"collapsed", {0x1.d5b7bap-1f, 0x1.45f9aep+5f, 0x1.de4c74p-1f}, {1, 0, 1}},
           {"one-cell", {0x1.45195ap+5f, 0x1.a5d2a0p-3f, 0x1.8bfca4p-2f}, {0, 0, 0}},
           {"ties", {0.0f, 0.0f, 1.0f}, {1, 0, 0}},
           {"saturated", {0x1.8200d2p-1f, 0x1.8cd402p-1f, 0x1.90b56ep+7f}, {1, 2, 2}},
           {"spread", {0x1.5996cap+3f, 0x1.73fef8p+3f, 0x1.408584p+3f}, {1, 0, 0}}}) {
    const Logits logits = draw_logits(logit_state(expected.state), 3, 3);
    EXPECT_EQ(std::vector<float>(logits.values.begin() + 6, logits.values.end()),
              expected.third_row)
        << expected.state;
    EXPECT_EQ(logits.labels, expected.labels) << expected.state;
  }
}

TEST(BenchLogits, CollapsedIsWrongInAFewRowsOnly) {
  const Logits logits = draw_logits(LogitState::kCollapsed, 100, 10);
  int wrong = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    const auto label = static_cast<std::size_t>(logits.labels[i]);
    wrong += logits.values[10 * i + label] < 40.0f ? 1 : 0;
  }
  EXPECT_EQ(wrong, 7);
}

TEST(BenchLogits, SpreadOverManyClassesMostRowsDiffer) {
  constexpr std::int64_t kRows = 1000;
  const Recount result = recount(draw_logits(LogitState::kSpread, kRows, 100), kRows, 100, 10);
  std::set<std::int64_t> symbols;
  for (const JointCell& cell : result.cells) {
    symbols.insert(cell.symbol);
  }
  EXPECT_GT(symbols.size(), 900u);
}

TEST(BenchLogits, UnknownStateNamesTheNearest) {
  try {
    logit_state("colapsed");
    FAIL() << "taken";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("'collapsed'"), std::string::npos) << error.what();
  }
}

TEST(Recount, FollowsTheDefinition) {
  Logits logits;
  logits.values = {0.0f, 0.0f, 10.0f, 0.0f, 0.0f, 10.0f, 10.0f, 0.0f};
  logits.labels = {0, 1, 1, 1};
  const Recount result = recount(logits, 4, 2, 2);
  // The tuples (0, 1), (1, 0) twice, (1, 1).
  const std::vector<JointCell> expected = {{0, 1, 1}, {1, 1, 2}, {2, 0, 1}};
  EXPECT_EQ(result.cells, expected);
  EXPECT_EQ(result.near_edges, 1) << "1/2 is an edge";
  EXPECT_EQ(recount(logits, 2, 2, 2).cells.size(), 2u) << "the first two rows only";
}

TEST(CellDistance, IgnoresSymbolsNumbersAndNothingElse) {
  const std::vector<JointCell> table = {{0, 0, 5}, {1, 0, 3}, {1, 1, 2}};
  EXPECT_EQ(cell_distance(table, {{40, 0, 3}, {70, 0, 5}, {70, 1, 2}}), 0u);
  EXPECT_EQ(cell_distance(table, {{0, 0, 5}, {1, 0, 2}, {1, 1, 2}, {2, 0, 1}}), 2u) << "one moved";
  EXPECT_EQ(cell_distance(table, {{0, 0, 5}, {1, 0, 3}, {1, 2, 2}}), 4u) << "another label";
  EXPECT_EQ(cell_distance(table, {}), 10u);
}

}  // namespace
}  // namespace infoplane::bench
