#include "paper/cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "paper/tables.h"
#include "tests/paper/study_files.h"

namespace infoplane::paper {
namespace {

using test::agreeing;
using test::hand_samples;
using test::HandSample;
using test::opposed;
using test::write_finished_run;
using test::write_unfinished_run;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class CellsTest : public testing::Test {
 protected:
  std::vector<Cell> cells(const Item& item, const std::map<std::string, std::string>& failed = {}) {
    return cells_of(item, Runs(folder_.path(), {item}, failed));
  }

  test::TemporaryFolder folder_;
};

TEST_F(CellsTest, ARunThatIsNotDoneServesWhatLooksAtItsFirstSamples) {
  write_unfinished_run(folder_, "cnn-16-cifar10-s1", hand_samples(250, agreeing));
  const std::vector<Cell> table3 = cells(make_item("table3", Study()));
  ASSERT_EQ(table3.size(), 12u);
  for (const std::size_t row : {0u, 1u}) {
    EXPECT_EQ(table3[2 * row].samples, row == 0 ? 100u : 200u);
    EXPECT_THAT(table3[2 * row].seeds, ElementsAre(1.0));
    EXPECT_EQ(table3[2 * row].not_run, "");
  }
  EXPECT_THAT(table3[4].seeds, ElementsAre());
  EXPECT_EQ(table3[4].not_run, "its run is at epoch 249.0 of 700");
  const std::vector<Cell> table5 = cells(make_item("table5", Study()));
  for (const Cell& cell : table5) {
    EXPECT_THAT(cell.seeds, ElementsAre()) << cell.row;
    EXPECT_EQ(cell.not_run,
              cell.row == "cnn-16" ? "its run is at epoch 249.0 of 700" : "its runs were not made");
  }
  // It goes on, and is done.
  write_finished_run(folder_, "cnn-16-cifar10-s1", hand_samples(601, agreeing));
  EXPECT_EQ(cells(make_item("table3", Study()))[10].samples, 600u);
  EXPECT_EQ(cells(make_item("table5", Study())).back().not_run, "");
}

TEST_F(CellsTest, PercentagesOfSeedsWithIntervalReadingsAndControl) {
  Study study;
  study.seeds = 2;
  // A tenth of the samples of the second seed's run are opposed to the others.
  write_finished_run(folder_, "cnn-9-cifar10-10k-sgd-s1", hand_samples(601, agreeing));
  write_finished_run(folder_, "cnn-9-cifar10-10k-sgd-s2", hand_samples(601, opposed));
  const std::vector<Cell> got = cells(make_item("table1", study));
  ASSERT_EQ(got.size(), 8u);  // a share and what it has beyond drifts, for each of four rows
  const Cell& cell = got[0];
  EXPECT_EQ(cell.row, "cnn-9 sgd");
  EXPECT_EQ(cell.paper, 0.865);
  EXPECT_THAT(cell.seeds, ElementsAre(1.0, 0.0));
  EXPECT_EQ(cell.mean(), 0.5);
  EXPECT_NEAR(cell.half_width(), 12.7062 * std::sqrt(0.5) / std::sqrt(2.0), 1e-3);
  EXPECT_EQ(cell.samples, 600u);  // the first 600 of 601
  EXPECT_EQ(cell.inversions, 600 * 599 / 2);
  EXPECT_TRUE(std::isnan(cell.low));  // several runs have an interval over seeds
  EXPECT_LT(cell.moved_low, cell.moved_high);
  EXPECT_EQ(cell.one_turn, 1.0);                       // these traces are straight lines themselves
  EXPECT_EQ(cell.shuffled_inversions, 600 * 599 / 4);  // all of the one, none of the other
  EXPECT_THAT(cell.readings.at("ib_cnn"), ElementsAre(1.0, 0.0));
  // I(T;Y) of shuffled labels follows I(X;T): where that falls, so does accuracy, and nothing is
  // inverted.
  EXPECT_EQ(cell.readings.at("shuffled_labels")[0], 1.0);
  EXPECT_TRUE(std::isnan(cell.readings.at("shuffled_labels")[1]));
  EXPECT_EQ(got[1].quantity, Quantity::kBeyondDrifts);
  EXPECT_THAT(got[1].seeds, ElementsAre(0.0, -1.0));  // a line gives 1
  EXPECT_THAT(got[1].readings.at("ib_cnn"), ElementsAre(0.0, -1.0));
  EXPECT_EQ(got[2].not_run, "its runs were not made");
  EXPECT_EQ(number_verdict(got[2], "").text, "not run");
}

TEST_F(CellsTest, ASingleRunHasAnIntervalOverBlocksOfTime) {
  write_finished_run(folder_, "cnn-9-cifar10-10k-sgd-s1", hand_samples(601, agreeing));
  const Cell cell = cells(make_item("table1", {}))[0];
  EXPECT_EQ(cell.low, 1.0);  // however it is resampled
  EXPECT_EQ(cell.high, 1.0);
  EXPECT_TRUE(std::isnan(cell.half_width()));
}

TEST_F(CellsTest, TableThreeNeedsItsSamples) {
  write_finished_run(folder_, "cnn-16-cifar10-s1", hand_samples(250, agreeing));
  const std::vector<Cell> got = cells(make_item("table3", {}));
  ASSERT_EQ(got.size(), 12u);
  EXPECT_EQ(got[2].samples, 200u);
  EXPECT_EQ(got[2].inversions, 200 * 199 / 2);
  for (const std::size_t cell : {4u, 5u}) {
    EXPECT_TRUE(got[cell].seeds.empty());
    EXPECT_EQ(got[cell].not_run, "the run has 250 samples");
  }
}

TEST_F(CellsTest, PointsOfATwoPhasePath) {
  // Up for 10 epochs, down for 40: I(X;T) 2 + i, then 12 - 0.1 (i - 10); I(T;Y) rises throughout.
  write_finished_run(folder_, "fc-3-mnist-s1", hand_samples(51, [](double i) {
                       return HandSample{i <= 10 ? 2.0 + i : 12.0 - 0.1 * (i - 10), 1.0 + 0.04 * i,
                                         0.5 + 0.009 * i};
                     }));
  const std::vector<Cell> got = cells(make_item("table4", {}));
  ASSERT_EQ(got.size(), 12u * 8u);
  EXPECT_EQ(got[2].quantity, Quantity::kTransitionEpoch);
  EXPECT_NEAR(got[2].mean(), 10.0, 1e-9);
  EXPECT_NEAR(got[0].mean(), 1.4, 1e-9);
  EXPECT_NEAR(got[5].mean(), 8.0, 1e-9);   // convergence I(X;T)
  EXPECT_NEAR(got[6].mean(), 50.0, 1e-9);  // epoch
  EXPECT_NEAR(got[7].mean(), 0.95, 1e-9);  // accuracy
  EXPECT_EQ(got[4].paper, 3.259);
  EXPECT_EQ(got[8].not_run, "its runs were not made");
}

/// Up for 10 epochs, down for 40, less steep by `less`, or only up.
std::vector<HandSample> up_and_down(double less) {
  return hand_samples(51, [=](double i) {
    return HandSample{i <= 10 ? 2.0 + i : 12.0 - (0.1 - less) * (i - 10), 1.0 + 0.04 * i,
                      0.5 + 0.009 * i};
  });
}

TEST_F(CellsTest, ATransitionIsOfTheSeedsThatHaveTwoPhases) {
  Study study;
  study.seeds = 3;
  write_finished_run(folder_, "fc-3-mnist-s1", up_and_down(0.0));
  write_finished_run(folder_, "fc-3-mnist-s2", up_and_down(0.2));
  write_finished_run(folder_, "fc-3-mnist-s3", up_and_down(0.2));
  const Item item = make_item("table4", study);
  const std::vector<Cell> got = cells(item);
  EXPECT_THAT(got[2].seeds, ElementsAre(10.0));              // its transition
  EXPECT_THAT(got[6].seeds, ElementsAre(50.0, 50.0, 50.0));  // its end
  EXPECT_THAT(to_markdown(table_of(item, got, {}, "")), HasSubstr("| two in 1 of 3 (two) |"));
}

// Under ib_cnn, 1 bit more until epoch 5, the path has its peak there; what is read is epoch 10.
TEST_F(CellsTest, ReadingsAreOfTheSampleThatThePathHasItsTransitionAt) {
  write_finished_run(folder_, "fc-3-mnist-s1", up_and_down(0.0));
  std::string readings = "step,epoch,split,reading,i_xt_bits,i_ty_bits,accuracy,symbols,n\n";
  for (int i = 0; i <= 50; ++i) {
    readings += std::to_string(50 * i) + "," + std::to_string(i) + ",validation,ib_cnn," +
                std::to_string(i <= 5 ? 20.0 : 10.0 - 0.1 * i) + "," + std::to_string(0.01 * i) +
                ",0.5,80,3000\n";
  }
  test::RunFiles(folder_, "fc-3-mnist-s1").write("readings.csv", readings);
  const std::vector<Cell> got = cells(make_item("table4", {}));
  EXPECT_EQ(got[2].reading("ib_cnn"), 10.0);
  EXPECT_NEAR(*got[0].reading("ib_cnn"), 0.1, 1e-9);
  EXPECT_NEAR(*got[1].reading("ib_cnn"), 9.0, 1e-9);
}

TEST_F(CellsTest, ARunWithoutTheSplitDoesNotHideTheOthers) {
  Study study;
  study.seeds = 2;
  write_finished_run(folder_, "cnn-2-cifar10-s1", hand_samples(600, agreeing));
  write_finished_run(folder_, "cnn-2-cifar10-s2", hand_samples(600, agreeing));
  test::remove_training_samples(folder_, "cnn-2-cifar10-s1");
  const Cell cell = cells(make_item("table2", study))[0];
  EXPECT_THAT(cell.seeds, ElementsAre(1.0));
  EXPECT_EQ(cell.not_run, "");
  EXPECT_EQ(cell.n, 10000);
}

TEST_F(CellsTest, ASeedWithoutInversionsHasNoShare) {
  Study study;
  study.seeds = 2;
  write_finished_run(folder_, "cnn-2-cifar10-s1", hand_samples(600, agreeing));
  write_finished_run(folder_, "cnn-2-cifar10-s2", up_and_down(0.0));  // accuracy as I(T;Y)
  const Item item = make_item("table2", study);
  const std::vector<Cell> got = cells(item);
  EXPECT_EQ(got[0].mean(), 1.0);
  EXPECT_TRUE(std::isnan(got[0].half_width()));
  EXPECT_EQ(number_verdict(got[0], "").text, "0 inversions, 100 are needed");
  EXPECT_THAT(cells_csv(got, ""), HasSubstr("table2,cnn-2,percentage,0.56,1,,1,"));
}

// Permuted labels leave a tenth of I(X;T): of I(T;Y) that rises half as fast nothing rises, and
// nothing is inverted.
TEST_F(CellsTest, TakesOffWhatPermutedLabelsLeave) {
  write_finished_run(folder_, "cnn-2-cifar10-s1", hand_samples(600, agreeing));
  write_finished_run(folder_, "cnn-4-cifar10-s1", hand_samples(600, [](double i) {
                       return HandSample{0.01 * i, 0.0005 * i, 1.0 - 0.001 * i};
                     }));
  const std::vector<Cell> got = cells(make_item("table2", {}));
  EXPECT_EQ(got[0].less_shuffled, 1.0);
  EXPECT_EQ(got[2].row, "cnn-4");
  EXPECT_EQ(got[2].mean(), 1.0);
  EXPECT_TRUE(std::isnan(got[2].less_shuffled));
}

TEST_F(CellsTest, EpochsBelowOneHaveThreeDecimals) {
  write_finished_run(folder_, "fc-3-mnist-s1", hand_samples(3, [](double i) {
                       return HandSample{i == 0 ? 9.0 : 1.0, 1.0, 0.5};
                     }));
  const Item item = make_item("table4", {});
  EXPECT_THAT(to_markdown(table_of(item, cells(item), {}, "")), HasSubstr("| 0.000 (1.0) |"));
}

TEST_F(CellsTest, SaysWhyARunIsMissing) {
  const std::vector<Cell> got =
      cells(make_item("table2", {}), {{"cnn-2-cifar10-s1", "training diverged"}});
  EXPECT_EQ(got[0].not_run, "training diverged");
  EXPECT_EQ(got[2].not_run, "its runs were not made");
}

Cell cell_with(double paper, double ours, double ib_cnn) {
  Cell cell;
  cell.quantity = Quantity::kConvergenceIty;
  cell.paper = paper;
  cell.seeds = {ours};
  cell.readings["ib_cnn"] = {ib_cnn};
  return cell;
}

TEST(NumberVerdict, TellsNearFromFarAndWhy) {
  EXPECT_EQ(number_verdict(cell_with(3.26, 3.30, 9.0), "").text, "near");
  EXPECT_EQ(number_verdict(cell_with(3.26, 3.32, 3.27), "").text, "near under ib_cnn only");
  EXPECT_EQ(number_verdict(cell_with(3.26, 3.46, 9.0), "").text, "differs by +0.2");
  EXPECT_EQ(number_verdict(cell_with(3.26, 3.30, 9.0), "").kind, NumberVerdict::kNear);
  EXPECT_EQ(number_verdict(cell_with(3.26, 3.32, 3.27), "").kind, NumberVerdict::kAgreesUnderIbCnn);
  EXPECT_EQ(number_verdict(cell_with(3.26, 3.46, 9.0), "").kind, NumberVerdict::kDiffers);
  EXPECT_EQ(number_verdict(cell_with(3.26, 3.30, 9.0), "a rehearsal").kind,
            NumberVerdict::kNotCompared);
  EXPECT_EQ(number_verdict(cell_with(3.26, 3.30, 9.0), "a rehearsal").text,
            "not compared: a rehearsal");
  // Three seeds with a deviation of s: one more run lies within t(2) s sqrt(4/3) = 4.97 s of
  // theirs.
  Cell three = cell_with(3.26, 3.0, 9.0);
  three.readings["ib_cnn"] = {9.0, 9.0, 9.0};
  three.seeds = {3.24, 3.25, 3.26};
  EXPECT_EQ(number_verdict(three, "").text, "agrees");
  three.seeds = {3.16, 3.18, 3.20};  // 0.08 off, and 0.099 to each side
  EXPECT_EQ(number_verdict(three, "").text, "compatible");
  three.seeds = {3.10, 3.11, 3.12};  // 0.15 off, as far as tolerance and interval do not reach
  EXPECT_EQ(number_verdict(three, "").text, "differs by -0.15");
  three.seeds = {3.0, 3.1, 3.2};  // within an interval that has nearly everything in it
  EXPECT_EQ(number_verdict(three, "").text, "undecided");
  three.seeds = {3.16, 3.26, 3.36};  // the same, though their mean is the paper's number
  EXPECT_EQ(number_verdict(three, "").text, "undecided");
  three.readings["ib_cnn"] = {3.2, 3.3, 3.28};
  three.seeds = {3.10, 3.11, 3.12};
  EXPECT_EQ(number_verdict(three, "").text, "agrees under ib_cnn only");
  three.readings.clear();
  three.seeds = {3.0, 3.2};  // that of two seeds is none
  EXPECT_EQ(number_verdict(three, "").text, "differs by -0.16");
  Cell early = cell_with(1.0, 0.02, 0.02);
  early.quantity = Quantity::kTransitionEpoch;
  EXPECT_EQ(number_verdict(early, "").text, "too early to compare");
  early.paper = 20.0;
  EXPECT_EQ(number_verdict(early, "").text, "differs by -20");
  Cell end = cell_with(51.0, 70.0, 70.0);
  end.quantity = Quantity::kConvergenceEpoch;
  EXPECT_EQ(number_verdict(end, "").text, "where training ends");
  Cell twice = cell_with(10.085, 10.2, 10.2);  // the end, once more
  twice.item = "table4";
  twice.row = "fc-3 cifar10";
  twice.quantity = Quantity::kTransitionIxt;
  EXPECT_EQ(number_verdict(twice, "").text, "the paper has one phase");
  twice.quantity = Quantity::kConvergenceIxt;
  EXPECT_EQ(number_verdict(twice, "").text, "near");
  twice.row = "fc-6 cifar10";
  twice.quantity = Quantity::kTransitionIxt;
  EXPECT_EQ(number_verdict(twice, "").text, "near");
  twice.runs = 2;  // both with one phase
  EXPECT_EQ(number_verdict(twice, "").text, "ours has one phase");
  twice.two_phases = 1;
  EXPECT_EQ(number_verdict(twice, "").text, "near");
  Cell none = cell_with(3.26, std::nan(""), 9.0);
  EXPECT_EQ(number_verdict(none, "").text, "nothing is inverted");
}

TEST_F(CellsTest, TablesHaveEveryRowAndNameWhatWasNotRun) {
  write_finished_run(folder_, "cnn-2-cifar10-s1", hand_samples(600, agreeing), 0.5);
  const Item item = make_item("table5", {});
  const std::vector<Cell> got = cells(item);
  const TextTable table =
      table_of(item, got, test_claims({item}, Runs(folder_.path(), {item}, {})), "");
  EXPECT_EQ(table.rows.size(), 8u);  // a percentage and an accuracy for each of four networks
  const std::string text = to_terminal(table);
  EXPECT_THAT(text, HasSubstr("its runs were not made"));
  EXPECT_THAT(text, HasSubstr("differs by +0.44"));
  const std::string markdown = to_markdown(table);
  EXPECT_THAT(markdown, HasSubstr("| cnn-2 | percentage | 0.560 | 1.000 |"));
  TextTable odd{"x", "<b>", {"a"}, {{"<i>"}}};
  EXPECT_THAT(to_html(odd), HasSubstr("&lt;i&gt;"));
  EXPECT_THAT(to_html(odd), Not(HasSubstr("<i>")));
  const std::string csv = cells_csv(got, "");
  EXPECT_THAT(csv, HasSubstr("table5,cnn-2,percentage,0.56,1,"));
  EXPECT_THAT(csv, HasSubstr("table5,cnn-9,percentage,0.87,,"));

  const TextTable forensics = forensics_of(got, "");
  ASSERT_EQ(forensics.rows.size(), 1u);  // accuracy is the same under every reading
  EXPECT_EQ(forensics.columns.size(), forensics.rows[0].size());
  EXPECT_EQ(forensics.rows[0].back(), "ours");  // all readings of this trace are the same
  EXPECT_THAT(forensics.columns, Not(testing::Contains("james_stein")));
}

TEST(Forensics, NamesTheReadingNearestToThePaper) {
  const auto nearest = [](const Cell& cell, const std::string& why_not) {
    return forensics_of({cell}, why_not).rows.at(0).back();
  };
  EXPECT_EQ(nearest(cell_with(3.26, 3.46, 3.31), ""), "ib_cnn");
  EXPECT_EQ(nearest(cell_with(3.26, 3.31, 3.46), ""), "ours");
  EXPECT_EQ(nearest(cell_with(3.26, std::nan(""), 3.3), ""), "");
  EXPECT_EQ(nearest(cell_with(3.26, 3.46, 3.31), "a rehearsal"), "");
}

TEST_F(CellsTest, AReadingIsOfTheSameSeedsAsTheCell) {
  Cell cell = cell_with(3.26, 3.0, 0.0);
  cell.seeds = {3.0, std::nan(""), 3.2};
  cell.readings["ib_cnn"] = {3.4, 9.0, 3.6};
  EXPECT_NEAR(*cell.reading("ib_cnn"), 3.5, 1e-12);
  cell.readings["ib_cnn"] = {3.4, 9.0, std::nan("")};
  EXPECT_TRUE(std::isnan(*cell.reading("ib_cnn")));
}

TEST_F(CellsTest, AShareOfAHandfulOfInversionsIsNotCompared) {
  write_finished_run(folder_, "cnn-2-cifar10-s1", hand_samples(14, agreeing));
  const Cell cell = cells(make_item("table2", {}))[0];
  EXPECT_EQ(cell.mean(), 1.0);
  EXPECT_EQ(number_verdict(cell, "").text, "91 inversions, 100 are needed");
}

}  // namespace
}  // namespace infoplane::paper
