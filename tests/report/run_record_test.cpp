#include "report/run_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "tests/support/errors.h"
#include "tests/support/run_files.h"

namespace infoplane::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RunRecordTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
};

TEST_F(RunRecordTest, ReadsAllThatARunWrites) {
  const RunFiles files = seed_run(folder_, 7, 9.0, 0.1, true);
  files.write("per_class.csv",
              "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy\n"
              "0,train,1,100,9,3,0.5,0.25\n");
  files.write("layers.csv",
              "step,epoch,split,layer,units,i_xt_bits,i_ty_bits,symbols,singletons,n,rejected\n"
              "0,0.0,validation,dense-1,256,11,3,900,800,1024,0\n");
  const RunRecord run = read_run(files.path());
  EXPECT_EQ(run.label, "fc-3 on mnist");
  EXPECT_EQ(run.seed, 7);
  EXPECT_EQ(run.settings.at("sample.every"), "50");
  EXPECT_THAT(run.notes, IsEmpty());
  EXPECT_THAT(run.warnings, IsEmpty());
  ASSERT_EQ(run.splits.size(), 2u);
  EXPECT_EQ(run.splits[0].split, "validation");
  EXPECT_THAT(run.splits[1].column(&TraceRow::i_xt_bits), ElementsAre(2, 9, 7, 5, 4));
  EXPECT_EQ(run.splits[0].rows[3].symbols, 80);
  ASSERT_EQ(run.find("train")->class_rows.size(), 1u);
  EXPECT_EQ(run.find("train")->class_rows[0].accuracy, 0.25);
  ASSERT_EQ(run.find("validation")->layer_rows.size(), 1u);
  EXPECT_EQ(run.find("validation")->layer_rows[0].layer, "dense-1");
  EXPECT_EQ(run.find("test"), nullptr);
}

TEST_F(RunRecordTest, NotesWhatIsMissingOrOdd) {
  RunFiles files(folder_, "odd");
  files.write("metrics.csv", std::string(kMetricsHeader) +
                                 "0,0,validation,1,0.1,nan,1,3.3,8,2,1020,4\n" + "50,0.1,vali");
  files.write("run.json", R"({"status":"running","version":"0.0.1"})");
  const RunRecord run = read_run(files.path());
  EXPECT_THAT(run.warnings, Contains(HasSubstr("not finished")));
  EXPECT_THAT(run.notes, Contains(HasSubstr("no per_class.csv")));
  EXPECT_THAT(run.warnings, Contains(HasSubstr("metrics.csv:3: the last line is torn")));
  EXPECT_THAT(run.notes, Contains(HasSubstr("written by infoplane 0.0.1")));
  EXPECT_THAT(run.notes, Contains(HasSubstr("one sample only")));
  EXPECT_THAT(run.warnings, Contains(HasSubstr("Up to 4 rows")));
  EXPECT_THAT(run.warnings, Contains(HasSubstr("1 of 1 samples")));
  EXPECT_EQ(run.label, "odd");
  EXPECT_EQ(run.seed, std::nullopt);

  const RunRecord trace = read_run(files.path() / "metrics.csv");  // a trace alone
  EXPECT_THAT(trace.notes, Contains(HasSubstr("no run.json")));
  files.write("metrics.csv", kMetricsHeader);
  EXPECT_THAT(read_run(files.path()).warnings, Contains(HasSubstr("no sample")));
  files.write("run.json", R"({"status":"failed","reason":"disk full"})");
  EXPECT_THAT(read_run(files.path()).warnings, Contains(HasSubstr("failed, disk full")));
}

TEST_F(RunRecordTest, ATraceOfAnotherToolMayLackTheLoss) {
  const RunFiles files(folder_, "other");
  const std::string rest = "i_xt_bits,i_ty_bits,h_y_bits,accuracy,n\n";
  files.write("trace.csv", "step,epoch," + rest + "0,0,2,1,3.3,0.1,9\n1,1,2,1,3.3,0.2,9\n");
  EXPECT_THAT(read_run(files.path() / "trace.csv").warnings, IsEmpty());
  files.write("trace.csv",
              "step,epoch,loss_nats," + rest + "0,0,1,2,1,3.3,0.1,9\n1,1,nan,2,1,3.3,0.2,9\n");
  EXPECT_THAT(read_run(files.path() / "trace.csv").warnings,
              ElementsAre(HasSubstr("1 of 2 samples")));
}

TEST_F(RunRecordTest, SplitsWithSamplesComeInOneOrder) {
  const auto run = [](const std::vector<std::string>& splits) {
    RunRecord record;
    for (const std::string& split : splits) {
      record.splits.push_back({split, std::vector<TraceRow>(split == "empty" ? 0 : 1), {}, {}});
    }
    return record;
  };
  EXPECT_THAT(splits_of({run({"test", "train", "empty"}), run({"validation", "test", "other"})}),
              ElementsAre("validation", "train", "test", "other"));
}

TEST_F(RunRecordTest, OfASampleWithoutRowsNothingIsKnown) {
  const RunFiles files = seed_run(folder_, 1, 9.0);
  files.write("metrics.csv", std::string(kMetricsHeader) +
                                 "0,0,validation,2.3,0.1,2,1,3.3,80,20,1000,0\n"
                                 "10,1,validation,0,0,0,0,0,0,0,0,1000\n");
  const std::vector<TraceRow> rows = read_run(files.path()).find("validation")->rows;
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].i_xt_bits, 2.0);
  for (const double unknown : {rows[1].loss_nats, rows[1].accuracy, rows[1].i_xt_bits,
                               rows[1].i_ty_bits, rows[1].h_y_bits}) {
    EXPECT_TRUE(std::isnan(unknown));
  }
}

TEST_F(RunRecordTest, SettingsAreAsShortAsTheyWereWritten) {
  const RunFiles files = seed_run(folder_, 1, 9.0);
  files.write("config.toml", "model = \"fc-3\"\nlr = 0.03\nepochs = 5\npin = false\n");
  const RunRecord run = read_run(files.path());
  EXPECT_EQ(run.settings.at("lr"), "0.03");
  EXPECT_EQ(run.settings.at("epochs"), "5");
  EXPECT_EQ(run.settings.at("pin"), "false");
}

TEST(RunTrace, APlaneHasTheBoundsOfItsSplits) {
  std::vector<TraceRow> trace(2);
  trace[0].split = "train";
  trace[0].n = 1024;
  trace[0].h_y_bits = 2.0;
  trace[1].split = "validation";
  trace[1].n = 256;
  trace[1].h_y_bits = 3.0;
  const PlaneFigure figure = plane_of("", trace);
  EXPECT_EQ(figure.paths.size(), 2u);
  ASSERT_EQ(figure.ceilings.size(), 2u);
  EXPECT_EQ(figure.ceilings[1].bits, 8.0);
  EXPECT_EQ(figure.ceilings[1].split, "validation");
  EXPECT_EQ(figure.i_xt_ceiling_bits(), 10.0);
  EXPECT_EQ(figure.h_y_bits, 3.0);
}

TEST_F(RunRecordTest, RefusesDamagedFilesByName) {
  const RunFiles files = seed_run(folder_, 1, 9.0);
  const auto refused = [&](const std::string& name, const std::string& text,
                           const std::string& part) {
    const std::string good = name == "metrics.csv" ? two_phases(9.0) : "";
    files.write(name, text);
    expect_error<DataError>([&] { read_run(files.path()); }, {name, part});
    std::filesystem::remove(files.path() / name);
    if (!good.empty()) {
      files.write(name, good);
    }
  };
  refused("metrics.csv", "step,epoch\n0,0\n", "lacks i_xt_bits, i_ty_bits, h_y_bits, accuracy, n");
  refused("metrics.csv", std::string(kMetricsHeader) + "0,x\n", ":2");
  refused("metrics.csv", std::string(kMetricsHeader) + "0,0,validation,1,93.5,2,1,3,8,2,9,0\n",
          ":2: accuracy is '93.5', expected 0 to 1");
  const std::string later = "50,1,validation,1,0.5,2,1,3,8,2,9,0\n";
  refused("metrics.csv",
          kMetricsHeader + later + "0,0,train,1,0.5,2,1,3,8,2,9,0\n" + later +
              "49,1,validation,1,0.5,2,1,3,8,2,9,0\n",
          ":5: step is '49', expected 50 or more");
  refused("run.json", "[1]", "no JSON object");
  refused("config.toml", "seed = 1\nlr = \n", ":2");
  refused("config.toml", std::string(200, '.'), "dots");
  refused("per_class.csv", "step,split\n0,validation\n", "class");
  expect_error<DataError>([&] { read_run(folder_ / "nothing"); }, {"nothing", "no such file"});
}

TEST_F(RunRecordTest, NamesRunsThatAreInAFolder) {
  const RunFiles empty(folder_, "a folder");
  expect_error<DataError>([&] { read_run(empty.path()); },
                          {"a folder without a run's metrics.csv", "name the folder of a run"});
  for (const char* name : {"a folder/c", "a folder/a", "a folder/d", "a folder/b"}) {
    RunFiles(folder_, name).write("metrics.csv", kMetricsHeader);
  }
  expect_error<DataError>([&] { read_run(empty.path()); },
                          {"a folder/a, ", "a folder/b, ", "a folder/c, ..."});
}

}  // namespace
}  // namespace infoplane::test
