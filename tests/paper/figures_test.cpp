#include "paper/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/paper/study_files.h"
#include "tests/support/read_file.h"

namespace infoplane::paper {
namespace {

using testing::HasSubstr;

TEST(PaperFigures, ARunWithoutTheSplitIsMissingThere) {
  const test::TemporaryFolder folder;
  test::write_finished_run(folder, "cnn-2-cifar10-s1", test::hand_samples(50, test::agreeing));
  test::remove_training_samples(folder, "cnn-2-cifar10-s1");
  const std::vector<Item> items{make_item("fig5", Study())};
  const std::vector<DrawnFigure> figures =
      draw_figures(items, Runs(folder.path(), items, {}), folder.path());
  ASSERT_EQ(figures.size(), 3u);
  EXPECT_TRUE(figures[0].file.empty());
  EXPECT_THAT(figures[0].not_run, HasSubstr("on its train split"));
  EXPECT_THAT(figures[1].title, HasSubstr("not run: cnn-4"));
  EXPECT_TRUE(std::filesystem::exists(figures[1].file));
  EXPECT_TRUE(figures[2].file.empty());
}

TEST(PaperFigures, PathsOfARunThatIsNotDoneAreDrawnAsFarAsTheyGo) {
  const test::TemporaryFolder folder;
  test::write_unfinished_run(folder, "cnn-16-cifar10-s1", test::hand_samples(50, test::agreeing));
  const std::vector<Item> items{make_item("fig5", Study()), make_item("fig6", Study())};
  const std::vector<DrawnFigure> figures =
      draw_figures(items, Runs(folder.path(), items, {}), folder.path());
  ASSERT_EQ(figures.size(), 5u);
  for (std::size_t part = 0; part < 3; ++part) {
    EXPECT_THAT(figures[part].title, HasSubstr("(cnn-16-cifar10 to epoch 49.0 of 700) (not run: "));
    EXPECT_TRUE(std::filesystem::exists(figures[part].file));
  }
  EXPECT_THAT(figures[4].title, HasSubstr("cnn-16"));
  EXPECT_TRUE(figures[4].file.empty());  // shows how classes end
  EXPECT_EQ(figures[4].not_run, "not run: cnn-16-cifar10, which is at epoch 49.0 of 700");
}

TEST(PaperFigures, ClassesGrowAlongOneLineOfEachSeries) {
  const test::TemporaryFolder folder;
  for (const char* run : {"fc-3-mnist-s1", "fc-3-stacked-2-mnist-s1", "fc-3-cifar10-s1"}) {
    test::write_finished_run(folder, run, test::hand_samples(50, test::agreeing));
  }
  const std::vector<Item> items{make_item("classes", Study())};
  const std::vector<DrawnFigure> figures =
      draw_figures(items, Runs(folder.path(), items, {}), folder.path());
  ASSERT_EQ(figures.size(), 1u);
  EXPECT_THAT(figures[0].title, HasSubstr("mnist stacked, 1000 classes)"));  // which was not run
  const std::string svg = test::read_file(figures[0].file);
  for (const char* series : {"mnist stacked, I(T;Y)", "cifar10, I(T;Y)"}) {
    const std::size_t found = svg.find(series);
    ASSERT_NE(found, std::string::npos) << series;
    EXPECT_EQ(svg.find(series, found + 1), std::string::npos) << series << " twice";
  }
}

}  // namespace
}  // namespace infoplane::paper
