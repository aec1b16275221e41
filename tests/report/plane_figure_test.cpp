#include "report/plane_figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb/stb_image.h>

#include "core/error.h"
#include "report/canvas.h"
#include "report/plane_drawing.h"
#include "report/plane_paths.h"
#include "report/plane_zoom.h"
#include "report/viridis.h"
#include "tests/support/temporary_folder.h"

namespace infoplane {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

class PlaneFigureTest : public testing::Test {
 protected:
  std::string svg_of(const PlaneFigure& figure) {
    write_plane_svg(figure, folder_ / "plane.svg");
    std::ostringstream text;
    text << std::ifstream(folder_ / "plane.svg", std::ios::binary).rdbuf();
    return text.str();
  }

  const test::TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path();
};

PlaneFigure figure_with(std::vector<PlanePath> paths) {
  return {"FC-3 on Fashion-MNIST",
          std::move(paths),
          {{std::log2(10000.0), "validation"}},
          std::log2(10.0)};
}

/// Where an SVG's samples lie: the starts of the outlines that only samples have, below the legend.
std::set<std::pair<double, double>> sample_places(const std::string& svg) {
  std::set<std::pair<double, double>> places;
  std::istringstream lines(svg);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t start = line.find(" d=\"M ");
    if (line.find("stroke-width:0.6;") == std::string::npos || start == std::string::npos) {
      continue;
    }
    double x = 0.0;
    double y = 0.0;
    std::istringstream(line.substr(start + 6)) >> x >> y;
    if (y > 74.0) {
      places.emplace(x, y);
    }
  }
  return places;
}

TEST_F(PlaneFigureTest, SvgIsWellFormedAndSaysWhatItShows) {
  const std::string svg = svg_of(figure_with({{"R&D <validation>", {{1, 0.5, 0}, {9, 3, 10}}}}));
  EXPECT_THAT(svg, AllOf(HasSubstr("<title>FC-3 on Fashion-MNIST</title>"),
                         HasSubstr("I(X;T) [bits]"), HasSubstr("I(T;Y) [bits]"),
                         HasSubstr("log₂ N = 13.29 bits"), HasSubstr("H(Y) = 3.32 bits"),
                         HasSubstr("R&amp;D &lt;validation&gt;: 2 samples"), HasSubstr("epoch")));
  if (std::system("command -v xmllint >/dev/null") != 0) {
    GTEST_SKIP() << "xmllint is not installed: well-formedness was not checked";
  }
  const std::string command = "xmllint --noout " + (folder_ / "plane.svg").string();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST_F(PlaneFigureTest, DrawsEverySampleOnce) {
  PlanePath path{"validation", {}};
  for (int i = 0; i < 40; ++i) {
    path.points.push_back({0.5 + 0.3 * i, 0.2 + 0.07 * i, 0.25 * i});
  }
  EXPECT_EQ(sample_places(svg_of(figure_with({path}))).size(), 40u);
}

TEST_F(PlaneFigureTest, PlacesSamplesLinearlyUpwardAndToTheRight) {
  const auto places =
      sample_places(svg_of(figure_with({{"validation", {{2, 0.5, 1}, {4, 1.5, 2}, {6, 2.5, 3}}}})));
  ASSERT_EQ(places.size(), 3u);
  const auto a = *places.begin();
  const auto b = *std::next(places.begin());
  const auto c = *places.rbegin();
  EXPECT_NEAR(c.first - b.first, b.first - a.first, 1e-3);
  EXPECT_NEAR(c.second - b.second, b.second - a.second, 1e-3);
  EXPECT_GT(b.first, a.first);
  EXPECT_LT(b.second, a.second);
}

TEST_F(PlaneFigureTest, LeavesOutWhatIsNotFinite) {
  const PlaneFigure figure = figure_with({{"validation",
                                           {{1, 0.5, 0},
                                            {kNan, 1, 1},
                                            {3, kNan, 2},
                                            {4, 1, kNan},
                                            {std::numeric_limits<double>::infinity(), 1, 3},
                                            {9, 3, 4}}}});
  const std::string svg = svg_of(figure);
  EXPECT_EQ(sample_places(svg).size(), 2u);
  EXPECT_THAT(svg, HasSubstr("validation: 2 samples"));
  EXPECT_THAT(svg, testing::Not(HasSubstr("nan")));
}

TEST_F(PlaneFigureTest, MagnifiesAPathThatStaysInOneCorner) {
  PlanePath path{"validation", {}};
  for (int i = 0; i < 20; ++i) {
    path.points.push_back({5.0 - 0.05 * i, 3.0 + 0.01 * i, 1.0 * i});
  }
  // All in the plane; in the inset, all but perhaps the first two, which may lie beyond its edge.
  const std::size_t places = sample_places(svg_of(figure_with({path}))).size();
  EXPECT_GE(places, 20u + 18u);
  EXPECT_LE(places, 20u + 20u);
}

/// A path of a long way from each of the points to the next, and then samples in a small patch.
PlanePath path_through(const std::vector<PlanePoint>& points) {
  PlanePath path{"validation", points};
  for (int i = 0; i < 90; ++i) {
    path.points.push_back({4.0 - 0.002 * i, 3.0 + 0.001 * i, 1.0 * i});
  }
  return path;
}

TEST(PlaneZoom, LiesWhereNoPathAndNoLabelIs) {
  const draw::Plane plane = {{0.0, 14.0, 72.0, 690.0}, {0.0, 3.55, 488.0, 74.0}};
  const draw::ZoomMargins margins;
  int places = 0;
  double last_left = 0.0;
  for (const std::vector<PlanePoint>& start :
       {std::vector<PlanePoint>{{2, 0.5, 0}}, {{7.5, 0.2, 0}, {6.2, 2.2, 0}}, {{13.5, 0.1, 0}}}) {
    const PlaneFigure figure = figure_with({path_through(start)});
    const std::optional<draw::Plane> zoom = draw::plan_zoom(plane, figure);
    if (!zoom) {
      continue;
    }
    ++places;
    last_left = zoom->rect().left;
    const draw::Rect rect = zoom->rect();
    const draw::Rect with_labels = {rect.left - margins.left, rect.top - margins.top,
                                    rect.right + margins.right, rect.bottom + margins.bottom};
    const std::vector<PlanePoint>& points = figure.paths[0].points;
    for (std::size_t i = 1; i < points.size(); ++i) {
      const draw::Point from = plane.at(points[i - 1]);
      const draw::Point to = plane.at(points[i]);
      for (int k = 0; k <= 200; ++k) {
        const double part = k / 200.0;
        EXPECT_FALSE(with_labels.contains(
            {from.x + part * (to.x - from.x), from.y + part * (to.y - from.y)}));
      }
    }
  }
  EXPECT_EQ(places, 2);                       // a line to the far corner leaves no place
  EXPECT_GT(last_left, 72.0 + 0.45 * 618.0);  // the second is not the usual one
}

TEST(PlaneZoom, ItsNameCanBeReadAtTheUsualSizeOfAFigure) {
  const PlaneFigure figure = figure_with({path_through({{2, 0.5, 0}})});
  const draw::PageSize page = {680.3, 467.7};  // 160 x 110 mm where 12 points are drawn as 8
  const std::string svg = draw::draw_svg_with_text(page, 8.0 / 12.0, [&](draw::Canvas& canvas) {
    draw::PlaneDrawing(figure, canvas, page).draw();
  });
  std::smatch size;
  ASSERT_TRUE(
      std::regex_search(svg, size, std::regex("font-size=\"([0-9.]+)\"[^>]*>[^<]*magnified<")));
  EXPECT_GE(std::stod(size[1]) * 8.0 / 12.0, 5.0);
}

TEST_F(PlaneFigureTest, DrawsWithoutSamplesAndWithOne) {
  EXPECT_TRUE(sample_places(svg_of(figure_with({}))).empty());
  EXPECT_TRUE(sample_places(svg_of(figure_with({{"validation", {}}}))).empty());
  EXPECT_TRUE(sample_places(svg_of(figure_with({{"validation", {{kNan, kNan, 1}}}}))).empty());
  EXPECT_EQ(sample_places(svg_of(figure_with({{"validation", {{0, 0, 0}}}}))).size(), 1u);
}

TEST_F(PlaneFigureTest, LeavesOutBoundsThatAreUnknown) {
  const std::string svg = svg_of({"no bounds", {{"train", {{1, 1, 1}}}}, {}, 0.0});
  EXPECT_THAT(svg, AllOf(testing::Not(HasSubstr("log₂ N")), testing::Not(HasSubstr("H(Y)"))));
}

TEST_F(PlaneFigureTest, DrawsTheCeilingOfEachSplit) {
  PlaneFigure figure = figure_with({{"validation", {{1, 1, 1}}}, {"train", {{2, 1, 1}}}});
  figure.add_ceiling(10000, "train");  // as many: one line
  EXPECT_THAT(svg_of(figure), HasSubstr("log₂ N = 13.29 bits"));
  figure.add_ceiling(60000, "train");
  figure.add_ceiling(0, "nowhere");
  EXPECT_EQ(figure.i_xt_ceiling_bits(), std::log2(60000.0));
  EXPECT_THAT(svg_of(figure),
              AllOf(HasSubstr("13.29 (validation)"), HasSubstr("log₂ N = 15.87 (train)")));
}

TEST_F(PlaneFigureTest, PngHasItsSizeAndIsNotEmpty) {
  const std::filesystem::path file = folder_ / "plane.png";
  write_plane_png(figure_with({{"validation", {{1, 0.5, 0}, {9, 3, 10}}}}), file);
  int width = 0;
  int height = 0;
  int channels = 0;
  unsigned char* pixels = stbi_load(file.c_str(), &width, &height, &channels, 3);
  ASSERT_NE(pixels, nullptr) << stbi_failure_reason();
  EXPECT_EQ(width, kPlanePngWidth);
  EXPECT_EQ(height, kPlanePngHeight);
  std::set<unsigned> colours;
  for (int i = 0; i < width * height; ++i) {
    colours.insert(pixels[3 * i] << 16u | pixels[3 * i + 1] << 8u | pixels[3 * i + 2]);
  }
  stbi_image_free(pixels);
  EXPECT_GT(colours.size(), 100u);  // the colour bar alone has 128
}

TEST_F(PlaneFigureTest, NamesTheFileItCannotWriteAndLeavesNothing) {
  const std::filesystem::path file = folder_ / "missing" / "plane.svg";
  try {
    write_plane_svg(figure_with({}), file);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr(file.string()), HasSubstr("No such file")));
  }
  EXPECT_THROW(write_plane_png(figure_with({}), file), Error);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "missing"));
}

TEST_F(PlaneFigureTest, LeavesNoTemporaryFile) {
  svg_of(figure_with({}));
  const auto files = std::distance(std::filesystem::directory_iterator(folder_), {});
  EXPECT_EQ(files, 1);
}

/// As WCAG has it, of one colour and white.
double contrast_with_white(const draw::Colour& colour) {
  const auto light = [](double part) {
    return part <= 0.04 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
  };
  return 1.05 /
         (0.2126 * light(colour.r) + 0.7152 * light(colour.g) + 0.0722 * light(colour.b) + 0.05);
}

TEST_F(PlaneFigureTest, LateSamplesStandOutFromThePage) {
  EXPECT_GT(contrast_with_white(draw::viridis(1.0)), 1.9);
  EXPECT_GT(contrast_with_white(draw::viridis(0.5)), contrast_with_white(draw::viridis(1.0)));
  const std::string svg = svg_of(figure_with({{"validation", {{1, 0.5, 0}, {9, 3, 10}}}}));
  std::smatch line;
  ASSERT_TRUE(
      std::regex_search(svg, line, std::regex("stroke-width:1.3;[^>]*stroke-opacity:([0-9.]+)")));
  EXPECT_GE(std::stod(line[1]), 0.75);
}

TEST(PlanePaths, TwentyPathsHaveTwentyMarkers) {
  std::set<std::string> looks;
  for (std::size_t path = 0; path < draw::kPathLooks; ++path) {
    looks.insert(draw::draw_svg({20.0, 20.0}, 1.0, [&](draw::Canvas& canvas) {
      draw::draw_legend_marker(canvas, path, {10.0, 10.0});
    }));
  }
  EXPECT_EQ(looks.size(), 20u);
}

}  // namespace
}  // namespace infoplane
