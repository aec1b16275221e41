#include "core/write_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "core/error.h"

namespace infoplane {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class WriteFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "write_file_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::string read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::filesystem::path folder_;
};

TEST_F(WriteFileTest, ReplacesTheWholeFile) {
  write_file(folder_ / "a", std::string("longer\0text", 11));
  EXPECT_EQ(read(folder_ / "a"), std::string("longer\0text", 11));
  write_file(folder_ / "a", "short");
  EXPECT_EQ(read(folder_ / "a"), "short");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.part"));
}

TEST_F(WriteFileTest, NamesTheFileAndTheReason) {
  const std::filesystem::path file = folder_ / "no folder" / "a";
  try {
    write_file(file, "text");
    FAIL() << "nothing was thrown";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr(file.string()), HasSubstr("No such file"),
                                    testing::Not(HasSubstr("\n"))));
  }
}

TEST_F(WriteFileTest, KeepsTheOldFileWhenItCannotBeReplaced) {
  std::filesystem::create_directories(folder_ / "a" / "b");  // a folder cannot be renamed over
  EXPECT_THROW(write_file(folder_ / "a", "text"), DataError);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "a" / "b"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.part"));
}

TEST_F(WriteFileTest, ReportsAFullDisk) {
  if (!std::filesystem::exists("/dev/full")) {
    GTEST_SKIP() << "/dev/full is not there";
  }
  std::filesystem::create_symlink("/dev/full", folder_ / "a.part");
  try {
    write_file(folder_ / "a", std::string(1 << 20, 'x'));
    FAIL() << "nothing was thrown";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("No space left"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a"));
}

}  // namespace
}  // namespace infoplane
