#include "report/figure.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <set>

#include "core/error.h"
#include "report/canvas.h"
#include "tests/support/errors.h"
#include "tests/support/run_files.h"

namespace infoplane::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing::ThrowsMessage;

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
    if (panel == "plane") {
      options.lines.rule = {1, 0.25};
    }
    return make_figure(runs, options);
  }
  std::string bytes(const Figure& figure, const std::string& name, double width = 160.0,
                    double height = 110.0) const {
    write_figure(figure, folder_ / name, width, height);
    std::ostringstream text;
    text << std::ifstream(folder_ / name, std::ios::binary).rdbuf();
    return text.str();
  }

  /// Runs that differ in their learning rates: 0.01, 0.02, ...
  std::vector<RunRecord> configurations(int count) const {
    std::vector<RunRecord> runs;
    for (int i = 1; i <= count; ++i) {
      runs.push_back(read_run(seed_run(folder_, 1, 9.0, 0.01 * i).path()));
    }
    return runs;
  }
  RunRecord with_classes(int count) const {
    const RunFiles files = seed_run(folder_, 3, 9.0);
    std::string rows = "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy\n";
    for (int step = 0; step <= 200; step += 200) {
      for (int c = 0; c < count; ++c) {
        rows += fmt::format("{},validation,{},10,9,{},0.5,0.25\n", step, c, 2 + step / 100);
      }
    }
    files.write("per_class.csv", rows);
    return read_run(files.path());
  }

  /// Runs of this seed and configuration, each in a folder of its own.
  std::vector<RunRecord> of_one_seed(int seed, int count) const {
    std::vector<RunRecord> runs;
    for (int i = 0; i < count; ++i) {
      const RunFiles files(folder_, fmt::format("device-{}-seed-{}", i, seed));
      files.write("metrics.csv", two_phases(8.0 + i)).write("config.toml", config_toml(seed));
      runs.push_back(read_run(files.path()));
    }
    return runs;
  }

  TemporaryFolder folder_;
  std::vector<RunRecord> runs_;
};

/// A text of an SVG: its anchor, in points of the page, and how it lies there.
struct PlacedText {
  double x = 0.0, y = 0.0, size = 0.0;
  std::string anchor, text;
};

std::vector<PlacedText> texts_of(const std::string& svg) {
  const std::regex element(
      "<text transform=\"matrix\\([-0-9.]+ [-0-9.]+ [-0-9.]+ [-0-9.]+ ([-0-9.]+) "
      "([-0-9.]+)\\)\"[^>]*"
      "font-size=\"([0-9.]+)\"[^>]*text-anchor=\"(\\w+)\"[^>]*>([^<]*)</text>");
  std::vector<PlacedText> texts;
  for (std::sregex_iterator found(svg.begin(), svg.end(), element), end; found != end; ++found) {
    texts.push_back({std::stod((*found)[1]), std::stod((*found)[2]), std::stod((*found)[3]),
                     (*found)[4], (*found)[5]});
  }
  return texts;
}

PlacedText text_of(const std::string& svg, const std::string& wanted) {
  const std::vector<PlacedText> texts = texts_of(svg);
  const auto found = std::ranges::find(texts, wanted, &PlacedText::text);
  EXPECT_NE(found, texts.end()) << wanted;
  return found == texts.end() ? PlacedText{} : *found;
}

/// Of a drawing's points: what a figure has of them on its page.
constexpr double kScale = 8.0 / 12.0;

/// The dashes of an SVG's lines of curves, as often as they are there.
std::map<std::string, int> dashes_of(const std::string& svg) {
  std::map<std::string, int> dashes;
  const std::regex line("stroke-width:1.8;[^>]*stroke:(rgb[^;]*);[^>]*");
  const std::regex pattern("stroke-dasharray:([^;]*);");
  for (std::sregex_iterator found(svg.begin(), svg.end(), line), end; found != end; ++found) {
    const std::string style = (*found)[0];
    std::smatch dash;
    ++dashes[(*found)[1].str() + " " +
             (std::regex_search(style, dash, pattern) ? dash[1].str() : "solid")];
  }
  return dashes;
}

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
  EXPECT_THAT(svg, ContainsRegex("<svg [^>]*width=\"[0-9.]+pt\" height=\"[0-9.]+pt\""));
  const std::string png = bytes(figure(runs_, "loss"), "loss.png", 85.0, 60.0);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(png[i]); };
  EXPECT_NEAR(byte(18) * 256 + byte(19), 85.0 / 25.4 * 300.0, 1.0);
  EXPECT_NEAR(byte(22) * 256 + byte(23), 60.0 / 25.4 * 300.0, 1.0);
}

TEST_F(FigureTest, APngSaysItsResolution) {
  const std::string png = bytes(figure(runs_, "loss"), "loss.png");
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      value = value << 8u | static_cast<unsigned char>(png[at + i]);
    }
    return value;
  };
  std::map<std::string, std::size_t> places;  // of the chunks
  for (std::size_t at = 8; at + 12 <= png.size(); at += 12 + number(at)) {
    places.emplace(png.substr(at + 4, 4), at);
  }
  ASSERT_EQ(places.count("pHYs"), 1u);
  EXPECT_LT(places["pHYs"], places["IDAT"]);
  const std::size_t at = places["pHYs"];
  EXPECT_EQ(number(at), 9u);
  EXPECT_EQ(number(at + 8), 11811u);
  EXPECT_EQ(number(at + 12), 11811u);
  EXPECT_EQ(png[at + 16], 1);               // a metre
  EXPECT_EQ(number(at + 17), 0x78A53F76u);  // its CRC-32
}

TEST_F(FigureTest, RunsOfOneSeedAreDrawnEachAndNamed) {
  const std::vector<RunRecord> two = of_one_seed(1, 2);
  for (const char* panel : {"ixt", "plane"}) {
    const Json drawn = figure(two, panel).data;
    const Json& lines = drawn.contains("curves") ? drawn["curves"] : drawn["paths"];
    ASSERT_EQ(lines.size(), 2u) << panel;
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(lines[i]["label"], fmt::format("seed 1 ({})", two[i].path.string()));
      EXPECT_EQ(lines[i]["i_xt_bits"][1], 8.0 + static_cast<double>(i));
    }
  }
  EXPECT_EQ(dashes_of(bytes(figure(two, "ixt"), "two.svg")).size(), 2u);  // colours
  EXPECT_TRUE(figure(two, "ixt").warnings.empty());
}

TEST_F(FigureTest, RunsThatRepeatASeedAreNotInTheMeanAndNamed) {
  std::vector<RunRecord> three = of_one_seed(1, 2);
  three.push_back(of_one_seed(2, 1).front());
  const Figure mean = figure(three, "ixt");
  ASSERT_EQ(mean.data["curves"].size(), 1u);
  EXPECT_EQ(mean.data["curves"][0]["i_xt_bits"][1], 8.0);
  EXPECT_THAT(mean.warnings,
              ElementsAre(AllOf(HasSubstr("the first run of each seed"),
                                HasSubstr("without " + three[1].path.string() + "."))));
  FigureOptions options;
  options.panel = "ixt";
  options.lines.each_seed = true;
  const Json each = make_figure(three, options).data["curves"];
  ASSERT_EQ(each.size(), 3u);
  EXPECT_EQ(each[1]["label"], fmt::format("seed 1 ({})", three[1].path.string()));
  EXPECT_EQ(each[2]["label"], "seed 2");
}

TEST_F(FigureTest, APanelOfOneConfigurationSaysWhichRunOfASeedItShows) {
  std::vector<RunRecord> runs(2, runs_[0]);
  runs[1].path = "elsewhere";
  for (const char* panel : {"classes", "layers"}) {
    EXPECT_THAT(figure(runs, panel).warnings,
                ElementsAre(AllOf(HasSubstr("2 runs of one seed"),
                                  HasSubstr(runs[0].path.string() + " is drawn"))));
  }
}

TEST_F(FigureTest, EverySplitHasALookOfItsOwn) {
  const auto with_splits = [&](const std::vector<std::string>& splits) {
    std::vector<RunRecord> run = {runs_[0]};
    run[0].splits.resize(1);
    for (const std::string& split : splits) {
      run[0].splits.push_back(run[0].splits.front());
      run[0].splits.back().split = split;
    }
    return run;
  };
  const auto looks = [&](const std::vector<RunRecord>& run, const std::string& split = "") {
    FigureOptions options;
    options.panel = "loss";
    options.lines.split = split;
    std::set<std::string> result;
    for (const auto& [look, count] : dashes_of(bytes(make_figure(run, options), "splits.svg"))) {
      result.insert(look);
    }
    return result;
  };
  const std::set<std::string> usual = looks(with_splits({"train"}));
  EXPECT_THAT(usual, ElementsAre(ContainsRegex("^rgb\\(0%.* solid$"),
                                 ContainsRegex("^rgb\\(83.5%.* 6,3.5$")));
  const std::vector<RunRecord> four = with_splits({"train", "test", "other"});
  const std::set<std::string> all = looks(four);
  EXPECT_EQ(all.size(), 4u);
  EXPECT_TRUE(std::ranges::includes(all, usual));
  std::set<std::string> dashes;
  for (const std::string& look : all) {
    dashes.insert(look.substr(look.rfind(' ')));
  }
  EXPECT_EQ(dashes.size(), 4u);
  const std::set<std::string> alone = looks(four, "test");  // as beside the others
  EXPECT_EQ(alone.size(), 1u);
  EXPECT_TRUE(std::ranges::includes(all, alone));
  std::vector<RunRecord> test_only = with_splits({"test"});
  test_only[0].splits.erase(test_only[0].splits.begin());
  EXPECT_THAT(looks(test_only), ElementsAre(*usual.begin()));
}

TEST_F(FigureTest, AValueBesideAShortBarHasRoom) {
  const RunFiles files = seed_run(folder_, 3, 9.0);
  std::string rows = "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy\n";
  for (int c = 0; c < 8; ++c) {  // about as long as a bar that its value does not fit into
    const double part = 0.7 + 0.02 * c;
    rows += fmt::format("0,validation,{},10,10,{},{},{}\n", c, 10 * part, part, part);
  }
  files.write("per_class.csv", rows)
      .write("run.json", R"({"status":"done","data":{"class_names":["automobile"]}})");
  const Figure drawn = figure({read_run(files.path())}, "classes");
  double widest = 0.0;
  draw::draw_svg({9.0, 9.0}, 1.0, [&](draw::Canvas& canvas) {
    widest = kScale * canvas.text_width("0.300", {.size = 11.0});
  });
  int outside = 0;
  for (const double width : {80.0, 90.0, 160.0}) {
    const std::string svg = bytes(drawn, "bars.svg", width, 90.0);
    const double ends[] = {text_of(svg, "I(T;Y) [bits]").x, text_of(svg, "accuracy").x,
                           width * 72.0 / 25.4};
    for (const PlacedText& text : texts_of(svg)) {
      if (text.text.starts_with("0.") && text.anchor == "start" && text.text.size() > 3) {
        const auto end = std::ranges::find_if(ends, [&](double x) { return x > text.x; });
        EXPECT_LT(text.x + (text.text.size() == 5 ? widest : 0.8 * widest), *end) << width << " mm";
        ++outside;
      }
    }
  }
  EXPECT_GT(outside, 0);
  EXPECT_THROW(bytes(drawn, "none.svg", 70.0, 90.0), UsageError);
}

TEST_F(FigureTest, ALogarithmicAxisHasNoLabelOverAnother) {
  for (SplitRecord& split : runs_[0].splits) {
    for (TraceRow& row : split.rows) {
      row.step *= 100;
    }
  }
  const Figure loss = figure({runs_[0]}, "loss");
  EXPECT_THAT(bytes(loss, "wide.svg"), AllOf(HasSubstr(">10</text>"), HasSubstr(">100</text>")));
  EXPECT_THAT(
      bytes(loss, "narrow.svg", 46.0, 60.0),
      AllOf(HasSubstr(">0</text>"), Not(HasSubstr(">10</text>")), HasSubstr(">100</text>")));
}

TEST_F(FigureTest, ABoundsNameStaysInsideThePlot) {
  for (const double height : {50.0, 60.0, 80.0, 110.0}) {
    const std::string svg = bytes(figure({runs_[0]}, "plane"), "plane.svg", 100.0, height);
    const double top = text_of(svg, "epoch").y + 12.0 * kScale;
    EXPECT_GE(text_of(svg, "H(Y) = 3.30").y - 9.0 * kScale, top - 0.1) << height;
  }
  for (auto& row : runs_[0].splits.front().rows) {  // an estimate may pass the bound
    row.i_ty_bits = 3.29 + 2.0 * row.epoch;
  }
  runs_[0].splits.resize(1);
  const std::string svg = bytes(figure({runs_[0]}, "ity"), "ity.svg");
  const double bottom = text_of(svg, "0").y - 19.0 * kScale;
  EXPECT_LT(text_of(svg, "H(Y) = 3.30").y, bottom);
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

TEST_F(FigureTest, NeedsRoomForThePlotBesideLegendAndLabels) {
  const std::vector<RunRecord> many = configurations(16);
  const auto draw = [&](const std::vector<RunRecord>& runs, const std::string& panel, double width,
                        double height) {
    write_figure(figure(runs, panel), folder_ / "small.svg", width, height);
  };
  for (const char* panel : {"plane", "loss", "inversion-samples"}) {
    SCOPED_TRACE(panel);
    expect_error<UsageError>(
        [&] { draw(many, panel, 50.0, 50.0); },
        {std::string("figure ") + panel, "no room at 50 x 50 mm", "--width", "fewer runs"});
    EXPECT_NO_THROW(draw(many, panel, 85.0, 220.0));
  }
  expect_error<UsageError>([&] { draw(many, "inversions", 45.0, 65.0); },
                           {"figure inversions", "no room at 45 x 65 mm"});
  EXPECT_NO_THROW(draw(many, "inversions", 85.0, 65.0));
  for (const char* ending : {".svg", ".pdf", ".png"}) {
    const auto file = folder_ / (std::string("none") + ending);
    EXPECT_THROW(write_figure(figure(many, "plane"), file, 85.0, 65.0), UsageError);
    EXPECT_FALSE(std::filesystem::exists(file));
  }
  EXPECT_THAT([&] { draw({with_classes(100)}, "classes", 85.0, 65.0); },
              ThrowsMessage<UsageError>(EndsWith("take a larger --width or --height")));
  EXPECT_NO_THROW(draw({with_classes(100)}, "classes", 85.0, 130.0));
  EXPECT_THAT([&] { draw({with_classes(100)}, "class-paths", 85.0, 65.0); },
              ThrowsMessage<UsageError>(EndsWith("take a larger --width or --height")));
}

TEST_F(FigureTest, LabelsLeaveOutWhatAllBeginWithAndAreCutToTheirRoom) {
  std::vector<RunRecord> runs = configurations(2);
  EXPECT_THAT(bytes(figure(runs, "loss"), "loss.svg"),
              AllOf(HasSubstr(">lr 0.01</text>"), HasSubstr(">lr 0.02</text>")));
  runs[1].label = "a-model-" + std::string(60, 'x') + " on mnist";
  EXPECT_EQ(figure(runs, "loss").data["curves"][0]["label"], "fc-3 on mnist");
  for (const char* panel : {"loss", "inversions"}) {
    EXPECT_THAT(bytes(figure(runs, panel), "long.svg", 120.0, 80.0),
                AllOf(ContainsRegex(">a-model-x+…x+ on mnist</text>"),
                      Not(HasSubstr(std::string(60, 'x')))))
        << panel;
  }
}

TEST_F(FigureTest, TheMeanOfOneConfigurationSaysOfHowManySeeds) {
  FigureOptions options;
  options.panel = "ity";
  options.lines.split = "validation";
  const std::string svg = bytes(make_figure(runs_, options), "mean.svg");
  EXPECT_NE(svg.find(">mean of 2 seeds</text>"), std::string::npos);
}

TEST_F(FigureTest, FourteenLinesAndTwentyPathsLookDifferent) {
  const Figure fourteen = figure(configurations(14), "loss");
  const std::string svg = bytes(fourteen, "loss.svg", 160.0, 150.0);
  std::set<std::pair<std::string, std::string>> strokes;  // colour and width
  const std::regex line("stroke-width:(1.8|3.6);[^>]*stroke:(rgb[^;]*);");
  for (std::sregex_iterator found(svg.begin(), svg.end(), line), end; found != end; ++found) {
    strokes.emplace((*found)[2], (*found)[1]);
  }
  EXPECT_EQ(strokes.size(), 14u);
  EXPECT_TRUE(fourteen.warnings.empty());
  EXPECT_THAT(figure(configurations(15), "ixt").warnings,
              ElementsAre("figure ixt: 15 lines, but looks for 14: the others repeat them"));
  EXPECT_TRUE(figure(configurations(20), "plane").warnings.empty());
  EXPECT_THAT(figure(configurations(21), "plane").warnings, ElementsAre(HasSubstr("21 paths")));
  EXPECT_THAT(figure({with_classes(21)}, "class-paths").warnings,
              ElementsAre(HasSubstr("figure class-paths: 21 paths")));
}

TEST_F(FigureTest, EachSeedHasAColourOfItsOwnUnlessItsConfigurationHas) {
  const auto colours = [&](const std::vector<RunRecord>& runs) {
    FigureOptions options;
    options.panel = "loss";
    options.lines.each_seed = true;
    options.lines.split = "validation";
    const std::string svg = bytes(make_figure(runs, options), "seeds.svg");
    std::set<std::string> strokes;
    const std::regex line("stroke-width:1.8;[^>]*stroke:(rgb[^;]*);");
    for (std::sregex_iterator found(svg.begin(), svg.end(), line), end; found != end; ++found) {
      strokes.insert((*found)[1]);
    }
    return std::pair(strokes.size(), svg);
  };
  const auto [of_seeds, seeds] = colours(runs_);
  EXPECT_EQ(of_seeds, 2u);
  EXPECT_THAT(seeds, HasSubstr(">seed 2</text>"));
  std::vector<RunRecord> two = configurations(1);
  two.insert(two.end(), runs_.begin(), runs_.end());
  const auto [of_configurations, both] = colours(two);
  EXPECT_EQ(of_configurations, 2u);
  EXPECT_THAT(both, AllOf(HasSubstr(">lr 0.1</text>"), Not(HasSubstr("seed"))));
}

TEST_F(FigureTest, BoundsAreNamed) {
  for (auto& row : runs_[0].splits.front().rows) {
    row.i_ty_bits = 3.0 + 0.05 * static_cast<double>(row.epoch);
  }
  // Away from the end of the curve, which is the part that comes near.
  EXPECT_THAT(bytes(figure({runs_[0]}, "ity"), "ity.svg"),
              ContainsRegex("text-anchor=\"start\"[^>]*>H\\(Y\\) = 3.30</text>"));
  EXPECT_THAT(bytes(figure({runs_[0]}, "layers"), "layers.svg"),
              AllOf(HasSubstr(">log₂ N = 10.00</text>"), HasSubstr(">H(Y) = 3.30</text>"),
                    HasSubstr(">impossible: I(T;Y) &gt; I(X;T)</text>")));
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

TEST_F(FigureTest, SmoothingLeavesATransitionWhereItWasMeasured) {
  FigureOptions options;
  options.panel = "plane";
  options.lines.rule = {1, 0.25};
  options.lines.smooth = 3;
  const Json path = make_figure(runs_, options).data["paths"][0];
  EXPECT_EQ(path["transition"], 50);
  EXPECT_EQ(path["transition_i_xt_bits"], 9.5);
  EXPECT_EQ(path["transition_i_ty_bits"], 1.5);
  EXPECT_NEAR(path["i_xt_bits"][1].get<double>(), (2.0 + 9.5 + 7.0) / 3.0, 1e-9);
  EXPECT_NEAR(path["i_xt_bits"][2].get<double>(), (9.5 + 7.0 + 5.0) / 3.0, 1e-9);
}

TEST_F(FigureTest, BoundsAreThoseOfTheLastSampleWithRows) {
  for (SplitRecord& split : runs_[0].splits) {
    split.rows.back().n = 0;
    split.rows.back().h_y_bits = std::nan("");
  }
  const Json plane = figure({runs_[0]}, "plane").data;
  EXPECT_EQ(plane["i_xt_ceiling_bits"], 10.0);
  EXPECT_EQ(plane["h_y_bits"], 3.3);
  EXPECT_THAT(bytes(figure({runs_[0]}, "layers"), "layers.svg"), HasSubstr(">H(Y) = 3.30</text>"));
}

TEST_F(FigureTest, AMeanOfFewerSeedsOrStepsWarns) {
  runs_[1].splits[0].rows.resize(2);
  EXPECT_THAT(figure(runs_, "ixt").warnings,
              ElementsAre("figure ixt: The mean ends at step 50, where seed 2 is."));
}

TEST_F(FigureTest, WhatIsOddAboutTheDataIsAWarning) {
  const RunFiles files = seed_run(folder_, 3, 9.0);
  files.write("metrics.csv", two_phases(9.0) + "250,5,vali")
      .write("run.json", R"({"status":"running","version":"0.0.1"})");
  const RunRecord odd = read_run(files.path());
  for (const char* panel : {"loss", "plane", "inversions"}) {
    EXPECT_THAT(figure({odd}, panel).warnings,
                ElementsAre(StartsWith(fmt::format("figure {}: {}/metrics.csv:7: the last line is "
                                                   "torn",
                                                   panel, odd.path.string())),
                            StartsWith(fmt::format("figure {}: {}: The run is not finished", panel,
                                                   odd.path.string()))));
  }
}

TEST_F(FigureTest, WithoutANumberOfAQuantityThereIsNoFigure) {
  for (SplitRecord& split : runs_[0].splits) {
    for (TraceRow& row : split.rows) {
      row.loss_nats = std::nan("");
    }
  }
  expect_error<DataError>([&] { figure({runs_[0]}, "loss"); }, {"figure loss", "loss_nats"});
  EXPECT_NO_THROW(figure({runs_[0]}, "ixt"));
  EXPECT_NO_THROW(figure(configurations(1), "loss"));
  for (SplitRecord& split : runs_[0].splits) {
    for (TraceRow& row : split.rows) {
      row.i_ty_bits = std::nan("");
    }
  }
  expect_error<DataError>([&] { figure({runs_[0]}, "plane"); }, {"figure plane", "i_ty_bits"});
  runs_[0].splits.clear();
  expect_error<DataError>([&] { figure({runs_[0]}, "ixt"); }, {"no sample"});
}

TEST_F(FigureTest, ARunWithoutInversionsSaysSo) {
  EXPECT_THAT(bytes(figure({runs_[0]}, "inversions"), "none.svg"),
              HasSubstr(">nothing is inverted</text>"));
}

TEST_F(FigureTest, WideNumbersAreShortOnAnAxis) {
  for (auto& row : runs_[0].splits.front().rows) {
    row.loss_nats = 1e12 * static_cast<double>(1 + row.epoch);
  }
  runs_[0].splits.resize(1);
  EXPECT_THAT(bytes(figure({runs_[0]}, "loss"), "wide.svg"),
              AllOf(HasSubstr(">2T</text>"), Not(HasSubstr("000000"))));
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

TEST_F(FigureTest, ClassesOfSeedsAreOfTheSameStepAndOfThoseThatHaveThem) {
  const char* header = "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy\n";
  const auto with = [&](std::size_t run, const std::string& rows) {
    RunFiles(folder_, runs_[run].path.filename().string()).write("per_class.csv", header + rows);
    return read_run(runs_[run].path);
  };
  const std::vector<RunRecord> seeds{
      with(0,
           "100,validation,0,5,10,4,0.5,0.6\n100,validation,1,5,10,4,0.5,0.6\n"
           "200,validation,0,5,10,4,0.9,0.9\n200,validation,1,5,10,4,0.9,0.9\n"),
      with(1, "100,validation,0,0,10,4,0.5,0\n100,validation,1,5,10,4,0.5,0.8\n")};
  const Json classes = figure(seeds, "classes").data["classes"];
  EXPECT_EQ(classes[0]["runs"], 1);
  EXPECT_DOUBLE_EQ(classes[0]["accuracy"], 0.6);
  EXPECT_EQ(classes[1]["runs"], 2);
  EXPECT_DOUBLE_EQ(classes[1]["accuracy"], 0.7);
  const RunRecord other = with(1, "50,validation,0,5,10,4,0.5,0.8\n");
  expect_error<UsageError>(
      [&] {
        figure({seeds[0], other}, "classes");
      },
      {"no sample of the same step"});
}

TEST_F(FigureTest, ControlCharactersAreReplacedInSvg) {
  FigureOptions options;
  options.panel = "loss";
  options.title = "a\x01z";
  EXPECT_THAT(bytes(make_figure(runs_, options), "control.svg"), HasSubstr("a\xEF\xBF\xBDz"));
}

TEST_F(FigureTest, WhatIsNoUtf8IsReplaced) {
  FigureOptions options;
  options.panel = "loss";
  options.title = "b\xffz \xe2";
  std::vector<RunRecord> runs = configurations(2);
  runs[1].label = "odd\xfe";
  const Figure odd = make_figure(runs, options);
  EXPECT_THAT(bytes(odd, "odd.svg"), AllOf(HasSubstr("<title>b\xEF\xBF\xBDz \xEF\xBF\xBD</title>"),
                                           HasSubstr(">b\xEF\xBF\xBDz \xEF\xBF\xBD</text>"),
                                           HasSubstr(">odd\xEF\xBF\xBD</text>")));
  EXPECT_THAT(bytes(odd, "odd.pdf"), StartsWith("%PDF"));
  EXPECT_THAT(bytes(odd, "odd.png"), StartsWith("\x89PNG"));
}

TEST_F(FigureTest, OfManyClassesThoseOfLeastAccuracyAreDrawn) {
  std::string rows = "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy\n";
  for (int c = 0; c < 60; ++c) {  // class 0 without an image, then from the best to the worst
    rows += fmt::format("200,validation,{},{},10,4,0.5,{}\n", c, c == 0 ? 0 : 10, 1.0 - 0.01 * c);
  }
  RunFiles(folder_, runs_[0].path.filename().string()).write("per_class.csv", rows);
  const std::vector<RunRecord> run{read_run(runs_[0].path)};
  const Figure drawn = figure(run, "classes");
  EXPECT_EQ(drawn.data["classes"].size(), 60u);
  EXPECT_THAT(drawn.warnings,
              ElementsAre("figure classes: of 60 classes the 40 of least accuracy are drawn"));
  const std::string svg = bytes(drawn, "many.svg");
  EXPECT_THAT(svg, AllOf(HasSubstr(">59</text>"), HasSubstr(">20</text>")));
  EXPECT_THAT(svg, AllOf(Not(HasSubstr(">19</text>")), Not(HasSubstr(">0</text>"))));
  const Figure paths = figure(run, "class-paths");
  ASSERT_EQ(paths.data["paths"].size(), 40u);
  EXPECT_EQ(paths.data["paths"].front()["label"], "59");
  EXPECT_EQ(paths.data["paths"].back()["label"], "20");
  EXPECT_THAT(paths.warnings,
              Contains("figure class-paths: of 60 classes the 40 of least accuracy are drawn"));
  EXPECT_LT(svg.find(">59</text>"), svg.find(">58</text>"));
}

TEST_F(FigureTest, LayersOfSeveralRunsAreTheirMeanWhereAllHaveASample) {
  RunFiles(folder_, runs_.back().path.filename().string())
      .write("layers.csv",
             "step,epoch,split,layer,units,i_xt_bits,i_ty_bits\n"
             "0,0,validation,dense-1,256,11,2\n0,0,validation,dense-2,64,8,2\n"
             "50,1,validation,dense-1,256,10,2\n"
             "200,4,validation,dense-1,256,8,1\n200,4,validation,dense-2,64,6,3\n");
  std::vector<RunRecord> runs = {runs_.front(), read_run(runs_.back().path)};
  const Json paths = figure(runs, "layers").data["paths"];
  ASSERT_EQ(paths.size(), 2u);
  EXPECT_EQ(paths[0]["label"], "dense-1 (256)");
  EXPECT_EQ(paths[0]["epoch"], Json({0.0, 4.0}));
  EXPECT_EQ(paths[0]["i_xt_bits"], Json({10.0, 7.5}));
  EXPECT_EQ(paths[0]["i_ty_bits"], Json({2.0, 2.0}));
  EXPECT_NEAR(paths[0]["i_xt_bits_half_width"][1].get<double>(), 12.7062 / 2.0, 1e-3);
  EXPECT_NEAR(paths[0]["i_ty_bits_half_width"][1].get<double>(), 12.7062, 1e-3);
  EXPECT_FALSE(figure({runs[0]}, "layers").data["paths"][0].contains("i_xt_bits_half_width"));
  runs[1].splits[0].rows.resize(2);
  EXPECT_THAT(figure(runs, "layers").warnings,
              ElementsAre("figure layers: The mean ends at step 50, where seed 2 is."));
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
  refuse([] { require_figure_file("a.gif", 100, 80); }, {"a.gif", ".pdf"});
  refuse([] { require_figure_file("a.svg", 100, 2000); }, {"100 x 2000 mm"});
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
  for (const char* panel : {"loss", "inversions", "classes", "layers"}) {
    refuse([&] { with(panel, [](FigureOptions& o) { o.lines.rule.window = 15; }); }, {"--window"});
    refuse([&] { with(panel, [](FigureOptions& o) { o.lines.rule.min_drop_bits = 3.0; }); },
           {"--min-drop"});
  }
  EXPECT_NO_THROW(with("plane", [](FigureOptions& o) { o.lines.rule.window = 15; }));
  const std::map<std::string, std::string> files = {
      {"layers", "layers.csv"}, {"classes", "per_class.csv"}, {"class-paths", "per_class.csv"}};
  FigureOptions options;
  for (const auto& [panel, file] : files) {
    expect_error<DataError>([&] { figure(bare, panel); }, {"no " + file});
    options.panel = panel;
    options.lines.split = "tset";
    refuse([&] { make_figure({runs_[0]}, options); }, {"'tset'", file, "--split"});
  }
  RunRecord without = runs_[0];  // whichever run has the file is named
  without.seed = 99;
  for (SplitRecord& split : without.splits) {
    split.class_rows.clear();
  }
  options.panel = "classes";
  options.lines.split = "tset";
  for (const bool first : {true, false}) {
    const std::vector<RunRecord> runs =
        first ? std::vector{without, runs_[0]} : std::vector{runs_[0], without};
    refuse([&] { make_figure(runs, options); }, {"'tset'", "--split"});
  }
  options.panel = "loss";
  options.lines.split = "test";
  refuse([&] { make_figure(bare, options); }, {"'test'", "--split"});
}

TEST_F(FigureTest, DrawsAGapForWhatIsNotFinite) {
  runs_.resize(1);
  runs_[0].splits.resize(1);
  const auto pieces = [&] {  // and the legend's line
    return dashes_of(bytes(figure(runs_, "loss"), "gap.svg")).begin()->second;
  };
  EXPECT_EQ(pieces(), 1 + 1);
  runs_[0].splits[0].rows[2].loss_nats = std::nan("");
  EXPECT_EQ(pieces(), 2 + 1);
}

}  // namespace
}  // namespace infoplane::test
