// `infoplane train` on a user's own images, and what its options become.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/environment.h"
#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class TrainSources : public SmallRuns {
 protected:
  /// A run of two epochs on `data`; its run.json.
  json trained_on(const std::string& data) const {
    const ProgramResult result =
        run_program({"train", "fc-3", "--data", data, "--epochs", "2", "--batch", "4", "--device",
                     "cpu", "--threads", "1", "--out", out().string()});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(lines(out() / "metrics.csv"), 3u);  // the header, the first and the last sample
    return json::parse(read_file(out() / "run.json"));
  }
};

TEST_F(TrainSources, ArraysAreTrainedOnAndResumed) {
  Bytes images, labels;
  for (int i = 0; i < 40; ++i) {
    const auto label = static_cast<std::uint8_t>(i % 2);
    images.insert(images.end(), 12, static_cast<std::uint8_t>(200 * label + i));
    labels.push_back(label);
  }
  const std::string images_file = folder_.write("x.npy", npy("|u1", "(40, 3, 4)", images)).string();
  const std::string labels_file = folder_.write("y.npy", npy("|u1", "(40,)", labels)).string();
  const json run = trained_on("npy:" + images_file + "," + labels_file);
  EXPECT_EQ(run["data"]["classes"], 2);
  EXPECT_EQ(run["data"]["train"].get<int>() + run["data"]["validation"].get<int>(), 40);
  EXPECT_THAT(run_program({"resume", out().string()}).out, HasSubstr("are done"));
  EXPECT_EQ(run_program({"outputs", out().string()}).exit_code, 0);
}

TEST_F(TrainSources, FloatsThatNobodyScaledGetAWarning) {
  const std::string x =
      folder_.write("x.npy", npy("<f4", "(10, 1)", raw(std::vector<float>(10, 255.0f)))).string();
  const std::string y =
      folder_.write("y.npy", npy("|u1", "(10,)", {0, 1, 0, 1, 0, 1, 0, 1, 0, 1})).string();
  const ProgramResult result =
      run_program({"train", "fc-3", "--data", "npy:" + x + "," + y, "--epochs", "1", "--batch", "4",
                   "--device", "cpu", "--threads", "1", "--out", out().string()});
  EXPECT_THAT(result.err,
              HasSubstr("infoplane: warning: " + x + ": values of 255 to 255 are used"));
}

TEST_F(TrainSources, FoldersOfImagesAreTrainedOn) {
  for (int i = 0; i < 10; ++i) {
    for (const std::string name : {"ant", "bee"}) {
      folder_.write("insects/" + name + "/" + std::to_string(i) + ".pgm",
                    text_bytes("P5 3 2 255\n" + std::string(6, name == "ant" ? 'a' : 'z')));
    }
  }
  const json run = trained_on("folder:" + (folder_ / "insects").string());
  EXPECT_EQ(run["data"]["class_names"], json({"ant", "bee"}));
  EXPECT_EQ(run["data"]["train"], 16);
  EXPECT_EQ(run["data"]["validation"], 4);
}

TEST_F(TrainSources, OptionsReachTheConfiguration) {
  ASSERT_EQ(run_program(train({"--epochs", "1", "--micro-batch", "16", "--momentum", "0.75",
                               "--weight-decay", "0.125"}))
                .exit_code,
            0);
  EXPECT_THAT(read_file(out() / "config.toml"),
              AllOf(HasSubstr("\nmicro_batch = 16\n"), HasSubstr("\nmomentum = 0.75\n"),
                    HasSubstr("\nweight_decay = 0.125\n")));
  const ScopedVariable otherwise("INFOPLANE_SAMPLE_READINGS", "true");
  ASSERT_EQ(run_program(train({"--epochs", "1", "--readings=false"}, "without")).exit_code, 0);
  EXPECT_THAT(read_file(out("without") / "config.toml"), HasSubstr("\nreadings = false\n"));
}

TEST_F(TrainSources, WithoutANameARunIsBelowRuns) {
  Arguments arguments = train({"--epochs", "1", "--quiet"});
  arguments.erase(std::find(arguments.begin(), arguments.end(), "--out"),
                  std::find(arguments.begin(), arguments.end(), out().string()) + 1);
  const std::string command = "cd '" + folder_.path().string() + "' && " + shell_command(arguments);
  ASSERT_EQ(std::system(command.c_str()), 0);
  ASSERT_EQ(std::system(command.c_str()), 0);
  int runs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "runs")) {
    EXPECT_THAT(entry.path().filename().string(), HasSubstr("fc-3"));
    EXPECT_EQ(lines(entry.path() / "metrics.csv"), 3u);
    ++runs;
  }
  EXPECT_EQ(runs, 2);
}

TEST_F(TrainSources, RowsThatWereLeftOutAreSaidOnce) {
  const ProgramResult result =
      run_program(train({"--epochs", "1", "--sample-every", "1", "--lr", "1e30"}));
  EXPECT_EQ(result.exit_code, 1);
  const std::string warning = "validation rows were left out at step ";
  EXPECT_THAT(result.err, HasSubstr(warning));
  EXPECT_EQ(result.err.find(warning), result.err.rfind(warning));
  EXPECT_THAT(read_file(out() / "events.jsonl"), HasSubstr(warning));
}

// libgomp reads its environment before main(), so the program starts itself once more.
TEST_F(TrainSources, ThreadsThatWaitSleepUnlessTheUserSaysOtherwise) {
  const auto environment_of_a_run = [&] {
    Program program(train({"--epochs", "100000"}));
    EXPECT_TRUE(wait_until([&] { return std::filesystem::exists(out() / "run.json"); }));
    const std::string file = "/proc/" + std::to_string(program.process()) + "/environ";
    const std::string environment = read_file(file);
    ::kill(program.process(), SIGKILL);
    program.wait();
    std::filesystem::remove_all(out());
    return environment;
  };
  {
    const ScopedVariable unset("GOMP_SPINCOUNT", std::nullopt);
    EXPECT_THAT(environment_of_a_run(), HasSubstr("GOMP_SPINCOUNT=1000"));
  }
  const ScopedVariable set("GOMP_SPINCOUNT", "77");
  EXPECT_THAT(environment_of_a_run(), HasSubstr("GOMP_SPINCOUNT=77"));
}

}  // namespace
}  // namespace infoplane::test
