#include "train/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

namespace infoplane::test {
namespace {

/// The exit code, once there is one; none when there is none after ten seconds.
std::optional<int> end_of(ChildProcess& process) {
  for (int i = 0; i < 1000 && !process.exit_code(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return process.exit_code();
}

TEST(ChildProcess, EndsWithItsExitCode) {
  const TemporaryFolder folder;
  ChildProcess process("/bin/sh", {"-c", "exit 7"}, folder.path() / "out", folder.path() / "err");
  EXPECT_EQ(end_of(process), 7);
}

TEST(ChildProcess, EndsWhereNobodyIsToldOfChildren) {
  const auto before = ::signal(SIGCHLD, SIG_IGN);
  const TemporaryFolder folder;
  ChildProcess process("/bin/sh", {"-c", "exit 7"}, folder.path() / "out", folder.path() / "err");
  EXPECT_EQ(end_of(process), 255);
  ::signal(SIGCHLD, before);
}

}  // namespace
}  // namespace infoplane::test
