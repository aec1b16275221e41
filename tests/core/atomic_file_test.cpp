#include "core/atomic_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>

#include "core/error.h"
#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"

namespace infoplane {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class AtomicFileTest : public testing::Test {
 protected:
  /// The message of the Error that writing the file throws; empty when it throws none.
  static std::string error_of(const std::filesystem::path& file, const std::string& content) {
    try {
      write_file_atomically(file, content);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  std::ptrdiff_t files_in_folder() const {
    return std::distance(std::filesystem::directory_iterator(folder_), {});
  }

  const test::TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path();
};

TEST_F(AtomicFileTest, ReplacesTheWholeFile) {
  write_file_atomically(folder_ / "a", std::string("longer\0text", 11));
  EXPECT_EQ(test::read_file(folder_ / "a"), std::string("longer\0text", 11));
  write_file_atomically(folder_ / "a", "short");
  EXPECT_EQ(test::read_file(folder_ / "a"), "short");
  EXPECT_EQ(files_in_folder(), 1);
}

TEST_F(AtomicFileTest, NamesTheFileAndTheReasonInOneLine) {
  const std::filesystem::path file = folder_ / "no folder" / "a";
  EXPECT_THAT(error_of(file, "text"),
              AllOf(HasSubstr(file.string()), HasSubstr("No such file"), Not(HasSubstr("\n"))));
}

TEST_F(AtomicFileTest, LeavesWhatItCannotReplace) {
  std::filesystem::create_directories(folder_ / "a" / "b");  // a folder cannot be renamed over
  EXPECT_THAT(error_of(folder_ / "a", "text"), HasSubstr("directory"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "a" / "b"));
  EXPECT_EQ(files_in_folder(), 1);
}

TEST_F(AtomicFileTest, ReportsAFullDisk) {
  // The temporary file's name leads to a device that is always full.
  std::filesystem::create_symlink("/dev/full", folder_ / ("a.tmp" + std::to_string(getpid())));
  EXPECT_THAT(error_of(folder_ / "a", "text"), HasSubstr("No space left"));
  EXPECT_EQ(files_in_folder(), 0);
}

TEST_F(AtomicFileTest, WritesWhatALinkLeadsTo) {
  const std::filesystem::path link = folder_ / "link";
  write_file_atomically(folder_ / "a", "old");
  std::filesystem::create_symlink("a", link);
  write_file_atomically(link, "new");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(test::read_file(folder_ / "a"), "new");
  EXPECT_EQ(files_in_folder(), 2);
  std::filesystem::create_symlink(folder_ / "b", folder_ / "dangling");
  write_file_atomically(folder_ / "dangling", "first");
  EXPECT_EQ(test::read_file(folder_ / "b"), "first");
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "dangling"));
  std::filesystem::create_symlink("loop", folder_ / "loop");
  EXPECT_THAT(error_of(folder_ / "loop", "text"), HasSubstr("levels of symbolic links"));
}

TEST_F(AtomicFileTest, WhatIsNoFileTakesTheBytes) {
  const std::filesystem::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  write_file_atomically(pipe, "text");
  std::string taken(4, '\0');
  EXPECT_EQ(::read(reader, taken.data(), taken.size()), 4);
  ::close(reader);
  EXPECT_EQ(taken, "text");
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  EXPECT_EQ(files_in_folder(), 1);
}

TEST_F(AtomicFileTest, AnOpenDescriptorIsWrittenToWhereItStands) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  write_file_atomically("/dev/fd/" + std::to_string(ends[1]), "text");
  std::string taken(4, '\0');
  EXPECT_EQ(::read(ends[0], taken.data(), taken.size()), 4);
  EXPECT_EQ(taken, "text");
  ::close(ends[0]);
  ::close(ends[1]);
  write_file_atomically(folder_ / "log", "before ");
  const int log = ::open((folder_ / "log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  std::filesystem::create_symlink("/proc/self/fd/" + std::to_string(log), folder_ / "stdout");
  write_file_atomically(folder_ / "stdout", "and after");
  ::close(log);
  EXPECT_EQ(test::read_file(folder_ / "log"), "before and after");
}

TEST_F(AtomicFileTest, AdvisesAsTheReasonIs) {
  EXPECT_EQ(why_not_written(ENOSPC), "No space left on device; free some space");
  EXPECT_THAT(why_not_written(EFBIG), HasSubstr("; raise the limit of a file's size"));
  EXPECT_THAT(why_not_written(EACCES), HasSubstr("; check the folder and its permissions"));
}

TEST_F(AtomicFileTest, RemovesOnlyWhatADeadProcessLeft) {
  const pid_t dead = ::fork();
  if (dead == 0) {
    ::_exit(0);
  }
  ::waitpid(dead, nullptr, 0);
  const std::string left = "a.tmp" + std::to_string(dead);
  const std::string alive = "a.tmp" + std::to_string(::getpid());
  for (const std::string& name : {left, alive, std::string("a"), std::string("notes.tmp"),
                                  std::string("a.tmp12x"), std::string(".tmp1")}) {
    std::ofstream(folder_ / name) << "text";
  }
  remove_unfinished(folder_);
  EXPECT_FALSE(std::filesystem::exists(folder_ / left));
  EXPECT_EQ(files_in_folder(), 5);
}

TEST_F(AtomicFileTest, AppendsPiecesAndRefusesAnExistingFile) {
  AppendFile file(folder_ / "log");
  file.append("one\n");
  EXPECT_EQ(test::read_file(folder_ / "log"), "one\n");
  file.append("two\n");
  EXPECT_EQ(test::read_file(folder_ / "log"), "one\ntwo\n");
  EXPECT_THROW(AppendFile(folder_ / "log"), Error);
}

}  // namespace
}  // namespace infoplane
