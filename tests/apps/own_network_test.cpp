// A network that is none of the paper's, given by its layers.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr char kNetwork[] =
    "small: conv 5x5 x4, pad 2, batch norm, relu, max-pool 2/2, flatten, dense 16, relu, dense";

class OwnNetwork : public SmallRuns {
 protected:
  /// As train(), of the network above.
  Arguments train_own(const Arguments& more, const std::string& name = "run") const {
    Arguments all = train(more, name);
    all[1] = kNetwork;
    return all;
  }
};

TEST_F(OwnNetwork, TrainsAndIsReadLikeAnyOther) {
  ASSERT_EQ(run_program(train_own({"--epochs", "3"}, "whole")).exit_code, 0);
  const json run = json::parse(read_file(out("whole") / "run.json"));
  EXPECT_EQ(run["model"], "small");
  EXPECT_THAT(read_file(out("whole") / "config.toml"),
              HasSubstr("model = \"" + std::string(kNetwork) + "\""));
  EXPECT_THAT(read_file(out("whole") / "report.html"), HasSubstr("small on mnist"));

  // From its settings the run comes out again.
  const ProgramResult again =
      run_program({"train", "--config", (out("whole") / "config.toml").string(), "--out",
                   out("again").string()});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(read_file(out("again") / "metrics.csv"), read_file(out("whole") / "metrics.csv"));
  EXPECT_EQ(run_program({"outputs", out("whole").string()}).exit_code, 0);
  const ProgramResult report = run_program({"report", out("whole").string(), "--json"});
  EXPECT_THAT(report.out, HasSubstr("small on mnist"));
}

TEST_F(OwnNetwork, IsSweptOver) {
  const ProgramResult sweep = run_program(train_own({"--epochs", "1", "--sweep", "seed=1..2"}));
  ASSERT_EQ(sweep.exit_code, 0) << sweep.err;
  EXPECT_EQ(json::parse(read_file(out() / "seed-2" / "run.json"))["status"], "done");
}

TEST_F(OwnNetwork, ItsLayersAreShownBeforeItTrains) {
  const ProgramResult shown = run_program({"models", kNetwork, "--data", "mnist", "--plan"});
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("small on mnist [1, 28, 28]"));
  EXPECT_THAT(shown.out, HasSubstr("dense 784 -> 16"));
  EXPECT_THAT(shown.out, HasSubstr("Planned for steps of 128 images"));
}

TEST_F(OwnNetwork, WhatIsWrongIsOneLine) {
  Arguments wrong = train({});
  wrong[1] = "small: flatten, dens 16, dense";
  const ProgramResult result = run_program(wrong);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("'small': layer 1, 'dens 16', is no layer"));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1);
  EXPECT_FALSE(std::filesystem::exists(out()));
  expect_one_line(run_program({"models", "nosuch"}), 2,
                  {"there are ", "tishby and ", "fc-3", "LAYER"});
  const std::string help = run_program({"models", "--help"}).out;
  for (const char* layer : {"conv KxK xN", "batch norm", "dropout2d P", "dense N"}) {
    EXPECT_THAT(help, HasSubstr(std::string("\n  ") + layer));
  }
}

}  // namespace
}  // namespace infoplane::test
