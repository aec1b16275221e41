// `infoplane report` and `infoplane figure` as a user meets them.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/program.h"

namespace infoplane::test {
namespace {

using testing::HasSubstr;

constexpr char kMetrics[] =
    "step,epoch,split,loss_nats,accuracy,i_xt_bits,i_ty_bits,h_y_bits,n\n"
    "0,0,validation,2.3,0.1,5,0.5,3.3,1024\n50,1,validation,0.5,0.8,9,2,3.3,1024\n"
    "100,2,validation,0.3,0.9,4,3,3.3,1024\n";

class ReportCommand : public testing::Test {
 protected:
  std::string run() const {
    folder_.write("run/metrics.csv", text_bytes(kMetrics));
    return (folder_ / "run").string();
  }
  TemporaryFolder folder_;
};

TEST_F(ReportCommand, WritesOnePageIntoTheRun) {
  const ProgramResult result = run_program({"report", run()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("run/report.html"));
  EXPECT_THAT(read_file(folder_ / "run" / "report.html"), HasSubstr("<!doctype html>"));
  const std::string elsewhere = (folder_ / "page.html").string();
  EXPECT_EQ(run_program({"report", run(), "--out", elsewhere}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(elsewhere));
}

TEST_F(ReportCommand, PrintsItsDataAsJson) {
  const ProgramResult result = run_program({"report", run(), "--json", "--window", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto data = nlohmann::json::parse(result.out);
  EXPECT_EQ(data["runs"][0]["splits"][0]["i_xt_bits"], nlohmann::json({5, 9, 4}));
  EXPECT_EQ(data["rule"]["window"], 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run" / "report.html"));
  const std::string file = (folder_ / "both.html").string();
  EXPECT_EQ(run_program({"report", run(), "--json", "--window", "1", "--out", file}).out,
            result.out);
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(ReportCommand, PrintsJsonOfANameThatIsNoUtf8) {
  run();
  const std::filesystem::path odd = folder_ / "odd\xff";
  std::filesystem::rename(folder_ / "run", odd);
  const ProgramResult result = run_program({"report", odd.string(), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(nlohmann::json::parse(result.out)["runs"][0]["path"].get<std::string>(),
              testing::EndsWith("odd\xef\xbf\xbd"));
}

TEST_F(ReportCommand, DrawsAFigure) {
  const std::string file = (folder_ / "plane.pdf").string();
  const ProgramResult result =
      run_program({"figure", "plane", run(), "--out", file, "--width", "85", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(nlohmann::json::parse(result.out)["paths"][0]["step"], nlohmann::json({0, 50, 100}));
  EXPECT_THAT(read_file(file), testing::StartsWith("%PDF"));
}

TEST_F(ReportCommand, AFiguresOptionsChangeIt) {
  const std::string file = (folder_ / "figure.svg").string();
  const auto figure = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"figure", "loss", run(), "--out", file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = run_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out + read_file(file);
  };
  const std::string plain = figure({});
  EXPECT_THAT(figure({"--height", "60"}),
              testing::AllOf(HasSubstr("160 x 60 mm"), HasSubstr("height=\"170.07")));  // points
  EXPECT_THAT(figure({"--title", "My loss"}), HasSubstr("<title>My loss</title>"));
  EXPECT_NE(figure({"--linear"}), plain);
  EXPECT_NE(figure({"--smooth", "3"}), plain);
  EXPECT_EQ(figure({"--smooth", "1"}), plain);
}

TEST_F(ReportCommand, AFigureSaysWhatItCannotTellApart) {
  std::string rows = "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy\n";
  for (int c = 0; c < 21; ++c) {
    rows += "0,validation," + std::to_string(c) + ",10,9,3,0.5,0.25\n";
  }
  const std::string folder = run();
  folder_.write("run/per_class.csv", text_bytes(rows));
  const ProgramResult result =
      run_program({"figure", "class-paths", folder, "--out", (folder_ / "paths.svg").string()});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err,
            "infoplane: warning: figure class-paths: 21 paths, but looks for 20: the others repeat "
            "them\n");
  EXPECT_EQ(run_program({"figure", "class-paths", folder, "--json"}).err, result.err);
}

TEST_F(ReportCommand, AFiguresFileIsCheckedBeforeItsRunsAreRead) {
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"plane.gif"},
                                                {"plane.svg", "--width", "20"},
                                                {"plane.svg", "--height", "2000"}}) {
    std::vector<std::string> arguments = {"figure", "plane", "/no/such", "--out"};
    arguments.insert(arguments.end(), wrong.begin(), wrong.end());
    expect_one_line(run_program(arguments), 2, {"figure: "});
  }
}

TEST_F(ReportCommand, AFigureOfATraceWithoutASampleLacksData) {
  folder_.write("empty/metrics.csv",
                text_bytes("step,epoch,accuracy,i_xt_bits,i_ty_bits,h_y_bits,n\n"));
  for (const char* panel : {"plane", "loss", "inversions", "classes", "layers"}) {
    expect_one_line(run_program({"figure", panel, (folder_ / "empty").string(), "--json"}), 3,
                    {"figure"});
  }
}

TEST_F(ReportCommand, WrongUseIsOneLine) {
  expect_one_line(run_program({"report"}), 2, {"runs"});
  expect_one_line(run_program({"report", "/no/such"}), 3, {"/no/such"});
  expect_one_line(run_program({"report", run(), "--window", "4"}), 2, {"window of 4"});
  expect_one_line(run_program({"report", run(), "--out", run() + "/metrics.csv"}), 2,
                  {"metrics.csv: a report is HTML"});
  expect_one_line(run_program({"report", run(), "--out", "/no/such/folder/page.html"}), 1,
                  {"/no/such/folder/page.html"});
  expect_one_line(run_program({"figure", "plan", run(), "--json"}), 2, {"did you mean 'plane'"});
  expect_one_line(run_program({"figure", run(), "plane", "--json"}), 2,
                  {"the panel comes first", "infoplane figure plane " + run()});
  expect_one_line(run_program({"report", folder_.path().string()}), 3,
                  {"without a run's metrics.csv", run()});
  expect_one_line(run_program({"figure", "plane", run()}), 2, {"--out"});
  expect_one_line(run_program({"figure", "plane", run(), "--out", "plane.gif"}), 2, {".svg"});
  const std::string small = (folder_ / "small.svg").string();
  expect_one_line(
      run_program({"figure", "plane", run(), "--out", small, "--width", "40", "--height", "40"}), 2,
      {"figure plane", "no room at 40 x 40 mm", "--width"});
  EXPECT_FALSE(std::filesystem::exists(small));
}

}  // namespace
}  // namespace infoplane::test
