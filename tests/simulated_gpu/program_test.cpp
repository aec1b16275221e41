// The program where there is a GPU, as a user meets it.
#include "tests/support/program.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/bytes.h"
#include "tests/support/environment.h"
#include "tests/support/logits.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ProgramOnGpu : public testing::Test {
 protected:
  std::string path(const char* name) const { return (folder_.path() / name).string(); }

  ProgramResult run(const std::vector<std::string>& arguments) const {
    ProgramResult result = run_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }

  TemporaryFolder folder_;
};

TEST_F(ProgramOnGpu, SeesTheGpuAndHowToHideIt) {
  EXPECT_THAT(run({"doctor"}).out, HasSubstr("simulated GPU, compute capability 9.0, 16.0 GiB"));
  const ScopedVariable hidden("CUDA_VISIBLE_DEVICES", "");
  expect_one_line(run_program({"train", "tishby", "--data", "tishby", "--device", "cuda"}), 3,
                  {"the NVIDIA driver shows no GPU", "CUDA_VISIBLE_DEVICES", "--device cpu"});
}

TEST_F(ProgramOnGpu, TrainsThereByItselfWithGraphsOrWithoutToTheSameBytes) {
  const auto metrics = [&](const char* name, const char* graphs) {
    run({"train", "tishby", "--data", "tishby", "--epochs", "5", "--set",
         std::string("cuda_graphs=") + graphs, "--quiet", "--out", path(name)});
    return read_file(folder_.path() / name / "metrics.csv");
  };
  const std::string with = metrics("with", "true");
  const json facts = json::parse(read_file(folder_.path() / "with" / "run.json"));
  EXPECT_EQ(facts["device"]["kind"], "cuda");
  EXPECT_EQ(facts["precision"], "tf32");
  EXPECT_EQ(facts["status"], "done");
  EXPECT_THAT(with, HasSubstr("validation"));
  EXPECT_EQ(metrics("without", "false"), with);
}

TEST_F(ProgramOnGpu, MeasuresArraysAsTheHostDoes) {
  for (const auto& [classes, rows] : {std::pair{10, 2000}, std::pair{100, 500}}) {
    const LogitRows data = make_logits(LogitState::kTrained, rows, classes, 10, 5);
    const std::string shape = "(" + std::to_string(rows) + ", " + std::to_string(classes) + ")";
    const std::string logits =
        folder_.write("logits.npy", npy("<f4", shape, raw(data.logits))).string();
    const std::string labels =
        folder_.write("labels.npy", npy("<i4", "(" + std::to_string(rows) + ",)", raw(data.labels)))
            .string();
    const auto measured = [&](const char* device) {
      return json::parse(run({"mi", logits, labels, "--device", device, "--json"}).out);
    };
    const json host = measured("cpu");
    const json gpu = measured("cuda");
    EXPECT_EQ(gpu["symbols"], host["symbols"]);
    EXPECT_EQ(gpu["singletons"], host["singletons"]);
    for (const char* bits : {"i_xt_bits", "i_ty_bits", "h_y_bits"}) {
      EXPECT_NEAR(gpu[bits].get<double>(), host[bits].get<double>(), 1e-11) << bits;
    }
  }
}

TEST_F(ProgramOnGpu, BenchesItsKernels) {
  const std::string file = path("mi.json");
  EXPECT_THAT(run({"bench", "mi", "--device", "cuda", "--rows", "1000", "--repeats", "1", "--state",
                   "fresh", "--kernel", "private-counters,global-atomics", "--json", file})
                  .out,
              testing::AllOf(HasSubstr("private-counters"), HasSubstr("global-atomics")));
  const json results = json::parse(read_file(file))["results"];
  ASSERT_EQ(results.size(), 2u);
  for (const json& result : results) {
    EXPECT_EQ(result["config"]["device"], "cuda");
    EXPECT_GT(result["seconds"]["count"]["min"].get<double>(), 0.0);
  }
}

}  // namespace
}  // namespace infoplane::test
