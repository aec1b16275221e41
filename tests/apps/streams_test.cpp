// Standard streams that are closed, full, or read by nobody.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Streams : public SmallRuns {
 protected:
  /// The exit code of a command line in which PROGRAM is the program and TRAIN a run into out().
  int shell(std::string line) const {
    const auto replace = [&](const std::string& word, const std::string& by) {
      for (std::size_t at = 0; (at = line.find(word, at)) != std::string::npos; at += by.size()) {
        line.replace(at, word.size(), by);
      }
    };
    replace("TRAIN", shell_command(train({"--epochs", "3"})));
    replace("PROGRAM", shell_command({}));
    return WEXITSTATUS(std::system(("cd '" + folder_.path().string() + "' && " + line).c_str()));
  }

  std::string status() const {
    return json::parse(read_file(out() / "run.json"))["status"].get<std::string>();
  }
};

TEST_F(Streams, ClosedOnesDoNotBecomeTheRunsFiles) {
  ASSERT_EQ(shell("TRAIN <&- >&- 2>&-"), 0);
  EXPECT_EQ(status(), "done");
  const std::string closed = read_file(out() / "metrics.csv");
  std::filesystem::remove_all(out());
  ASSERT_EQ(shell("TRAIN >said 2>&1"), 0);
  EXPECT_EQ(read_file(out() / "metrics.csv"), closed);
  std::filesystem::remove_all(out());
  EXPECT_EQ(shell("TRAIN --sweep seed=1,2 <&- >said 2>&1"), 0) << read_file(folder_ / "said");
}

TEST_F(Streams, ARunGoesOnWithoutItsReader) {
  // Begins when the pipe's reader is gone, as the end of who writes to it shows.
  shell("{ while (echo) 2>said; do sleep 0.01; done; TRAIN --json 2>said; echo $? >code; } | true");
  EXPECT_EQ(read_file(folder_ / "code"), "0\n") << read_file(folder_ / "said");
  EXPECT_EQ(status(), "done");
  EXPECT_EQ(lines(out() / "metrics.csv"), 3u);  // the header, the first and the last sample
}

TEST_F(Streams, WhatCouldNotBeWrittenIsAFailure) {
  for (const char* command : {"models", "data list --json", "train fc-3 --help",
                              "train tishby --data tishby --dry-run --json",
                              "train tishby --data tishby --epochs 2 --repeats 2 --out s --json"}) {
    EXPECT_EQ(shell(std::string("PROGRAM ") + command + " >/dev/full 2>said"), 1) << command;
    EXPECT_THAT(read_file(folder_ / "said"), HasSubstr("infoplane: ")) << command;
  }
}

}  // namespace
}  // namespace infoplane::test
