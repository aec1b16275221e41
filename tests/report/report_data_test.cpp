// What a report says of runs whose numbers are known.

#include "report/report_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "report/class_json.h"
#include "report/findings_json.h"
#include "report/report_page.h"
#include "report/seed_groups.h"
#include "tests/support/run_files.h"

namespace infoplane::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ReportDataTest : public testing::Test {
 protected:
  RunRecord run(int seed, double peak, double lr = 0.1, bool train = false) const {
    return read_run(seed_run(folder_, seed, peak, lr, train).path());
  }
  TemporaryFolder folder_;
};

TEST_F(ReportDataTest, RunsThatDifferInTheSeedAloneAreOneGroup) {
  const std::vector<RunRecord> runs = {run(1, 9.0), run(2, 8.0, 0.5), run(2, 9.5), run(1, 9.0)};
  const std::vector<SeedGroup> groups = group_by_configuration(runs);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_THAT(groups[0].runs, ElementsAre(0, 2, 3));
  EXPECT_THAT(groups[0].seeds, ElementsAre(0, 2));  // the fourth run repeats a seed
  EXPECT_THAT(groups[0].label, HasSubstr("fc-3 on mnist, lr 0.1"));
  EXPECT_THAT(groups[1].label, HasSubstr("lr 0.5"));
}

TEST_F(ReportDataTest, WhatChangesNoResultIsNoGroupOfItsOwnButAPrecisionIs) {
  RunRecord other = run(2, 9.0);
  other.settings["cuda_graphs"] = "false";
  other.settings["determinism"] = "fast";
  other.settings["precision"] = "fp32";  // which those had that do not say
  EXPECT_EQ(group_by_configuration({run(1, 9.0), other}).size(), 1u);
  other.settings["precision"] = "tf32";
  const std::vector<SeedGroup> groups = group_by_configuration({run(1, 9.0), other});
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_THAT(groups[1].label, HasSubstr("precision tf32"));
}

TEST_F(ReportDataTest, RunsWithoutAConfigurationStandAlone) {
  RunRecord one = run(1, 9.0);
  RunRecord other = run(2, 8.0);
  one.settings.clear();
  other.settings.clear();
  EXPECT_EQ(group_by_configuration({one, other}).size(), 2u);
}

TEST_F(ReportDataTest, NoTwoGroupsHaveOneLabel) {
  RunRecord plain = run(1, 9.0);
  RunRecord with_key = plain;
  with_key.settings["momentum"] = "0.9";  // a key that the first of them lacks
  EXPECT_THAT(group_by_configuration({plain, with_key})[1].label, HasSubstr(", momentum 0.9"));
  RunRecord other_data = with_key;
  other_data.description["data"]["sha256"] = "11ee";
  other_data.path = "elsewhere";
  const std::vector<SeedGroup> groups = group_by_configuration({plain, with_key, other_data});
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].label, "fc-3 on mnist");
  EXPECT_THAT(groups[1].label, HasSubstr(", momentum 0.9 (" + plain.path.string()));
  EXPECT_THAT(groups[2].label, HasSubstr(", momentum 0.9 (elsewhere)"));
}

TEST_F(ReportDataTest, OtherDataAreAnotherGroup) {
  RunRecord other = run(2, 9.0);
  other.description["data"]["sha256"] = "11ee";
  EXPECT_EQ(group_by_configuration({run(1, 9.0), other}).size(), 2u);
}

TEST_F(ReportDataTest, DataThatTheSeedDrawsAreTheSameThoughTheirHashIsNot) {
  RunRecord one = run(1, 9.0);
  RunRecord other = run(2, 9.0);
  one.settings["data"] = other.settings["data"] = "folder:/images";
  other.description["data"]["sha256"] = "11ee";
  EXPECT_EQ(group_by_configuration({one, other}).size(), 1u);
}

TEST_F(ReportDataTest, SeedsAreAveragedWhereAllHaveASample) {
  RunRecord longer = run(1, 9.0);
  RunRecord shorter = run(2, 8.0);
  shorter.splits[0].rows.erase(shorter.splits[0].rows.begin() + 2);
  shorter.splits[0].rows[2].i_xt_bits = std::nan("");
  const Json data = report_data({longer, shorter}, {});
  EXPECT_NEAR(data["student_t_975"][0].get<double>(), 12.7062, 1e-4);
  const Json seeds = data["groups"][0]["splits"][0];
  EXPECT_EQ(seeds["repeats"], 2);
  EXPECT_EQ(seeds["step"], Json({0, 50, 150, 200}));
  EXPECT_EQ(seeds["i_xt_bits"]["mean"], Json({2, 8.5, nullptr, 4}));
  // t(1) s / sqrt(2) with s = 1 / sqrt(2)
  EXPECT_NEAR(seeds["i_xt_bits"]["half_width"][1].get<double>(), 12.7062 / 2.0, 1e-4);
  EXPECT_TRUE(report_data({longer}, {})["groups"][0]["splits"].empty());
}

TEST_F(ReportDataTest, ATransitionIsAveragedOverTheSeedsThatCompress) {
  ReportOptions options;
  options.rule = {1, 0.25};
  RunRecord flat = run(2, 4.1);  // ends 0.1 bit below its peak, at 3 bits of I(T;Y)
  const auto phases = [&](const std::vector<RunRecord>& runs) {
    return report_data(runs, options)["groups"][0]["splits"][0]["phases"];
  };
  for (int i = 0; i < 5; ++i) {
    flat.splits[0].rows[static_cast<std::size_t>(i)].i_xt_bits = 2.0 + i;
  }
  const Json some = phases({run(1, 9.0), flat, run(3, 9.5)});
  EXPECT_EQ(some["repeats"], 3);
  EXPECT_EQ(some["compressing"], 2);
  EXPECT_EQ(some["transition"]["i_ty_bits"], 1.5);
  EXPECT_EQ(some["height_bits"]["mean"], 1.5);
  EXPECT_EQ(some["height_bits"]["repeats"], 2);
  EXPECT_EQ(some["slope"]["repeats"], 2);
  RunRecord other = flat;
  other.seed = 4;
  other.settings["seed"] = "4";
  const Json none = phases({flat, other});
  EXPECT_EQ(none["repeats"], 2);
  EXPECT_TRUE(none["height_bits"].is_null());
}

TEST_F(ReportDataTest, HoldsPhasesInversionsAndSmoothedValues) {
  ReportOptions options;
  options.rule = {1, 0.25};
  options.display_window = 3;
  const Json data = report_data({run(3, 9.0)}, options);
  const Json& split = data["runs"][0]["splits"][0];
  EXPECT_EQ(data["title"], "fc-3 on mnist, seed 3");
  EXPECT_EQ(split["i_xt_bits"], Json({2, 9, 7, 5, 4}));
  EXPECT_EQ(split["smooth"]["i_xt_bits"], Json({2, 6, 7, 5.3333, 4}));
  EXPECT_EQ(split["n"], 1024);
  EXPECT_EQ(split["i_xt_ceiling_bits"], 10);
  EXPECT_EQ(split["phases"]["transition"]["epoch"], 1);
  EXPECT_EQ(split["phases"]["transition"]["i_ty_bits"], 1.5);
  EXPECT_EQ(split["phases"]["slope"], Json(-0.3));
  EXPECT_EQ(split["phases"]["sensitivity"]["rules"], 6);  // a window of one has none below it
  EXPECT_EQ(split["inversions"]["pairs"], 10);
  EXPECT_EQ(split["inversions"]["inversions"], 0);
  EXPECT_TRUE(split["inversions"]["share"].is_null());
  EXPECT_EQ(split["inversions"]["dealt_out"]["repeats"], 0);
  EXPECT_TRUE(split["inversions"]["one_turn"].is_null());
  EXPECT_EQ(split["inversions"]["starts"].back()["samples"], 5);
  EXPECT_EQ(data["runs"][0]["provenance"]["command"], R"(infoplane train 'it'\''s')");
  EXPECT_THROW(report_data({}, options), UsageError);
  options.display_window = 2;
  EXPECT_THROW(report_data({run(4, 9.0)}, options), UsageError);
}

TEST_F(ReportDataTest, KeepsFewerSamplesOfManyClasses) {
  EXPECT_THAT(thinned({5, 1, 1, 3}, 9), ElementsAre(1, 3, 5));
  EXPECT_THAT(thinned({0, 10, 20, 30, 40, 50}, 3), ElementsAre(0, 20, 50));
  EXPECT_THAT(thinned({0, 10, 20}, 0), ElementsAre(0, 20));
  RunFiles files = seed_run(folder_, 1, 9.0);
  std::string rows = "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy\n";
  for (int step = 0; step < 5; ++step) {
    for (int c = 0; c < 8000; ++c) {
      rows += std::to_string(step * 50) + ",validation," + std::to_string(c) + ",10,9,3,0.5,0.25\n";
    }
  }
  files.write("per_class.csv", rows);
  const Json classes = report_data({read_run(files.path())}, {})["runs"][0]["splits"][0]["classes"];
  EXPECT_EQ(classes["step"], Json({0, 200}));
  EXPECT_EQ(classes["classes"].size(), 8000u);
  EXPECT_EQ(classes["classes"][7999]["i_ty_bits"], Json({0.5, 0.5}));
}

TEST_F(ReportDataTest, AClassHasItsRowsOfEachSample) {
  RunFiles files = seed_run(folder_, 1, 9.0);
  files.write("per_class.csv",
              "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy\n"
              "0,validation,0,10,9,3,0.5,0.25\n0,validation,1,10,9,3,0.5,0.25\n"
              "50,validation,0,0,0,0,0,0\n50,validation,1,10,9,4,0.5,0.25\n");
  const Json classes =
      report_data({read_run(files.path())}, {})["runs"][0]["splits"][0]["classes"]["classes"];
  EXPECT_EQ(classes[0]["n"], Json({10, 0}));
  EXPECT_EQ(classes[0]["h_x_bits"], Json({9, 0}));
  EXPECT_EQ(classes[0]["accuracy"], Json({0.25, nullptr}));
  EXPECT_EQ(classes[1]["n"], 10);
  EXPECT_EQ(classes[1]["h_x_bits"], 9);
}

TEST_F(ReportDataTest, AMeanIsOverTheSeedsThatHaveSamplesAndSaysSo) {
  RunRecord begun = run(3, 9.0);
  begun.splits.clear();
  RunRecord behind = run(4, 9.0);
  behind.splits[0].rows.resize(3);
  const std::vector<RunRecord> runs = {run(1, 9.0, 0.1, true), run(2, 8.0), begun, behind};
  const Json group = report_data(runs, {})["groups"][0];
  ASSERT_EQ(group["splits"].size(), 1u);  // train has one seed: no mean
  EXPECT_EQ(group["splits"][0]["repeats"], 3);
  EXPECT_EQ(group["splits"][0]["step"], Json({0, 50, 100}));
  EXPECT_THAT(group["notes"].get<std::vector<std::string>>(),
              ElementsAre("The mean is without seed 3, which has no sample yet.",
                          "The mean ends at step 100, where seed 4 is.",
                          "The mean of the train split is without seed 2, which has no sample of "
                          "it.",
                          "The mean of the train split is without seed 4, which has no sample of "
                          "it."));
  EXPECT_TRUE(report_data({run(1, 9.0), run(2, 8.0)}, {})["groups"][0]["notes"].empty());
  EXPECT_TRUE(report_data({begun}, {})["groups"][0]["notes"].empty());
}

TEST_F(ReportDataTest, ARunThatRepeatsASeedIsNotInTheMeanAndThatIsSaid) {
  RunRecord again = run(1, 9.0);
  again.path = "runs/again";
  const Json group = report_data({run(1, 9.0), run(2, 8.0), again}, {})["groups"][0];
  EXPECT_EQ(group["splits"][0]["repeats"], 2);
  EXPECT_THAT(group["notes"].get<std::vector<std::string>>(),
              ElementsAre("The mean takes the first run of each seed: it is without runs/again."));
  EXPECT_TRUE(report_data({run(1, 9.0), again}, {})["groups"][0]["notes"].empty());
}

TEST_F(ReportDataTest, EverySplitIsAveraged) {
  std::vector<RunRecord> runs = {run(1, 9.0), run(2, 8.0)};
  for (RunRecord& each : runs) {
    each.splits.push_back(each.splits.front());
    each.splits.back().split = "test";
  }
  runs[1].splits.back().rows.pop_back();
  const Json group = report_data(runs, {})["groups"][0];
  ASSERT_EQ(group["splits"].size(), 2u);
  EXPECT_EQ(group["splits"][1]["split"], "test");
  EXPECT_THAT(group["notes"].get<std::vector<std::string>>(),
              ElementsAre("The mean ends at step 150, where seed 2 is."));
}

TEST_F(ReportDataTest, LongRunsHaveFiftyStartsAtMost) {
  const auto lengths = [](std::size_t samples) {
    SplitRecord split;
    split.rows.resize(samples);
    std::vector<std::int64_t> result;
    for (const Inversions& start : inversions_of_starts(split)) {
      result.push_back(start.samples);
    }
    return result;
  };
  EXPECT_THAT(lengths(7), ElementsAre(2, 4, 6, 7));
  EXPECT_THAT(lengths(310), ElementsAre(100, 200, 300, 310));
  EXPECT_EQ(lengths(5000).size(), 50u);
  EXPECT_THAT(lengths(5000), testing::Contains(100));
  for (const std::size_t samples : {5001u, 20'000u, 26'000u}) {
    EXPECT_LE(lengths(samples).size(), 51u);
    EXPECT_GE(lengths(samples).size(), 20u);
  }
  EXPECT_EQ(lengths(20'000).front(), 500);
}

// Accuracy rises and I(T;Y) falls: all pairs are inverted, and a falling line agrees in all of
// them.
TEST_F(ReportDataTest, ASharesControlsAreBesideIt) {
  SplitRecord split;
  for (int i = 0; i < 40; ++i) {
    TraceRow row;
    row.i_xt_bits = i < 30 ? 5.0 - 0.1 * i : 0.1 * i;
    row.i_ty_bits = 3.0 - 0.01 * i;
    row.accuracy = 0.01 * i;
    split.rows.push_back(row);
  }
  const Json json = inversions_json(find_inversions(split), Digits::kShown);
  EXPECT_EQ(json["inversions"], 780);
  EXPECT_EQ(json["one_turn"], 1.0);  // a falling line
  EXPECT_LT(json["moved"]["low"], json["moved"]["high"]);
  EXPECT_NEAR(json["dealt_out"]["mean"], 0.5, 0.02);
}

TEST_F(ReportDataTest, BoundsAreThoseOfTheLastSampleWithRows) {
  RunRecord diverged = run(1, 9.0);
  TraceRow& last = diverged.splits[0].rows.back();
  last.n = 0;
  last.h_y_bits = std::nan("");
  const Json split = report_data({diverged}, {})["runs"][0]["splits"][0];
  EXPECT_EQ(split["i_xt_ceiling_bits"], 10);
  EXPECT_EQ(split["h_y_bits"], 3.3);
}

TEST_F(ReportDataTest, ThePageHoldsNothingThatEndsItsScript) {
  RunRecord evil = run(1, 9.0);
  evil.label = "</script><b>&\xff";
  evil.seed.reset();
  const std::string page = report_page(report_data({evil}, {}));
  EXPECT_THAT(page, Not(HasSubstr("</script><b>")));
  EXPECT_THAT(page, HasSubstr("\\u003c/script>\\u003cb>&\xef\xbf\xbd"));
  EXPECT_THAT(page, HasSubstr("<title>&lt;/script&gt;&lt;b&gt;&amp;"));
  EXPECT_THAT(page, Not(HasSubstr("{{")));
  EXPECT_THAT(page, HasSubstr("https://d3js.org v5"));
}

}  // namespace
}  // namespace infoplane::test
