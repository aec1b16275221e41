// `infoplane bench` as a user meets it.

#include <gmock/gmock.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "tests/support/environment.h"
#include "tests/support/instructions.h"
#include "tests/support/one_processor.h"
#include "tests/support/program.h"

namespace infoplane::test {
namespace {

using nlohmann::json;

class BenchCommand : public testing::Test {
 protected:
  json measure(std::vector<std::string> arguments) const {
    const std::string file = (folder_ / "results.json").string();
    arguments.insert(arguments.end(), {"--repeats", "2", "--json", file});
    const ProgramResult result = run_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(read_file(file));
  }

  static void expect_times(const json& seconds, const std::vector<std::string>& names) {
    EXPECT_EQ(seconds.size(), names.size());
    for (const std::string& name : names) {
      const json& time = seconds.at(name);
      EXPECT_GE(time["repeats"], 2) << name;
      EXPECT_GT(time["min"], 0.0) << name;
      EXPECT_LE(time["min"], time["lower_quartile"]) << name;
      EXPECT_LE(time["lower_quartile"], time["median"]) << name;
      EXPECT_LE(time["median"], time["upper_quartile"]) << name;
    }
  }

  TemporaryFolder folder_;
};

TEST_F(BenchCommand, MiMeasuresEveryCombination) {
  const json file = measure({"bench", "mi", "--rows", "333", "--bins", "5", "--classes", "3",
                             "--state", "ties", "--kernel", "auto,scalar", "--threads", "1,2"});
  EXPECT_EQ(file["benchmark"], "mi");
  EXPECT_TRUE(file["commit"].is_string());
  EXPECT_EQ(file["instructions"],
            json::parse(run_program({"doctor", "--json"}).out)["devices"][0]["instructions"]);
  EXPECT_EQ(file["results"].size(), 4u);
  for (const json& result : file["results"]) {
    const double n = result["config"]["n"];
    expect_times(result["seconds"], {"count", "information", "all"});
    const double fastest = result["seconds"]["all"]["min"];
    EXPECT_DOUBLE_EQ(result["rows_per_second"], n / fastest);
    EXPECT_NEAR(result["bytes_per_second"].get<double>() * fastest, n * 16.0, 1e-6);
    EXPECT_DOUBLE_EQ(result["bandwidth_share"],
                     result["bytes_per_second"].get<double>() /
                         result["bandwidth_bytes_per_second"].get<double>());
    EXPECT_EQ(result["bandwidth_kind"], "read");
    EXPECT_EQ(result["recounted_rows"], n);
    EXPECT_GT(result["symbols"], 1);
    EXPECT_GE(result["i_xt_bits"], result["i_ty_bits"]);
    EXPECT_GT(result["i_ty_bias_bits"], -1.0);
    EXPECT_EQ(result["config"]["device"], "cpu");
  }
  // What is measured does not depend on how.
  EXPECT_EQ(file["results"][0]["i_ty_bits"], file["results"][3]["i_ty_bits"]);
  EXPECT_EQ(file["results"][0]["config"]["kernel"], "auto");
  EXPECT_EQ(file["results"][0]["kernel"], has_instructions("avx512") ? "avx512"
                                          : has_instructions("avx2") ? "avx2"
                                                                     : "scalar");
  EXPECT_EQ(file["results"][3]["kernel"], "scalar");
  EXPECT_EQ(file["results"][3]["config"]["kernel"], "scalar");
  EXPECT_EQ(file["results"][3]["config"]["threads"], 2);
}

TEST_F(BenchCommand, MiNamesTheKernelOfTheEnvironment) {
  const ScopedVariable variable("INFOPLANE_CPU_KERNEL", "scalar");
  const json file = measure({"bench", "mi", "--rows", "33", "--state", "ties"});
  EXPECT_EQ(file["results"][0]["config"]["kernel"], "scalar");
  EXPECT_EQ(file["results"][0]["kernel"], "scalar");
}

TEST_F(BenchCommand, MiSaysWhichKernelAutoIs) {
  const ProgramResult result =
      run_program({"bench", "mi", "--rows", "33", "--state", "ties", "--repeats", "1"});
  EXPECT_THAT(result.out, testing::ContainsRegex("ties +auto \\((avx512|avx2|scalar)\\) "));
}

TEST_F(BenchCommand, AKernelOfTheOtherDeviceIsRefusedBeforeAnythingIsPrinted) {
  const ProgramResult result = run_program({"bench", "mi", "--kernel", "auto,warp-rows"});
  expect_one_line(result, 2, {"--kernel warp-rows: a kernel of the GPU", "auto, scalar, avx2"});
  EXPECT_EQ(result.out, "");
  const ScopedVariable variable("INFOPLANE_CPU_KERNEL", "sse9");
  const ProgramResult named = run_program({"bench", "mi"});
  expect_one_line(named, 2, {"INFOPLANE_CPU_KERNEL=sse9"});
  EXPECT_EQ(named.out, "");
}

TEST_F(BenchCommand, ThreadsAreThePhysicalCoresThatItMayUse) {
  const OneProcessor one;
  const json file = measure({"bench", "mi", "--rows", "33", "--state", "ties"});
  EXPECT_EQ(file["results"][0]["config"]["threads"], 1);
}

TEST_F(BenchCommand, TrainMeasuresStepAndSample) {
  const json file = measure({"bench", "train", "--data", "mnist", "--batch", "16", "fc-3"});
  EXPECT_EQ(file["benchmark"], "train");
  ASSERT_EQ(file["results"].size(), 1u);
  const json& result = file["results"][0];
  expect_times(result["seconds"], {"step", "sample_forward", "sample_count"});
  EXPECT_EQ(result["parameters"], 784 * 256 + 256 + 2 * 256 + 256 * 10 + 10);
  EXPECT_GT(result["loss_nats"], 0.0);
  EXPECT_EQ(result["cuda_graphs"], false);  // on the host
  EXPECT_EQ(result["config"]["determinism"], "bitwise");
  EXPECT_EQ(result["config"]["precision"], "fp32");
  const ProgramResult tf32 = run_program({"bench", "train", "fc-3", "--precision", "tf32"});
  EXPECT_EQ(tf32.exit_code, 2);
  EXPECT_THAT(tf32.err, testing::HasSubstr("the CPU does not compute in tf32"));
  const double step = result["seconds"]["step"]["min"];
  const double forward = result["seconds"]["sample_forward"]["min"];
  const double count = result["seconds"]["sample_count"]["min"];
  EXPECT_DOUBLE_EQ(result["images_per_second"], 16.0 / step);
  EXPECT_DOUBLE_EQ(result["sample_share_of_forward"], count / forward);
  EXPECT_DOUBLE_EQ(result["sample_share_of_step"], (forward + count) / step);
  EXPECT_GT(result["ceiling_share"], 0.0);
}

TEST_F(BenchCommand, LossesAreThoseOfTheFirstSteps) {
  const std::string start = (folder_ / "start.safetensors").string();
  std::vector<std::string> arguments = {"bench", "losses",    "fc-3", "--steps", "2",  "--batch",
                                        "8",     "--threads", "1",    "--start", start};
  const ProgramResult text = run_program(arguments);
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, testing::MatchesRegex(" +0 [0-9.]+\n +1 [0-9.]+\n"));
  EXPECT_TRUE(std::filesystem::exists(start));
  arguments.emplace_back("--json");
  const json report = json::parse(run_program(arguments).out);
  EXPECT_EQ(report["batch"], 8);
  ASSERT_EQ(report["losses_nats"].size(), 2u);
  EXPECT_FLOAT_EQ(report["losses_nats"][0].get<float>(), std::stof(text.out.substr(7)));
}

TEST_F(BenchCommand, CompareReadsWhatTheOthersWrite) {
  measure({"bench", "mi", "--rows", "100", "--state", "fresh"});
  const std::string file = (folder_ / "results.json").string();
  const ProgramResult result = run_program({"bench", "compare", file, file, "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json comparisons = json::parse(result.out);
  ASSERT_EQ(comparisons.size(), 3u);
  for (const json& one : comparisons) {
    EXPECT_EQ(one["verdict"], "same");
    EXPECT_THAT(one["config"].get<std::string>(), testing::HasSubstr("state=fresh n=100"));
  }
  const json first = json::parse(read_file(file))["results"][0]["seconds"]["count"];
  EXPECT_EQ(comparisons[0]["a_median"], first["median"]);
  EXPECT_EQ(comparisons[0]["b_median"], first["median"]);
  const std::string table = run_program({"bench", "compare", file, file}).out;
  EXPECT_THAT(table, testing::HasSubstr("A median ms B median ms"));
  char medians[64];
  const double median_ms = first["median"].get<double>() * 1e3;
  std::snprintf(medians, sizeof medians, "%11.4f %11.4f  1.000  state=fresh", median_ms, median_ms);
  EXPECT_THAT(table, testing::HasSubstr(medians));
  expect_one_line(run_program({"bench", "compare", file, "/no/such.json"}), 3, {"/no/such.json"});
}

TEST_F(BenchCommand, WrongUseIsOneLine) {
  const auto refused = [](const std::vector<std::string>& arguments, const std::string& part) {
    expect_one_line(run_program(arguments), 2, {part});
  };
  refused({"bench"}, "bench");
  refused({"bench", "mj"}, "did you mean 'mi'?");
  refused({"bench", "mi", "--rowz", "5"}, "did you mean '--rows'?");
  refused({"bench", "mi", "--state", "frozen"}, "frozen");
  refused({"bench", "mi", "--kernel", "sse9"}, "sse9");
  refused({"bench", "mi", "--rows", "0"}, "--rows");
  refused({"bench", "train", "fc-4"}, "fc-4");
  refused({"bench", "train", "fc-3", "--determinism", "slow"}, "slow");
  refused({"bench", "train", "fc-3", "--data", "minst"}, "did you mean 'mnist'?");
}

}  // namespace
}  // namespace infoplane::test
