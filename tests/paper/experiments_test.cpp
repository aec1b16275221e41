#include "paper/experiments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "paper/published.h"
#include "tests/support/errors.h"

namespace infoplane::paper {
namespace {

using test::expect_error;
using testing::HasSubstr;

std::vector<Item> all_items(const Study& study) {
  std::vector<Item> items;
  for (const std::string& name : paper_items()) {
    items.push_back(make_item(name, study));
  }
  return items;
}

const PlannedRun* find(const RunPlan& plan, const std::string& name) {
  const auto found = std::find_if(plan.runs.begin(), plan.runs.end(),
                                  [&](const PlannedRun& run) { return run.name == name; });
  return found == plan.runs.end() ? nullptr : &*found;
}

TEST(Experiments, TablesShareTheirRuns) {
  const Study study;
  const RunPlan plan = plan_runs(all_items(study), study, 1);
  std::set<std::string> names;
  for (const PlannedRun& run : plan.runs) {
    EXPECT_TRUE(names.insert(run.name).second) << run.name;
  }
  // Table 1: 4. Tables 2, 3, 5, Figures 5 to 7: 4 and AlexNet. Table 4, Figure 4: 12, of which
  // CNN-2 and CNN-4 on CIFAR-10 are among those. Figure 1: 50 of each kind.
  EXPECT_EQ(plan.runs.size(), 4u + 5u + 10u + 100u);
  EXPECT_EQ(
      plan_runs({make_item("table2", study), make_item("table5", study), make_item("fig5", study)},
                study, 1)
          .runs.size(),
      4u);
}

TEST(Experiments, SettingsAreThePapers) {
  const Study study;
  const RunPlan plan = plan_runs(all_items(study), study, 2);
  const PlannedRun* deep = find(plan, "cnn-16-cifar10-s1");
  ASSERT_NE(deep, nullptr);
  EXPECT_EQ(deep->settings.epochs, 77);
  EXPECT_EQ(deep->settings.batch, 128);
  EXPECT_EQ(deep->settings.lr, 0.1f);
  EXPECT_EQ(deep->settings.momentum, 0.9f);
  EXPECT_EQ(deep->settings.weight_decay, 5e-4f);
  EXPECT_EQ(deep->settings.lr_factor, 0.1f);
  EXPECT_EQ(deep->settings.lr_every, 20);
  EXPECT_EQ(deep->settings.sample.every, 50);
  EXPECT_TRUE(deep->settings.sample.train);
  EXPECT_TRUE(deep->settings.sample.readings);
  EXPECT_EQ(deep->settings.sample.train_images, 10000);

  const PlannedRun* bgd = find(plan, "cnn-9-cifar10-10k-bgd-s1");
  ASSERT_NE(bgd, nullptr);
  EXPECT_EQ(bgd->settings.limit, 10000);
  EXPECT_EQ(bgd->settings.epochs, 6000);
  EXPECT_EQ(bgd->settings.batch, 0);
  EXPECT_EQ(bgd->settings.momentum, 0.0f);
  EXPECT_EQ(bgd->settings.sample.every, 10);
  const PlannedRun* sgd = find(plan, "linear-cifar10-10k-sgd-s1");
  ASSERT_NE(sgd, nullptr);
  EXPECT_EQ(sgd->settings.limit, 10000);
  // 79 steps an epoch, a sample every 10: 600 of them, and the one before the first step.
  EXPECT_GE(sgd->settings.epochs * 79 / sgd->settings.sample.every, 600);

  const PlannedRun* mnist = find(plan, "fc-3-mnist-s1");
  ASSERT_NE(mnist, nullptr);
  EXPECT_EQ(mnist->settings.epochs, 70);
  EXPECT_EQ(mnist->settings.sample.first_epoch_every, 10);
  EXPECT_FALSE(mnist->settings.sample.train);

  const PlannedRun* bits = find(plan, "tishby-s50");
  ASSERT_NE(bits, nullptr);
  EXPECT_EQ(bits->settings.epochs, 8000);
  EXPECT_EQ(bits->settings.batch, 512);
  EXPECT_EQ(bits->settings.seed, 50u);
  EXPECT_EQ(bits->settings.optimizer, "adam");
  EXPECT_EQ(bits->settings.lr, 4e-4f);
  EXPECT_EQ(bits->settings.sample.count, 270);
  EXPECT_TRUE(bits->settings.sample.layers);
  EXPECT_EQ(bits->settings.sample.layer_bins, 30);
}

TEST(Experiments, SeedsAndOverridesReachEveryRun) {
  Study study;
  study.seeds = 3;
  study.overrides.set("epochs", "5", "--set");
  study.overridden = true;
  const RunPlan plan = plan_runs({make_item("table1", study)}, study, 1);
  ASSERT_EQ(plan.runs.size(), 12u);
  for (const PlannedRun& run : plan.runs) {
    EXPECT_EQ(run.settings.epochs, 5);
  }
  EXPECT_EQ(find(plan, "cnn-9-cifar10-10k-sgd-s3")->settings.seed, 3u);
  EXPECT_EQ(study.why_not_comparable(), "other settings");
  EXPECT_EQ(Study{}.why_not_comparable(), "");
}

TEST(Experiments, AnotherDataSetTakesThePlaceOfBoth) {
  Study study;
  study.data = "fashion-mnist";
  const Item table = make_item("table4", study);
  ASSERT_EQ(table.rows.size(), 6u);
  EXPECT_EQ(table.rows[0].name, "fc-3 fashion-mnist");
  EXPECT_EQ(study.why_not_comparable(), "another data set");
  // VGG-16 halves its image five times: 28 pixels are too few.
  const Item depths = make_item("table2", study);
  EXPECT_EQ(depths.rows[2].experiment.impossible, "");
  EXPECT_THAT(depths.rows[3].experiment.impossible, HasSubstr("cnn-16"));
  EXPECT_EQ(plan_runs({depths}, study, 1).runs.size(), 3u);
}

TEST(Experiments, ClassesGrowBeyondThePaper) {
  const Item item = make_item("classes", {});
  ASSERT_EQ(item.rows.size(), 11u);
  const RunPlan plan = plan_runs({item}, {}, 1);
  EXPECT_EQ(find(plan, "fc-3-cifar10-2-classes-s1")->settings.classes, 2);
  // What is averaged over seeds is one experiment alone.
  EXPECT_EQ(plan.axes, (std::vector<std::string>{"experiment", "seed"}));
  EXPECT_EQ(find(plan, "fc-3-cifar10-2-classes-s1")->values,
            (std::vector<std::string>{"fc-3-cifar10-2-classes", "1"}));
  // All ten are a run of Table 4.
  EXPECT_EQ(find(plan, "fc-3-cifar10-s1")->settings.classes, std::nullopt);
  EXPECT_EQ(find(plan, "fc-3-cifar100-50-classes-s1")->settings.classes, 50);
  // One digit is a run of Table 4, too; two and three are other data.
  EXPECT_EQ(item.rows[8].name, "mnist stacked, 10 classes");
  EXPECT_EQ(item.rows[10].name, "mnist stacked, 1000 classes");
  EXPECT_NE(find(plan, "fc-3-mnist-s1"), nullptr);
  EXPECT_EQ(find(plan, "fc-3-stacked-3-mnist-s1")->settings.data, "stacked:3:mnist");
  EXPECT_EQ(std::count(paper_items().begin(), paper_items().end(), "classes"), 0);

  // Another data set is stacked where its classes go into a thousand.
  Study study;
  study.data = "fashion-mnist";
  EXPECT_EQ(make_item("classes", study).rows.size(), 7u);
  for (const char* lone : {"cifar100", "stacked:2:mnist"}) {
    study.data = lone;
    const std::vector<Row> rows = make_item("classes", study).rows;
    ASSERT_EQ(rows.size(), 7u) << lone;
    EXPECT_EQ(rows[5].experiment.settings.at("classes"), "50");
    EXPECT_EQ(rows[6].name, std::string(lone) + ", 100 classes");
    EXPECT_EQ(rows[6].experiment.settings.count("classes"), 0u);  // all of them
  }
  study.data = "folder:images";
  EXPECT_EQ(make_item("classes", study).rows.back().name, "folder:images, all classes");
  EXPECT_EQ(make_item("classes", study).rows.size(), 7u);
  study.kind = ImageKind{{1, 9, 9}, 3};
  const std::vector<Row> rows = make_item("classes", study).rows;
  ASSERT_EQ(rows.size(), 2u);  // 2 and all
  EXPECT_EQ(rows.back().name, "folder:images, all classes");
  EXPECT_EQ(rows.back().experiment.impossible, "");
  for (const Row& row : make_item("table2", study).rows) {
    EXPECT_EQ(row.experiment.impossible.empty(), row.name == "cnn-2") << row.name;
  }
  study.kind.reset();
  study.data = "tishby";
  EXPECT_EQ(make_item("classes", study).rows.size(), 1u);
}

TEST(Experiments, RowsCanBeChosen) {
  const Study study;
  const std::vector<Item> items{make_item("table1", study), make_item("table4", study)};
  const std::vector<Item> kept = keep_rows(items, {"fc-3 mnist"});
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].name, "table4");
  ASSERT_EQ(kept[0].rows.size(), 1u);
  EXPECT_EQ(keep_rows(items, {}).size(), 2u);
  expect_error<UsageError>([&] { keep_rows(items, {"fc-4 mnist"}); },
                           {"--only", "'fc-4 mnist'", "'fc-3 mnist'"});
}

TEST(Experiments, UnknownItemsAreRefused) {
  expect_error<UsageError>([] { make_item("table6", {}); }, {"table6", "did you mean"});
}

TEST(Published, NumbersAreThePapers) {
  EXPECT_EQ(published("table1", "linear bgd", Quantity::kPercentage), 0.594);
  EXPECT_EQ(published("table4", "fc-3 mnist", Quantity::kTransitionIxt), 7.183);
  EXPECT_EQ(published("table4", "cnn-6 cifar10", Quantity::kConvergenceAccuracy), 0.781);
  EXPECT_EQ(published("table5", "cnn-16", Quantity::kFinalAccuracy), 0.89);
  EXPECT_EQ(published("table4", "fc-3 fashion-mnist", Quantity::kTransitionIxt), std::nullopt);
  EXPECT_EQ(published("fig6", "cnn-16", Quantity::kClassAccuracy), std::nullopt);
  // Every row of a table of the paper has its number here, under the name that the row has.
  for (const char* table : {"table1", "table2", "table3"}) {
    for (const Row& row : make_item(table, {}).rows) {
      EXPECT_TRUE(published(table, row.name, Quantity::kPercentage)) << table << " " << row.name;
    }
  }
  for (const Row& row : make_item("table4", {}).rows) {
    EXPECT_TRUE(published("table4", row.name, Quantity::kTransitionEpoch)) << row.name;
  }
}

}  // namespace
}  // namespace infoplane::paper
