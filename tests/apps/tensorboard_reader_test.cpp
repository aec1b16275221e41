// TensorBoard's own reader finds in a run what metrics.csv says, also after the run was killed.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/csv_cells.h"
#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using nlohmann::json;

using TensorBoardReader = SmallRuns;

TEST_F(TensorBoardReader, FindsEverySampleOnceAndThePicture) {
  // INFOPLANE_PYTHON: an interpreter that has tensorboard.
  const char* named = std::getenv("INFOPLANE_PYTHON");
  const std::string python = named != nullptr ? named : "python3";
  if (std::system((python + " -c 'import tensorboard' 2>/dev/null").c_str()) != 0) {
    GTEST_SKIP() << "Python's tensorboard is not installed (INFOPLANE_PYTHON names an interpreter)";
  }
  Program program(train({"--epochs", "40", "--sample-every", "5", "--checkpoint-every", "3"}));
  ASSERT_TRUE(wait_until([&] { return lines(out() / "metrics.csv") > 30; }));
  ::kill(program.process(), SIGKILL);
  program.wait();
  ASSERT_EQ(run_program({"resume", out().string()}).exit_code, 0);

  const std::string result = (folder_.path() / "read.json").string();
  const int status =
      std::system((python + " '" INFOPLANE_TESTS "/apps/tensorboard_reader.py' '" +
                   (out() / "tensorboard").string() + "' >'" + result + "' 2>'" + result + ".err'")
                      .c_str());
  ASSERT_EQ(status, 0) << read_file(result + ".err");
  const json found = json::parse(read_file(result));

  std::istringstream rows(read_file(out() / "metrics.csv"));
  std::string row;
  std::getline(rows, row);
  std::size_t sample = 0;
  for (; std::getline(rows, row); ++sample) {
    const std::vector<std::string> cells = csv_cells(row);
    const std::vector<std::pair<std::string, int>> columns = {{"loss_nats/validation", 3},
                                                              {"accuracy/validation", 4},
                                                              {"i_xt_bits/validation", 5},
                                                              {"i_ty_bits/validation", 6}};
    for (const auto& [tag, column] : columns) {
      const json& event = found["scalars"][tag].at(sample);
      EXPECT_EQ(event[0], std::stoll(cells[0])) << tag;
      EXPECT_FLOAT_EQ(event[1].get<float>(), std::stof(cells.at(column))) << tag;
    }
  }
  EXPECT_EQ(found["scalars"]["i_xt_bits/validation"].size(), sample);
  EXPECT_EQ(found["scalars"]["loss_nats/epoch"].size(), 40u);
  const json& pictures = found["images"]["information_plane"];
  ASSERT_EQ(pictures.size(), 1u);
  EXPECT_EQ(pictures[0], json({320, 1600, 1100, "89504e47"}));
}

}  // namespace
}  // namespace infoplane::test
