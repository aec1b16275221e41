#include "core/data_name.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace infoplane {
namespace {

TEST(DataName, PathsBecomeAbsolute) {
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(absolute_data_name("mnist"), "mnist");
  EXPECT_EQ(absolute_data_name("folder:./im"), "folder:" + here + "/im");
  EXPECT_EQ(absolute_data_name("folder:a/../im"), "folder:" + here + "/im");
  EXPECT_EQ(absolute_data_name("folder:/data/im"), "folder:/data/im");
  EXPECT_EQ(absolute_data_name("npy:x.npy,/y.npy"), "npy:" + here + "/x.npy,/y.npy");
  EXPECT_EQ(absolute_data_name("npy:a,./b,/c,d"),
            "npy:" + here + "/a," + here + "/b,/c," + here + "/d");
  for (const char* incomplete : {"folder:", "npy:x.npy", "npy:", "npy:a,b,c"}) {
    EXPECT_EQ(absolute_data_name(incomplete), incomplete);
  }
}

TEST(DataName, LabelsHaveTheLastPartOfAPath) {
  EXPECT_EQ(data_label("cifar10"), "cifar10");
  EXPECT_EQ(data_label("folder:/data/im"), "folder:im");
  EXPECT_EQ(data_label("folder:/data/im/"), "folder:im");
  EXPECT_EQ(data_label("npy:/a/x.npy,/b/y.npy"), "npy:x.npy,y.npy");
  EXPECT_EQ(data_label("npy:/a/x,/a/y,/b/x,/b/y"), "npy:x,y,x,y");
}

TEST(DataName, SomeAreDrawnFromTheSeed) {
  EXPECT_TRUE(is_drawn_from_seed("tishby"));
  EXPECT_TRUE(is_drawn_from_seed("folder:im"));
  EXPECT_TRUE(is_drawn_from_seed("npy:x.npy,y.npy"));
  EXPECT_FALSE(is_drawn_from_seed("mnist"));
}

TEST(DataName, TheUsersOwnNameTheirFiles) {
  EXPECT_TRUE(names_its_files("folder:im"));
  EXPECT_TRUE(names_its_files("npy:x.npy,y.npy"));
  EXPECT_FALSE(names_its_files("tishby"));
  EXPECT_FALSE(names_its_files("stacked:2:mnist"));
}

}  // namespace
}  // namespace infoplane
