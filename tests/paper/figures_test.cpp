#include "paper/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/paper/study_files.h"

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

}  // namespace
}  // namespace infoplane::paper
