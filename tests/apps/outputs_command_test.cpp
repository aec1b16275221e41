// `infoplane outputs` as a user meets it: what it writes is measured as the run measured it.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/csv_cells.h"
#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using nlohmann::json;

class OutputsCommand : public SmallRuns {
 protected:
  /// The cells of a CSV file's last line.
  std::vector<std::string> last_row(const std::string& file) const {
    return last_csv_cells(read_file(out() / file));
  }

  std::string output(const std::string& file) const { return (out() / "outputs" / file).string(); }

  /// The `count` values that an array of T holds.
  template <class T>
  std::vector<T> values(const std::string& file, std::size_t count) const {
    const std::string bytes = read_file(output(file));
    std::vector<T> values(count);
    EXPECT_GT(bytes.size(), count * sizeof(T));
    EXPECT_NE(bytes.find("<i" + std::to_string(sizeof(T))), std::string::npos);
    std::memcpy(values.data(), bytes.data() + bytes.size() - count * sizeof(T), count * sizeof(T));
    return values;
  }
};

TEST_F(OutputsCommand, AreMeasuredAsTheRunMeasuredThem) {
  ASSERT_EQ(run_program(train({"--epochs", "2", "--sample-layers"})).exit_code, 0);
  const ProgramResult written = run_program({"outputs", out().string(), "--layers", "--json"});
  ASSERT_EQ(written.exit_code, 0) << written.err;
  const json report = json::parse(written.out);
  EXPECT_EQ(report["step"], 16);
  EXPECT_EQ(report["n"], 100);
  EXPECT_EQ(report["files"], json({output("logits.npy"), output("labels.npy"),
                                   output("layer-1.npy"), output("rows.npy")}));

  const std::vector<std::string> row = last_row("metrics.csv");
  const json output_plane =
      json::parse(run_program({"mi", output("logits.npy"), output("labels.npy"), "--json"}).out);
  EXPECT_NEAR(output_plane["i_xt_bits"].get<double>(), std::stod(row[5]), 1e-11);
  EXPECT_NEAR(output_plane["i_ty_bits"].get<double>(), std::stod(row[6]), 1e-11);
  EXPECT_NEAR(output_plane["accuracy"].get<double>(), std::stod(row[4]), 1e-8);

  const std::vector<std::string> layer = last_row("layers.csv");
  const json layer_plane =
      json::parse(run_program({"mi", output("layer-1.npy"), output("labels.npy"), "--activations",
                               "--bins", "30", "--json"})
                      .out);
  EXPECT_NEAR(layer_plane["i_xt_bits"].get<double>(), std::stod(layer[5]), 1e-11);
  EXPECT_NEAR(layer_plane["i_ty_bits"].get<double>(), std::stod(layer[6]), 1e-11);
}

TEST_F(OutputsCommand, TheFirstTrainingImagesGoWhereItIsSaid) {
  ASSERT_EQ(run_program(train({"--epochs", "1"})).exit_code, 0);
  const std::string into = out("elsewhere").string();
  const ProgramResult written =
      run_program({"outputs", out().string(), "--split", "train", "--images", "40", "--out", into});
  ASSERT_EQ(written.exit_code, 0) << written.err;
  EXPECT_THAT(written.out, testing::HasSubstr("40 rows of the train split at step 8"));
  EXPECT_THAT(written.out, testing::HasSubstr("infoplane mi " + into + "/logits.npy"));
  const json measured =
      json::parse(run_program({"mi", into + "/logits.npy", into + "/labels.npy", "--json"}).out);
  EXPECT_EQ(measured["n"], 40);
  EXPECT_FALSE(std::filesystem::exists(out() / "outputs"));
  expect_one_line(run_program({"outputs", out().string(), "--out", into}), 2,
                  {into, "not an empty folder"});
  expect_one_line(run_program({"outputs", out().string(), "--images", "1000"}), 2,
                  {"--images is 1000", "validation split has"});
}

TEST_F(OutputsCommand, SayWhichOfTheUsersImagesEachRowIsOf) {
  std::vector<std::int32_t> classes;
  for (std::int32_t i = 0; i < 40; ++i) {
    classes.push_back(i * i % 7);
    folder_.write("images/" + std::to_string(i % 2) + "/" + std::to_string(i) + ".pgm",
                  text_bytes("P5 1 1 255\n" + std::string(1, static_cast<char>(i))));
  }
  const std::string x = folder_.write("x.npy", npy("|u1", "(40, 3)", Bytes(120))).string();
  const std::string y = folder_.write("y.npy", npy("<i4", "(40,)", raw(classes))).string();
  const auto written_of = [&](const std::string& data, const std::string& split) {
    std::filesystem::remove_all(out());
    EXPECT_EQ(run_program({"train", "fc-3", "--data", data, "--epochs", "1", "--batch", "4",
                           "--device", "cpu", "--threads", "1", "--out", out().string()})
                  .exit_code,
              0);
    EXPECT_EQ(run_program({"outputs", out().string(), "--split", split}).exit_code, 0);
    return values<std::int32_t>("labels.npy", split == "train" ? 32 : 8);
  };
  for (const std::string split : {"train", "validation"}) {
    const std::vector<std::int32_t> labels = written_of("npy:" + x + "," + y, split);
    const std::vector<std::int64_t> rows = values<std::int64_t>("rows.npy", labels.size());
    EXPECT_FALSE(std::is_sorted(rows.begin(), rows.end()));
    for (std::size_t i = 0; i < labels.size(); ++i) {
      EXPECT_EQ(labels[i], classes.at(static_cast<std::size_t>(rows[i])));
    }
  }
  const std::vector<std::int32_t> labels =
      written_of("folder:" + (folder_ / "images").string(), "validation");
  std::istringstream files(read_file(output("files.txt")));
  std::string file;
  for (const std::int32_t label : labels) {
    ASSERT_TRUE(std::getline(files, file));
    EXPECT_THAT(file, testing::StartsWith(std::to_string(label) + "/"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "images" / file));
  }
  EXPECT_FALSE(std::getline(files, file));
}

TEST_F(OutputsCommand, LayersOfAnEarlierCallGo) {
  ASSERT_EQ(run_program(train({"--epochs", "1"})).exit_code, 0);
  ASSERT_EQ(run_program({"outputs", out().string(), "--layers"}).exit_code, 0);
  ASSERT_TRUE(std::filesystem::exists(output("layer-1.npy")));
  ASSERT_EQ(run_program({"outputs", out().string(), "--split", "train"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(output("layer-1.npy")));
}

// A pipe in the place of the first file holds the writer until somebody reads.
TEST_F(OutputsCommand, InterruptedTheyLeaveNothing) {
  ASSERT_EQ(run_program(train({"--epochs", "1"})).exit_code, 0);
  std::filesystem::create_directory(out() / "outputs");
  ASSERT_EQ(::mkfifo(output("logits.npy").c_str(), 0600), 0);
  Program program({"outputs", out().string()});
  const auto signals = [&program](const std::string& set) {  // of its first thread
    const std::string status = read_file("/proc/" + std::to_string(program.process()) + "/status");
    const std::size_t at = status.find(set);
    return at == std::string::npos ? 0 : std::stoull(status.substr(at + set.size()), nullptr, 16);
  };
  ASSERT_TRUE(wait_until([&] { return signals("SigBlk:") != 0; }));  // it takes care of them
  ::kill(program.process(), SIGINT);
  ASSERT_TRUE(wait_until([&] { return signals("ShdPnd:") == 0; }));  // it has taken it
  std::ifstream reader(output("logits.npy"), std::ios::binary);
  EXPECT_EQ(program.wait().exit_code, 130);
  const std::filesystem::directory_iterator left(out() / "outputs");
  EXPECT_EQ(std::distance(left, {}), 1);  // the pipe
}

TEST_F(OutputsCommand, WrongUseIsOneLine) {
  expect_one_line(run_program({"outputs", out("none").string()}), 3, {"none", "no checkpoint"});
  folder_.write("sweep/plan.json", text_bytes("{}"));
  expect_one_line(run_program({"outputs", out("sweep").string()}), 2, {"is a sweep", "its runs"});
  ASSERT_EQ(run_program(train({"--epochs", "1"})).exit_code, 0);
  const std::string description = read_file(out() / "run.json");
  std::ofstream(out() / "run.json") << R"({"data":3})";
  expect_one_line(run_program({"outputs", out().string()}), 3, {"run.json", "is this a run"});
  std::ofstream(out() / "run.json") << description;
  expect_one_line(run_program({"outputs", out().string(), "--split", "test"}), 2, {"--split"});
  std::ofstream(out("file")) << "x";
  expect_one_line(run_program({"outputs", out().string(), "--out", out("file/below").string()}), 1,
                  {"file/below"});
  write_small_mnist(folder_, "mnist", 250, 100);  // no longer what it was trained on
  expect_one_line(run_program({"outputs", out().string()}), 3, {"mnist", "SHA-256"});
}

}  // namespace
}  // namespace infoplane::test
