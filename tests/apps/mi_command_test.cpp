// `infoplane mi` as a user meets it.

#include <gmock/gmock.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/oracle/information.h"
#include "tests/support/bytes.h"
#include "tests/support/logits.h"
#include "tests/support/program.h"
#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class MiCommand : public testing::Test {
 protected:
  std::string save(const std::string& name, const Bytes& bytes) const {
    return folder_.write(name, bytes).string();
  }
  template <class T>
  std::string logits(const std::vector<T>& values, int classes) const {
    const std::string rows = std::to_string(values.size() / static_cast<std::size_t>(classes));
    return save("logits.npy", npy(sizeof(T) == 4 ? "<f4" : "<f8",
                                  "(" + rows + ", " + std::to_string(classes) + ")", raw(values)));
  }
  template <class T>
  std::string labels(const std::vector<T>& values, const std::string& descr) const {
    return save("labels.npy", npy(descr, "(" + std::to_string(values.size()) + ",)", raw(values)));
  }

  TemporaryFolder folder_;
};

TEST_F(MiCommand, AgreesWithTheDefinition) {
  for (const int bins : {2, 10, 15}) {
    const LogitRows rows = make_logits(LogitState::kTrained, 3000, 10, bins, 5);
    const ProgramResult result =
        run_program({"mi", logits(rows.logits, 10), labels(rows.labels, "<i4"), "--bins",
                     std::to_string(bins), "--json", "--device", "cpu"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const json actual = json::parse(result.out);
    const oracle::Result expected = oracle::information(rows.logits, rows.labels, 10, bins);
    ASSERT_EQ(expected.near_edges, 0) << "choose another seed";
    EXPECT_EQ(actual["n"], 3000);
    EXPECT_EQ(actual["rejected"], 0);
    EXPECT_EQ(actual["symbols"], expected.symbols);
    EXPECT_EQ(actual["singletons"], expected.singletons);
    EXPECT_NEAR(actual["i_xt_bits"].get<double>(), expected.h_t_bits, 1e-9);
    EXPECT_NEAR(actual["i_ty_bits"].get<double>(),
                expected.h_t_bits + expected.h_y_bits - expected.h_ty_bits, 1e-9);
    EXPECT_NEAR(actual["h_y_bits"].get<double>(), expected.h_y_bits, 1e-9);
    EXPECT_NEAR(actual["i_xt_ceiling_bits"].get<double>(), std::log2(3000.0), 1e-12);
    EXPECT_EQ(actual["per_class"].size(), 10u);
  }
}

// What docs/lesson.md works out by hand.
TEST_F(MiCommand, MeasuresTheLessonsEightImages) {
  std::vector<float> probabilities;
  for (const float p : {0.9f, 0.8f, 0.7f, 0.6f, 0.1f, 0.2f, 0.3f, 0.4f}) {
    probabilities.insert(probabilities.end(), {p, 1.0f - p});
  }
  const ProgramResult result =
      run_program({"mi", logits(probabilities, 2),
                   labels(std::vector<std::int64_t>{0, 0, 0, 1, 1, 1, 1, 0}, "<i8"),
                   "--probabilities", "--bins", "2,10,100", "--null", "100", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json sweep = json::parse(result.out)["sweep"];
  const double left = 0.75 * std::log2(0.75) + 0.25 * std::log2(0.25);
  const struct {
    int symbols;
    double i_xt, i_ty, shuffled;
  } expected[] = {{2, 1.0, 1.0 + left, 0.109263}, {6, 2.5, 0.75, 0.74}, {8, 3.0, 1.0, 1.0}};
  ASSERT_EQ(sweep.size(), 3u);
  for (std::size_t i = 0; i < sweep.size(); ++i) {
    EXPECT_EQ(sweep[i]["symbols"], expected[i].symbols);
    EXPECT_NEAR(sweep[i]["i_xt_bits"].get<double>(), expected[i].i_xt, 1e-12);
    EXPECT_NEAR(sweep[i]["i_ty_bits"].get<double>(), expected[i].i_ty, 1e-12);
    EXPECT_NEAR(sweep[i]["null"]["i_ty_mean_bits"].get<double>(), expected[i].shuffled, 1e-6);
  }
}

TEST_F(MiCommand, WarnsOfProbabilitiesTakenForLogits) {
  const std::vector<std::int64_t> y = {0, 1, 1};
  const std::string labels_file = labels(y, "<i8");
  const auto warnings = [&](const std::vector<float>& values,
                            const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"mi", logits(values, 2), labels_file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = run_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.err;
  };
  const std::vector<float> softmax = {0.25f, 0.75f, 1.0f, 0.0f, 0.5f, 0.5f};
  EXPECT_THAT(warnings(softmax, {}), HasSubstr("did you mean --probabilities?"));
  EXPECT_EQ(warnings(softmax, {"--probabilities"}), "");
  EXPECT_EQ(warnings({0.25f, 0.75f, 1.0f, 0.0f, 0.5f, 0.6f}, {}), "");
}

TEST_F(MiCommand, AClassWithoutRowsHasNoAccuracy) {
  const json result = json::parse(run_program({"mi", logits<float>({1, 0, 0, 0, 2, 0}, 3),
                                               labels<std::int64_t>({0, 1}, "<i8"), "--json"})
                                      .out);
  EXPECT_EQ(result["per_class"][1]["accuracy"], 1.0);
  EXPECT_TRUE(result["per_class"][2]["accuracy"].is_null());
  const ProgramResult text = run_program(
      {"mi", logits<float>({1, 0, 0, 0, 2, 0}, 3), labels<std::int64_t>({0, 1}, "<i8")});
  EXPECT_THAT(text.out, testing::AllOf(HasSubstr("- "), testing::Not(HasSubstr("nan"))));
}

// What no dense table holds.
TEST_F(MiCommand, CountsAHundredAndAThousandClasses) {
  for (const int classes : {100, 1000}) {
    const LogitRows rows = make_logits(LogitState::kTrained, 60, classes, 10, 5);
    const ProgramResult result =
        run_program({"mi", logits(rows.logits, classes), labels(rows.labels, "<i4"), "--json",
                     "--device", "cpu"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const json actual = json::parse(result.out);
    const oracle::Result expected = oracle::information(rows.logits, rows.labels, classes, 10);
    ASSERT_EQ(expected.near_edges, 0) << "choose another seed";
    EXPECT_EQ(actual["symbols"], expected.symbols);
    EXPECT_NEAR(actual["i_xt_bits"].get<double>(), expected.h_t_bits, 1e-9);
    EXPECT_NEAR(actual["i_ty_bits"].get<double>(),
                expected.h_t_bits + expected.h_y_bits - expected.h_ty_bits, 1e-9);
    EXPECT_EQ(actual["per_class"].size(), static_cast<std::size_t>(classes));
  }
}

TEST_F(MiCommand, TakesAnyFloatOrderAndIntegerLabel) {
  const LogitRows rows = make_logits(LogitState::kTrained, 500, 4, 10, 6);
  const auto measure = [&](const std::string& logits_file, const std::string& labels_file) {
    const ProgramResult result =
        run_program({"mi", logits_file, labels_file, "--json", "--device", "cpu"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  const std::string expected = measure(logits(rows.logits, 4), labels(rows.labels, "<i4"));
  EXPECT_EQ(
      measure(logits(std::vector<double>(rows.logits.begin(), rows.logits.end()), 4),
              labels(std::vector<std::int64_t>(rows.labels.begin(), rows.labels.end()), "<i8")),
      expected);
  std::vector<float> fortran(rows.logits.size());
  for (std::size_t i = 0; i < 500; ++i) {
    for (std::size_t c = 0; c < 4; ++c) {
      fortran[c * 500 + i] = rows.logits[i * 4 + c];
    }
  }
  EXPECT_EQ(measure(save("fortran.npy", npy("<f4", "(500, 4)", raw(fortran), true)),
                    labels(Bytes(rows.labels.begin(), rows.labels.end()), "|u1")),
            expected);
}

TEST_F(MiCommand, RejectsRowsAndSaysHowMany) {
  LogitRows rows = make_logits(LogitState::kTrained, 100, 3, 10, 7);
  rows.logits[3 * 7] = std::numeric_limits<float>::quiet_NaN();
  rows.logits[3 * 8] = std::numeric_limits<float>::infinity();
  rows.labels[9] = 3;
  const std::string logits_file = logits(rows.logits, 3);
  const std::string labels_file = labels(rows.labels, "<i4");
  expect_one_line(run_program({"mi", logits_file, labels_file}), 3,
                  {"3 of 100", "2 with logits that are NaN", "1 with a label", "--skip-rejected"});
  const ProgramResult skipped =
      run_program({"mi", logits_file, labels_file, "--skip-rejected", "--json"});
  ASSERT_EQ(skipped.exit_code, 0) << skipped.err;
  EXPECT_EQ(json::parse(skipped.out)["n"], 97);
  EXPECT_EQ(json::parse(skipped.out)["rejected"], 3);
}

TEST_F(MiCommand, AFileCutWhileItIsReadIsOneLine) {
  constexpr int kRows = 10'000'000;  // of zeros, which take no room before they are read
  const std::string rows = std::to_string(kRows);
  const std::string file = save("logits.npy", npy("<f4", "(" + rows + ", 10)", {}));
  const std::string truth = save("labels.npy", npy("|u1", "(" + rows + ",)", {}));
  std::filesystem::resize_file(file, std::filesystem::file_size(file) + std::uintmax_t{40} * kRows);
  std::filesystem::resize_file(truth, std::filesystem::file_size(truth) + kRows);
  Program program({"mi", file, truth, "--device", "cpu"});
  ASSERT_TRUE(wait_until([&] {
    const std::string maps = read_file("/proc/" + std::to_string(program.process()) + "/maps");
    return maps.find(file) != std::string::npos;
  }));
  ::kill(program.process(), SIGSTOP);  // it must not be done before the file is cut
  std::filesystem::resize_file(file, 4096);
  ::kill(program.process(), SIGCONT);
  expect_one_line(program.wait(), 3, {"became shorter"});
}

TEST_F(MiCommand, WrongArraysAreOneLine) {
  const LogitRows rows = make_logits(LogitState::kTrained, 20, 3, 10, 8);
  const std::string good_logits = logits(rows.logits, 3);
  const std::string good_labels = labels(rows.labels, "<i4");
  const auto refused = [](const std::string& logits_file, const std::string& labels_file,
                          const std::vector<std::string>& parts) {
    expect_one_line(run_program({"mi", logits_file, labels_file}), 3, parts);
  };
  refused("/no/such.npy", good_labels, {"/no/such.npy"});
  refused(good_labels, good_labels, {"two-dimensional"});
  refused(good_logits, good_logits, {"one-dimensional"});
  refused(save("ints.npy", npy("<i4", "(20, 3)", Bytes(240))), good_labels, {"floats"});
  refused(good_logits, save("short.npy", npy("|u1", "(19,)", Bytes(19))), {"20 rows", "19 labels"});
  refused(save("cut.npy", npy("<f4", "(20, 3)", Bytes(100))), good_labels, {"cut.npy"});
  refused(save("none.npy", npy("<f4", "(0, 3)", {})), save("no.npy", npy("|u1", "(0,)", {})),
          {"none.npy", "empty"});
  refused(save("one.npy", npy("<f4", "(20, 1)", Bytes(80))), good_labels, {"two classes"});
  expect_one_line(run_program({"mi", good_logits, good_labels, "--bins", "1"}), 2, {"--bins"});
  expect_one_line(run_program({"mi", good_logits}), 2, {"LABELS"});
}

}  // namespace
}  // namespace infoplane::test
