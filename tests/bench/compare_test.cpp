// The rule of `infoplane bench compare` on made-up times.

#include "bench/compare.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "core/error.h"
#include "tests/support/bytes.h"
#include "tests/support/temporary_folder.h"

namespace infoplane::bench {
namespace {

using Json = nlohmann::ordered_json;

Json time(double min, double median, double upper_quartile) {
  return {{"repeats", 15},
          {"min", min},
          {"lower_quartile", min},
          {"median", median},
          {"upper_quartile", upper_quartile}};
}

TEST(Compare, SaysWhatTheRuleSays) {
  const Json a = time(1.0, 1.1, 1.2);
  EXPECT_EQ(compare_times(a, a), Verdict::kSame);
  EXPECT_EQ(compare_times(a, time(1.02, 1.12, 9.0)), Verdict::kSame) << "tails do not matter";
  EXPECT_EQ(compare_times(a, time(0.8, 0.85, 0.9)), Verdict::kFaster);
  EXPECT_EQ(compare_times(a, time(1.3, 1.4, 1.5)), Verdict::kSlower);
  EXPECT_EQ(compare_times(a, time(0.8, 0.9, 1.05)), Verdict::kUnclear) << "they overlap";
  EXPECT_EQ(compare_times(a, time(1.1, 1.2, 1.3)), Verdict::kUnclear) << "they overlap";
  EXPECT_EQ(compare_times(a, time(1.0, 1.5, 2.0)), Verdict::kUnclear) << "only the minima agree";
  EXPECT_EQ(compare_times(time(1.0, 1.0, 1.0), time(1.02, 1.02, 1.02)), Verdict::kSame)
      << "apart, but by less than 3 %";
}

TEST(Compare, ExchangingTheFilesExchangesFasterAndSlower) {
  const Json one = time(1.0, 1.0, 1.0);
  const Json other = time(0.9705, 0.9705, 0.9705);  // 2.95 % less, 3.04 % more
  EXPECT_EQ(compare_times(one, other), Verdict::kFaster);
  EXPECT_EQ(compare_times(other, one), Verdict::kSlower);
  const Json slow = time(2.0, 2.1, 2.2);
  const Json fast = time(1.0, 1.1, 1.2);
  EXPECT_EQ(compare_times(slow, fast), Verdict::kFaster);
  EXPECT_EQ(compare_times(fast, slow), Verdict::kSlower);
}

class CompareFiles : public testing::Test {
 protected:
  std::string save(const std::string& name, const std::string& text) const {
    return folder_.write(name, test::Bytes(text.begin(), text.end())).string();
  }
  static Json result(int n, const Json& seconds) {
    return {{"config", {{"state", "fresh"}, {"n", n}}},
            {"machine", "a CPU"},
            {"seconds", {{"count", seconds}}}};
  }
  test::TemporaryFolder folder_;
};

TEST_F(CompareFiles, PairsConfigurationsWhateverTheirOrder) {
  const Json a = {
      {"benchmark", "mi"},
      {"results", {result(1, time(1, 1, 1)), result(2, time(1, 1, 1)), result(3, time(1, 1, 1))}}};
  const Json b = {
      {"benchmark", "mi"},
      {"results",
       {result(4, time(1, 1, 1)), result(2, time(2, 2, 2)), result(1, time(0.5, 0.5, 0.5))}}};
  std::map<std::string, Verdict> verdicts;
  for (const Comparison& one : compare_files(save("a", a.dump()), save("b", b.dump()))) {
    EXPECT_EQ(one.time, "count");
    verdicts[one.config] = one.verdict;
    EXPECT_EQ(one.a_min_s.has_value(), one.verdict != Verdict::kOnlyInB);
    EXPECT_EQ(to_json(one)["b_min"].is_null(), one.verdict == Verdict::kOnlyInA);
    EXPECT_EQ(to_json(one)["a_median"].is_null(), one.verdict == Verdict::kOnlyInB);
    EXPECT_EQ(to_json(one)["b_median"].is_null(), one.verdict == Verdict::kOnlyInA);
  }
  const std::map<std::string, Verdict> expected = {{"state=fresh n=1", Verdict::kFaster},
                                                   {"state=fresh n=2", Verdict::kSlower},
                                                   {"state=fresh n=3", Verdict::kOnlyInA},
                                                   {"state=fresh n=4", Verdict::kOnlyInB}};
  EXPECT_EQ(verdicts, expected);
}

TEST_F(CompareFiles, ListsTheTimesThatOneOfThemHas) {
  const Json a = {{"benchmark", "mi"}, {"results", {result(1, time(1, 1, 1))}}};
  Json b = a;
  b["results"][0]["seconds"] = {{"sort", time(2, 2, 2)}};
  const std::vector<Comparison> both = compare_files(save("a", a.dump()), save("b", b.dump()));
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].time, "count");
  EXPECT_EQ(both[0].verdict, Verdict::kOnlyInA);
  EXPECT_EQ(both[1].time, "sort");
  EXPECT_EQ(both[1].verdict, Verdict::kOnlyInB);
  EXPECT_EQ(both[1].b_min_s, 2.0);
}

TEST_F(CompareFiles, SaysWhereTheMachineIsAnother) {
  Json a = {{"benchmark", "mi"}, {"results", {result(1, time(1, 1, 1))}}};
  const std::string file = save("a", a.dump());
  EXPECT_EQ(compare_files(file, file).at(0).machines, "");
  a["results"][0]["machine"] = "another";
  EXPECT_EQ(compare_files(file, save("b", a.dump())).at(0).machines, "a CPU against another");
}

TEST_F(CompareFiles, RefusesWhatIsNotABenchmark) {
  const Json mi = {{"benchmark", "mi"}, {"results", {result(1, time(1, 1, 1))}}};
  const Json train = {{"benchmark", "train"}, {"results", Json::array()}};
  const Json no_median = {{"benchmark", "mi"}, {"results", {result(1, {{"min", 1.0}})}}};
  Json no_machine = mi;
  no_machine["results"][0].erase("machine");
  const std::string good = save("good", mi.dump());
  for (const std::string& bad : {save("train", train.dump()), save("text", "not json"),
                                 save("list", "[]"), save("times", no_median.dump()),
                                 save("machine", no_machine.dump()), (folder_ / "none").string()}) {
    EXPECT_THROW(compare_files(good, bad), DataError) << bad;
    EXPECT_THROW(compare_files(bad, good), DataError) << bad;
  }
}

}  // namespace
}  // namespace infoplane::bench
