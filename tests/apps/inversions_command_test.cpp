// `infoplane inversions` as a user meets it.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/bytes.h"
#include "tests/support/program.h"

namespace infoplane::test {
namespace {

using nlohmann::json;

class InversionsCommand : public testing::Test {
 protected:
  std::string save(const std::string& text) const {
    return folder_.write("trace.csv", text_bytes(text)).string();
  }
  TemporaryFolder folder_;
};

// (0, 1) and (0, 2) are inverted: less I(T;Y), more accuracy. Only (0, 1) has less I(X;T), too.
constexpr char kTrace[] =
    "accuracy,other,i_ty_bits,i_xt_bits\n"
    "0.9,x,1,4\n0.5,y,2,5\n0.6,z,3,3\n";

TEST_F(InversionsCommand, CountsColumnsFoundByName) {
  const ProgramResult result = run_program({"inversions", save(kTrace), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(json::parse(result.out),
            (json{{"samples", 3}, {"inversions", 2}, {"agreeing", 1}, {"percentage", 0.5}}));
  const ProgramResult text = run_program({"inversions", save(kTrace)});
  EXPECT_THAT(text.out, testing::HasSubstr("inversions  2 "));
  EXPECT_THAT(text.out, testing::HasSubstr("0.500000"));
}

// Moved by one, I(X;T) is 5, 3, 4, of which both pairs disagree; moved by two, 3, 4, 5: both agree.
// So they do with a line that rises.
TEST_F(InversionsCommand, ControlsSayWhatDriftsGive) {
  const std::vector<std::string> command = {"inversions", save(kTrace), "--controls"};
  const json counted = json::parse(run_program({command[0], command[1], command[2], "--json"}).out);
  EXPECT_NEAR(counted["moved"]["low"].get<double>(), 0.025, 1e-9);
  EXPECT_NEAR(counted["moved"]["high"].get<double>(), 0.975, 1e-9);
  EXPECT_EQ(counted["one_turn"], 1.0);
  const ProgramResult text = run_program(command);
  EXPECT_THAT(text.out, testing::HasSubstr("moved       0.025000 to 0.975000  "));
  EXPECT_THAT(text.out, testing::HasSubstr("one turn    1.000000  "));
}

TEST_F(InversionsCommand, ReadsOneSplitOfARun) {
  const std::string run = save(
      "step,split,accuracy,i_xt_bits,i_ty_bits\n"
      "0,train,0.9,4,1\n0,validation,0.1,1,1\n1,train,0.5,5,2\n1,validation,0.2,2,2\n");
  const auto inversions = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"inversions", run, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return json::parse(run_program(arguments).out);
  };
  EXPECT_EQ(inversions({})["inversions"], 0);
  EXPECT_EQ(inversions({})["samples"], 2);
  EXPECT_TRUE(inversions({})["percentage"].is_null());
  EXPECT_EQ(inversions({"--split", "validation"}), inversions({}));
  EXPECT_EQ(inversions({"--split", "train"})["inversions"], 1);
  expect_one_line(run_program({"inversions", run, "--split", "test"}), 2, {"'test'"});
  const std::string other = save(
      "split,accuracy,i_xt_bits,i_ty_bits\ntest set,0.9,4,1\ntest set,0.5,5,2\nvalidation,1,1,1\n");
  EXPECT_EQ(
      json::parse(
          run_program({"inversions", other, "--split", "test set", "--json"}).out)["agreeing"],
      1);
}

TEST_F(InversionsCommand, OneReadingOfSeveral) {
  const std::string file = save(
      "split,reading,accuracy,i_xt_bits,i_ty_bits\n"
      "validation,paper,0.9,4,1\nvalidation,bins_5,0.9,6,1\nvalidation,paper,0.5,5,2\n"
      "validation,bins_5,0.5,5,2\ntrain,paper,0.1,1,1\n");
  const auto agreeing = [&](const std::string& reading) {
    return json::parse(
        run_program({"inversions", file, "--reading", reading, "--json"}).out)["agreeing"];
  };
  EXPECT_EQ(agreeing("paper"), 1);
  EXPECT_EQ(agreeing("bins_5"), 0);
  expect_one_line(run_program({"inversions", file}), 2,
                  {"several readings of each sample", "--reading"});
  expect_one_line(run_program({"inversions", file, "--reading", "other"}), 2,
                  {"no sample of split 'validation' of reading 'other'", "--reading"});
  expect_one_line(run_program({"inversions", save(kTrace), "--reading", "paper"}), 2,
                  {"no column 'reading'"});
  expect_one_line(run_program({"inversions", folder_.path().string(), "--reading", "paper"}), 3,
                  {"without readings", "--readings"});
}

TEST_F(InversionsCommand, ATornLastLineIsLeftOutWithAWarning) {
  const ProgramResult result =
      run_program({"inversions", save(kTrace + std::string("0.7,z,")), "--json"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(json::parse(result.out)["samples"], 3);
  EXPECT_THAT(result.err, testing::MatchesRegex("infoplane: warning: .*trace.csv:5: .*torn.*\n"));
}

TEST_F(InversionsCommand, WrongFilesAreOneLine) {
  expect_one_line(run_program({"inversions", "/no/such.csv"}), 3, {"/no/such.csv"});
  expect_one_line(run_program({"inversions", save("i_xt_bits,i_ty_bits\n1,2\n")}), 3,
                  {"no column 'accuracy'"});
  expect_one_line(run_program({"inversions", save("accuracy,i_xt_bits,i_ty_bits\n1,?,2\n")}), 3,
                  {":2", "i_xt_bits", "'?'"});
  expect_one_line(run_program({"inversions", save("accuracy,i_xt_bits,i_ty_bits\n1,nan,2\n")}), 3,
                  {"not a number"});
  expect_one_line(run_program({"inversions", save("accuracy,i_xt_bits,i_ty_bits\n1,2\n")}), 3,
                  {":2", "2 cells"});
  expect_one_line(run_program({"inversions", save("accuracy,i_xt_bits,i_ty_bits\n")}), 3,
                  {"no samples"});
  expect_one_line(run_program({"inversions", save(kTrace), "--split", "train"}), 2, {"'split'"});
  expect_one_line(run_program({"inversions"}), 2, {"TRACE"});
}

}  // namespace
}  // namespace infoplane::test
