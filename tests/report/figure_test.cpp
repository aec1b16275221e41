#include "report/figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "tests/report/run_files.h"
#include "tests/support/errors.h"

namespace infoplane::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class FigureTest : public testing::Test {
 protected:
  FigureTest() {
    for (int seed = 1; seed <= 2; ++seed) {
      const RunFiles files = seed_run(folder_, seed, 8.0 + seed, 0.1, true);
      files.write("per_class.csv",
                  "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy\n"
                  "0,validation,0,512,10,2,0.1,0.5\n0,validation,1,512,10,2,0.1,0.5\n"
                  "200,validation,0,512,10,4,0.8,0.9\n200,validation,1,512,10,4,0.9,0.8\n");
      files.write("layers.csv",
                  "step,epoch,split,layer,units,i_xt_bits,i_ty_bits\n"
                  "0,0,validation,dense-1,256,9,2\n0,0,validation,dense-2,64,8,2\n"
                  "200,4,validation,dense-1,256,7,3\n200,4,validation,dense-2,64,6,3\n");
      runs_.push_back(read_run(files.path()));
    }
  }

  static Figure figure(const std::vector<RunRecord>& runs, const std::string& panel) {
    FigureOptions options;
    options.panel = panel;
    options.lines.rule = {1, 0.25};
    return make_figure(runs, options);
  }
  std::string bytes(const Figure& figure, const std::string& name, double width = 160.0,
                    double height = 110.0) const {
    write_figure(figure, folder_ / name, width, height);
    std::ostringstream text;
    text << std::ifstream(folder_ / name, std::ios::binary).rdbuf();
    return text.str();
  }

  TemporaryFolder folder_;
  std::vector<RunRecord> runs_;
};

TEST_F(FigureTest, EveryPanelIsDrawnInEveryFormat) {
  for (const std::string& panel : figure_panels()) {
    SCOPED_TRACE(panel);
    const Figure one = figure({runs_.front()}, panel);
    EXPECT_EQ(one.data["panel"], panel);
    EXPECT_THAT(bytes(one, panel + ".svg"), AllOf(HasSubstr("<title>"), HasSubstr("<text")));
    EXPECT_THAT(bytes(one, panel + ".pdf"), StartsWith("%PDF"));
    EXPECT_THAT(bytes(one, panel + ".png"), StartsWith("\x89PNG"));
  }
}

TEST_F(FigureTest, HasTheStatedSize) {
  const std::string svg = bytes(figure(runs_, "loss"), "loss.svg", 85.0, 60.0);
  const auto number = [&](const std::string& name) {
    return std::stod(svg.substr(svg.find(name + "=\"") + name.size() + 2));
  };
  EXPECT_NEAR(number(" width"), 85.0 * 72.0 / 25.4, 1.0);
  EXPECT_NEAR(number(" height"), 60.0 * 72.0 / 25.4, 1.0);
  const std::string png = bytes(figure(runs_, "loss"), "loss.png", 85.0, 60.0);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(png[i]); };
  EXPECT_NEAR(byte(18) * 256 + byte(19), 85.0 / 25.4 * 300.0, 1.0);
  EXPECT_NEAR(byte(22) * 256 + byte(23), 60.0 / 25.4 * 300.0, 1.0);
}

TEST_F(FigureTest, TextIsTextAndFontsAreInside) {
  const Figure plane = figure(runs_, "plane");
  EXPECT_THAT(bytes(plane, "plane.svg"),
              AllOf(HasSubstr(">I(X;T) [bits]</text>"), HasSubstr(">validation</text>"),
                    HasSubstr(">transition</text>"), HasSubstr(">95% interval</text>"),
                    Not(HasSubstr("<symbol"))));
  EXPECT_THAT(bytes(plane, "plane.pdf"), HasSubstr("/FontFile"));
}

TEST_F(FigureTest, AShortRunHasStepsOnItsAxis) {
  for (auto& row : runs_[0].splits.front().rows) {
    row.step /= 50;
  }
  runs_[0].splits.resize(1);
  EXPECT_THAT(bytes(figure({runs_[0]}, "accuracy"), "accuracy.svg"),
              AllOf(HasSubstr(">0</text>"), HasSubstr(">1</text>"), HasSubstr(">2</text>"),
                    HasSubstr(">3</text>"), HasSubstr(">4</text>"), Not(HasSubstr(">10</text>"))));
}

TEST_F(FigureTest, SeedsBecomeAMeanWithAnInterval) {
  const Figure mean = figure(runs_, "ixt");
  ASSERT_EQ(mean.data["curves"].size(), 2u);  // one a split
  EXPECT_EQ(mean.data["curves"][0]["i_xt_bits"], Json({2.0, 9.5, 7.0, 5.0, 4.0}));
  EXPECT_NEAR(mean.data["curves"][0]["i_xt_bits_half_width"][1].get<double>(), 12.7062 / 2.0, 1e-3);
  FigureOptions options;
  options.panel = "ixt";
  options.lines.each_seed = true;
  options.lines.split = "train";
  const Figure each = make_figure(runs_, options);
  ASSERT_EQ(each.data["curves"].size(), 2u);
  EXPECT_EQ(each.data["curves"][1]["label"], "seed 2");
  EXPECT_EQ(each.data["curves"][1]["i_xt_bits"][1], 10.0);
  EXPECT_FALSE(each.data["curves"][1].contains("i_xt_bits_half_width"));
  EXPECT_EQ(figure(runs_, "plane").data["paths"][0]["transition"], 50);
}

TEST_F(FigureTest, SmoothingLeavesATransitionAsItWasMeasured) {
  FigureOptions options;
  options.panel = "plane";
  options.lines.rule = {1, 0.25};
  options.lines.smooth = 3;
  const Json path = make_figure(runs_, options).data["paths"][0];
  EXPECT_EQ(path["transition"], 50);
  EXPECT_EQ(path["i_xt_bits"][1], 9.5);
  EXPECT_NEAR(path["i_xt_bits"][2].get<double>(), (9.5 + 7.0 + 5.0) / 3.0, 1e-9);
  EXPECT_NEAR(path["i_xt_bits_half_width"][1].get<double>(), 12.7062 / 2.0, 1e-3);
}

TEST_F(FigureTest, ClassesAreThoseOfTheLastSample) {
  const Json classes = figure(runs_, "classes").data["classes"];
  ASSERT_EQ(classes.size(), 2u);
  EXPECT_EQ(classes[1]["name"], "dog");
  EXPECT_DOUBLE_EQ(classes[1]["i_xt_share_of_h_x"], 0.4);
  EXPECT_DOUBLE_EQ(classes[1]["accuracy"], 0.8);
  EXPECT_EQ(classes[1]["runs"], 2);
  RunFiles(folder_, runs_[0].path.filename().string())
      .write("per_class.csv",
             "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy\n"
             "200,validation,0,0,0,0,0,0\n200,validation,1,512,10,4,0.9,0.8\n");
  const Json empty = figure({read_run(runs_[0].path)}, "classes").data["classes"];
  EXPECT_FALSE(std::isfinite(empty[0]["accuracy"].get<double>()));
  EXPECT_DOUBLE_EQ(empty[1]["accuracy"], 0.8);
}

TEST_F(FigureTest, LayersOfSeveralRunsAreTheirMeanWhereAllHaveASample) {
  RunFiles(folder_, runs_.back().path.filename().string())
      .write("layers.csv",
             "step,epoch,split,layer,units,i_xt_bits,i_ty_bits\n"
             "0,0,validation,dense-1,256,11,2\n0,0,validation,dense-2,64,8,2\n"
             "50,1,validation,dense-1,256,10,2\n"
             "200,4,validation,dense-1,256,8,1\n200,4,validation,dense-2,64,6,3\n");
  const Json paths = figure({runs_.front(), read_run(runs_.back().path)}, "layers").data["paths"];
  ASSERT_EQ(paths.size(), 2u);
  EXPECT_EQ(paths[0]["label"], "dense-1 (256)");
  EXPECT_EQ(paths[0]["epoch"], Json({0.0, 4.0}));
  EXPECT_EQ(paths[0]["i_xt_bits"], Json({10.0, 7.5}));
  EXPECT_EQ(paths[0]["i_ty_bits"], Json({2.0, 2.0}));
}

TEST_F(FigureTest, FindsTheNearestSample) {
  EXPECT_EQ(nearest_sample({0.0, 1.0, 2.0}, -1.0), 0u);
  EXPECT_EQ(nearest_sample({0.0, 1.0, 2.0}, 0.4), 0u);
  EXPECT_EQ(nearest_sample({0.0, 1.0, 2.0}, 0.6), 1u);
  EXPECT_EQ(nearest_sample({0.0, 1.0, 2.0}, 9.0), 2u);
}

TEST_F(FigureTest, RefusesWhatItCannotDraw) {
  const auto refuse = [&](const auto& call, const std::vector<std::string>& parts) {
    expect_error<UsageError>(call, parts);
  };
  refuse([&] { figure(runs_, "plain"); }, {"'plain'", "'plane'"});
  refuse([&] { figure(runs_, "class-paths"); }, {"one run"});
  refuse([&] { write_figure(figure(runs_, "loss"), folder_ / "a.gif", 100, 80); }, {".pdf"});
  refuse([&] { write_figure(figure(runs_, "loss"), folder_ / "a.svg", 3, 80); }, {"3 x 80 mm"});
  std::vector<RunRecord> bare = {read_run(seed_run(folder_, 9, 9.0, 0.7).path())};
  const std::vector<RunRecord> mixed = {runs_[0], bare[0]};
  refuse([&] { figure(mixed, "layers"); }, {"one configuration", "these are 2"});
  refuse([&] { figure(mixed, "classes"); }, {"one configuration"});
  const auto with = [&](const std::string& panel, const auto& set) {
    FigureOptions options;
    options.panel = panel;
    set(options);
    make_figure(runs_, options);
  };
  refuse([&] { with("layers", [](FigureOptions& o) { o.lines.each_seed = true; }); },
         {"figure layers: --each-seed"});
  refuse([&] { with("classes", [](FigureOptions& o) { o.lines.smooth = 3; }); }, {"--smooth"});
  refuse([&] { with("plane", [](FigureOptions& o) { o.linear_steps = true; }); }, {"--linear"});
  refuse([&] { figure(bare, "layers"); }, {"no layers.csv"});
  refuse([&] { figure(bare, "classes"); }, {"per_class.csv"});
  FigureOptions options;
  options.panel = "loss";
  options.lines.split = "test";
  refuse([&] { make_figure(bare, options); }, {"'test'", "--split"});
}

TEST_F(FigureTest, DrawsAGapForWhatIsNotFinite) {
  runs_.resize(1);
  runs_[0].splits[0].rows[2].loss_nats = std::nan("");
  EXPECT_THAT(bytes(figure(runs_, "loss"), "gap.svg"), Not(HasSubstr("nan")));
  EXPECT_TRUE(figure(runs_, "loss").data["curves"][0]["loss_nats"].is_array());
}

}  // namespace
}  // namespace infoplane::test
