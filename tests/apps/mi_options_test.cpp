// What `infoplane mi` says beside the plug-in values: sweeps, estimators, controls, conventions.

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/oracle/tuples.h"
#include "tests/support/bytes.h"
#include "tests/support/csv_cells.h"
#include "tests/support/logits.h"
#include "tests/support/program.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class MiOptions : public testing::Test {
 protected:
  std::string save(const std::string& name, const std::vector<float>& values, int width) const {
    const std::string rows = std::to_string(values.size() / static_cast<std::size_t>(width));
    return folder_
        .write(name, npy("<f4", "(" + rows + ", " + std::to_string(width) + ")", raw(values)))
        .string();
  }
  std::string save_labels(const std::vector<std::int32_t>& labels) const {
    return folder_
        .write("labels.npy", npy("<i4", "(" + std::to_string(labels.size()) + ",)", raw(labels)))
        .string();
  }
  /// Runs `mi` on these logits and the data's labels.
  ProgramResult mi(const std::vector<float>& values, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"mi", save("values.npy", values, 4),
                                          save_labels(data_.labels)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments);
  }
  json mi_json(const std::vector<float>& values, std::vector<std::string> more) const {
    more.push_back("--json");
    const ProgramResult result = mi(values, more);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(result.out);
  }
  std::vector<float> probabilities() const {
    std::vector<float> values;
    for (std::size_t i = 0; i < data_.logits.size(); i += 4) {
      for (const double p : oracle::softmax(data_.logits.data() + i, 4)) {
        values.push_back(static_cast<float>(p));
      }
    }
    return values;
  }

  TemporaryFolder folder_;
  LogitRows data_ = make_logits(LogitState::kTrained, 3500, 4, 10, 5);
};

TEST_F(MiOptions, ASweepIsEveryNumberOfBinsAlone) {
  const json sweep =
      mi_json(data_.logits, {"--bins", "5,10,20", "--null", "3", "--estimator", "all"})["sweep"];
  ASSERT_EQ(sweep.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(sweep[i], mi_json(data_.logits, {"--bins", std::to_string(5 << i), "--null", "3",
                                               "--estimator", "all"}));
  }
}

TEST_F(MiOptions, SaysHowFarAValueCanBeTrusted) {
  const json result = mi_json(data_.logits, {"--estimator", "ml,miller_madow", "--null", "5"});
  const double n = result["n"];
  EXPECT_DOUBLE_EQ(result["coverage"], 1.0 - result["singletons"].get<double>() / n);
  const json& ml = result["estimators"]["ml"];
  const json& corrected = result["estimators"]["miller_madow"];
  EXPECT_EQ(result["estimators"].size(), 2u);
  EXPECT_EQ(mi_json(data_.logits, {"--estimator", "ml,all"})["estimators"].size(), 6u);
  EXPECT_THAT(mi(data_.logits, {"--estimator", "ml,ml", "--csv"}).out,
              testing::Not(testing::ContainsRegex("ml_i_xt_bits.*ml_i_xt_bits")));
  for (const char* key : {"h_t_bits", "h_y_bits", "i_xt_bits", "i_ty_bits"}) {
    EXPECT_NEAR(ml[key], result[key], 1e-12) << key;
  }
  EXPECT_NEAR(corrected["h_t_bits"].get<double>() - ml["h_t_bits"].get<double>(),
              (result["symbols"].get<double>() - 1.0) / (2.0 * n * std::log(2.0)), 1e-12);
  EXPECT_NEAR(ml["i_ty_bits"].get<double>() - corrected["i_ty_bits"].get<double>(),
              result["i_ty_bias_bits"], 1e-12);
  const json& null = result["null"];
  EXPECT_EQ(null["repeats"], 5);
  EXPECT_GT(null["i_ty_mean_bits"], 0.0);
  EXPECT_LT(null["i_ty_mean_bits"], result["i_ty_bits"]);
  EXPECT_GT(null["i_ty_sd_bits"], 0.0);
}

TEST_F(MiOptions, TheControlIsDrawnAgainBySeed) {
  const auto control = [&](const char* seed) {
    return mi_json(data_.logits, {"--null", "4", "--seed", seed})["null"];
  };
  EXPECT_EQ(control("7"), control("7"));
  EXPECT_NE(control("7"), control("8"));
}

TEST_F(MiOptions, ProbabilitiesGiveWhatTheirLogitsGive) {
  const json logits = mi_json(data_.logits, {});
  const json result = mi_json(probabilities(), {"--probabilities"});
  for (const char* key : {"n", "symbols", "singletons", "coverage", "accuracy"}) {
    EXPECT_EQ(result[key], logits[key]) << key;
  }
  EXPECT_NEAR(result["i_xt_bits"], logits["i_xt_bits"], 1e-12);
  EXPECT_NEAR(result["i_ty_bits"], logits["i_ty_bits"], 1e-12);
  EXPECT_NEAR(result["loss_nats"], logits["loss_nats"], 1e-5);
}

TEST_F(MiOptions, RowsThatAreNoProbabilitiesAreRejected) {
  std::vector<float> values = probabilities();
  values[0] += 0.01f;
  values[4] = -values[4];
  expect_one_line(mi(values, {"--probabilities"}), 3,
                  {"2 of 3500", "no probabilities", "--skip-rejected"});
  EXPECT_EQ(mi_json(values, {"--probabilities", "--skip-rejected"})["rejected"], 2);
  expect_one_line(mi(data_.logits, {"--probabilities", "--skip-rejected"}), 3, {"rejected"});
}

TEST_F(MiOptions, IbCnnLooksAt3000Rows) {
  const json result = mi_json(data_.logits, {"--convention", "ib_cnn"});
  const json paper = mi_json(data_.logits, {"--convention", "paper"});
  EXPECT_EQ(result["n"], 3000);
  EXPECT_EQ(result["convention"], "ib_cnn");
  EXPECT_EQ(result["accuracy"], paper["accuracy"]);
  EXPECT_GT(result["symbols"], paper["symbols"]);
  EXPECT_THAT(mi(data_.logits, {"--convention", "ib_cnn"}).out,
              HasSubstr("the first 3000 rows, accuracy and loss of all"));
}

TEST_F(MiOptions, OfAClassBehindThoseRowsIbCnnKnowsNothing) {
  std::fill(data_.labels.begin(), data_.labels.begin() + 3000, 0);
  data_.labels[0] = 1;
  std::fill(data_.labels.begin() + 3000, data_.labels.end(), 2);
  const json classes = mi_json(data_.logits, {"--convention", "ib_cnn"})["per_class"];
  EXPECT_TRUE(classes[0]["accuracy"].is_number());
  EXPECT_EQ(classes[2]["n"], 0);
  EXPECT_TRUE(classes[2]["accuracy"].is_null());
}

TEST_F(MiOptions, IdnnsMeasuresHiddenLayers) {
  std::vector<float> values;
  for (const float logit : data_.logits) {
    values.push_back(std::tanh(logit - 6.0f));
  }
  const json result = mi_json(values, {"--convention", "idnns", "--bins", "30"});
  EXPECT_EQ(result["n"], 3500);
  EXPECT_TRUE(result["accuracy"].is_null());
  EXPECT_LE(result["i_ty_bits"], result["h_y_bits"]);
  expect_one_line(mi(data_.logits, {"--convention", "idnns"}), 3, {"values outside [-1, 1]"});
  const ProgramResult text = mi(values, {"--convention", "idnns", "--bins", "30"});
  EXPECT_THAT(text.out, HasSubstr("convention  idnns"));
  EXPECT_THAT(text.out, Not(HasSubstr("accuracy")));
}

TEST_F(MiOptions, ActivationsAreTuplesOfIntervals) {
  std::vector<float> values;
  for (const float logit : data_.logits) {
    values.push_back(std::max(0.0f, logit - 4.0f));  // as ReLU leaves them
  }
  const float largest = *std::max_element(values.begin(), values.end());
  const json found = mi_json(values, {"--activations", "--bins", "7", "--null", "3"});
  const oracle::Result expected =
      oracle::layer(values, data_.labels, 4, 4, 0.0, static_cast<double>(largest), 7, false);
  EXPECT_EQ(found["convention"], "paper");
  EXPECT_EQ(found["units"], 4);
  EXPECT_EQ(found["range"], (json{0.0f, largest}));
  EXPECT_EQ(found["range_found"], true);
  EXPECT_EQ(found["n"], 3500);
  EXPECT_EQ(found["symbols"], expected.symbols);
  EXPECT_EQ(found["singletons"], expected.singletons);
  EXPECT_NEAR(found["i_xt_bits"].get<double>(), expected.h_t_bits, 1e-11);
  EXPECT_NEAR(found["i_ty_bits"].get<double>(),
              expected.h_t_bits + expected.h_y_bits - expected.h_ty_bits, 1e-11);
  EXPECT_TRUE(found["accuracy"].is_null());
  EXPECT_TRUE(found["loss_nats"].is_null());
  EXPECT_LT(found["null"]["i_ty_mean_bits"], found["i_ty_bits"]);

  const std::vector<std::string> half = {"--activations", "--range", "0,4", "--bins", "5"};
  expect_one_line(mi(values, half), 3, {"outside [0, 4]", "--skip-rejected"});
  std::vector<std::string> clamped = half;
  clamped.push_back("--clamp");
  const json sum = mi_json(values, clamped);
  const oracle::Result clamping = oracle::layer(values, data_.labels, 4, 4, 0.0, 4.0, 5, true);
  EXPECT_EQ(sum["symbols"], clamping.symbols);
  EXPECT_EQ(sum["clamped"], true);
  std::vector<std::string> skipping = half;
  skipping.push_back("--skip-rejected");
  EXPECT_EQ(mi_json(values, skipping)["rejected"],
            oracle::layer(values, data_.labels, 4, 4, 0.0, 4.0, 5, false).bad_logits);

  const ProgramResult text = mi(values, {"--activations", "--bins", "5,10"});
  EXPECT_THAT(text.out, HasSubstr("units       4, range [0, "));
  EXPECT_THAT(text.out, HasSubstr("the smallest and the largest value"));
  EXPECT_THAT(mi(values, {"--activations", "--csv"}).out, HasSubstr(",range_low,range_high\n"));
}

TEST_F(MiOptions, ActivationsOfAnyShapeAreFlattened) {
  const std::vector<std::int32_t> few(data_.labels.begin(), data_.labels.begin() + 875);
  const std::string labels = save_labels(few);
  const auto measured = [&](const std::string& shape, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "mi", folder_.write("layer.npy", npy("<f4", shape, raw(data_.logits))).string(), labels};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments);
  };
  const ProgramResult flat = measured("(875, 16)", {"--activations", "--bins", "3", "--json"});
  ASSERT_EQ(flat.exit_code, 0) << flat.err;
  EXPECT_EQ(measured("(875, 4, 2, 2)", {"--activations", "--bins", "3", "--json"}).out, flat.out);
  expect_one_line(measured("(875, 4, 2, 2)", {}), 3, {"(875, 4, 2, 2)", "--activations"});
  expect_one_line(measured("(14000,)", {"--activations"}), 3, {"(14000,)", "(N, ...)"});
}

TEST_F(MiOptions, CsvHasALineForEachNumberOfBins) {
  const std::vector<std::string> options = {"--bins", "5,10",        "--null",
                                            "3",      "--estimator", "chao_shen"};
  std::vector<std::string> csv_options = options;
  csv_options.push_back("--csv");
  std::istringstream csv(mi(data_.logits, csv_options).out);
  const json sweep = mi_json(data_.logits, options)["sweep"];
  const auto cells = [&csv] {
    std::string line;
    std::getline(csv, line);
    return csv_cells(line);
  };
  const std::vector<std::string> header = cells();
  for (std::size_t i = 0; i < 2; ++i) {
    const std::vector<std::string> row = cells();
    ASSERT_EQ(row.size(), header.size());
    for (std::size_t k = 1; k < row.size(); ++k) {
      if (sweep[i].contains(header[k])) {
        EXPECT_EQ(std::stod(row[k]), sweep[i][header[k]].get<double>()) << header[k];
      }
    }
    EXPECT_EQ(header[17], "chao_shen_i_ty_bits");
    EXPECT_EQ(std::stod(row[17]), sweep[i]["estimators"]["chao_shen"]["i_ty_bits"]);
    EXPECT_EQ(header[19], "null_i_ty_mean_bits");
    EXPECT_EQ(std::stod(row[19]), sweep[i]["null"]["i_ty_mean_bits"]);
  }
}

TEST_F(MiOptions, PeopleSeeWhatJudgesAValue) {
  const ProgramResult one = mi(data_.logits, {"--null", "3", "--estimator", "all"});
  for (const char* part : {"seen once", "coverage", "log2 N", "H(Y)", "bias", "shuffled",
                           "grassberger2003", "one class against the rest"}) {
    EXPECT_THAT(one.out, HasSubstr(part));
  }
  const ProgramResult sweep = mi(data_.logits, {"--null", "3", "--bins", "5,10"});
  for (const char* part :
       {"rows        3500", "singletons", "coverage", "log2 N", "H(Y)", "bias", "shuffled"}) {
    EXPECT_THAT(sweep.out, HasSubstr(part));
  }
}

TEST_F(MiOptions, WrongUseIsOneLine) {
  const auto refused = [&](const std::vector<std::string>& options,
                           const std::vector<std::string>& parts) {
    expect_one_line(mi(data_.logits, options), 2, parts);
  };
  refused({"--estimator", "chao-shen"}, {"chao-shen", "chao_shen"});
  refused({"--estimator", "all,chao-shen"}, {"chao-shen", "chao_shen"});
  refused({"--convention", "papre"}, {"papre", "paper"});
  refused({"--bins", "5,1"}, {"--bins"});
  refused({"--bins", "5,x"}, {"--bins"});
  refused({"--null", "1"}, {"--null"});
  refused({"--seed", "1"}, {"--null"});
  refused({"--json", "--csv"}, {"--csv"});
  refused({"--probabilities", "--convention", "idnns"}, {"--probabilities", "idnns"});
  refused({"--convention", "ib_cnn", "--device", "cuda"}, {"--device cuda"});
  refused({"--activations", "--probabilities"}, {"--probabilities", "--activations"});
  refused({"--activations", "--convention", "ib_cnn"}, {"--activations", "ib_cnn"});
  refused({"--activations", "--range", "1,-1"}, {"--range '1,-1'", "LO below HI"});
  refused({"--activations", "--range", "wide"}, {"--range 'wide'", "auto"});
  refused({"--range", "-1,1"}, {"--range", "--activations"});
  refused({"--range", "0,1", "--convention", "idnns"}, {"--range", "idnns"});
  refused({"--activations", "--clamp"}, {"--clamp", "--range"});
}

}  // namespace
}  // namespace infoplane::test
