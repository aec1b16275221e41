// `infoplane data` as a user meets it.

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/environment.h"
#include "tests/support/idx_files.h"
#include "tests/support/loopback_listener.h"
#include "tests/support/program.h"
#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(DataCommand, ListsWhatIsFoundAndWhere) {
  const TemporaryFolder folder;
  write_small_mnist(folder, "mnist", 20, 10);
  const json list =
      json::parse(run_program({"data", "list", "--json", "--data-dir", folder.path().string()})
                      .out)["datasets"];
  const auto mnist = std::find_if(list.begin(), list.end(),
                                  [](const json& set) { return set["name"] == "mnist"; });
  ASSERT_NE(mnist, list.end());
  EXPECT_THAT(mnist->dump(), HasSubstr((folder.path() / "mnist").string()));
}

TEST(DataCommand, SaysWhichAreNotWhole) {
  const TemporaryFolder folder;
  write_small_mnist(folder, "mnist", 20, 10);
  const ScopedVariable variable("INFOPLANE_DATA", folder.path().string());
  const std::string line =
      (folder / "mnist").string() + ": damaged or in part; 'infoplane data get";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"data", "list"}, {"doctor"}}) {
    EXPECT_THAT(run_program(command).out, HasSubstr(line));
    std::vector<std::string> in_json = command;
    in_json.push_back("--json");
    const json report = json::parse(run_program(in_json).out);
    const json& sets = report[command.size() == 1 ? "data" : "datasets"];
    EXPECT_EQ(sets[0]["name"], "mnist");
    EXPECT_EQ(sets[0]["found"], true);
    EXPECT_EQ(sets[0]["whole"], false);
    EXPECT_EQ(sets.back()["name"], "tishby");
    EXPECT_EQ(sets.back()["whole"], true);
  }
}

TEST(DataCommand, AFolderThatIsNamedAndNotThereIsAnError) {
  const std::vector<std::string> list = {"data", "list", "--data-dir", "/typo"};
  expect_one_line(run_program(list), 3, {"/typo (--data-dir): no such folder"});
  const ScopedVariable variable("INFOPLANE_DATA", "/nope");
  expect_one_line(run_program({"data", "list"}), 3, {"/nope ($INFOPLANE_DATA): no such folder"});
  const ProgramResult doctor = run_program({"doctor", "--json"});
  EXPECT_EQ(doctor.exit_code, 0) << doctor.err;
  for (const json& set : json::parse(doctor.out)["data"]) {
    EXPECT_EQ(set["found"], false) << set;
    EXPECT_THAT(set["how"].get<std::string>(), HasSubstr("/nope ($INFOPLANE_DATA): no such"));
  }
}

TEST(DataCommand, WhatIsGeneratedIsNotFetched) {
  expect_one_line(run_program({"data", "get", "tishby"}), 2, {"tishby", "nothing to get"});
}

TEST(DataCommand, TakesFilesAndRefusesDamagedOnes) {
  const TemporaryFolder folder;
  const std::string here = (folder.path() / "here").string();
  write_small_mnist(folder, "part", 20, 10);
  const auto get = [&](const std::string& from) {
    return run_program(
        {"data", "get", "mnist", "--from", (folder.path() / from).string(), "--data-dir", here});
  };
  folder.write("cut/train-images-idx3-ubyte", {1, 2, 3});
  const ProgramResult cut = get("cut");
  EXPECT_EQ(cut.exit_code, 3) << cut.err;
  EXPECT_FALSE(std::filesystem::exists(here + "/mnist"));
  expect_one_line(get("part"), 3, {"part: is not the whole data set", "60000", "but there are 20"});
  EXPECT_FALSE(std::filesystem::exists(here));
  // As large as MNIST, and all black.
  for (const auto& [split, count] : {std::pair{"train", 60000u}, std::pair{"t10k", 10000u}}) {
    const std::string name = std::string("mine/") + split;
    const auto images =
        folder.write(name + "-images-idx3-ubyte", big_endian({0x803, count, 28, 28}));
    std::filesystem::resize_file(images, 16 + 784 * std::uintmax_t{count});
    folder.write(name + "-labels-idx1-ubyte", big_endian({0x801, count}) + Bytes(count, 7));
  }
  const ProgramResult taken = get("mine");
  EXPECT_EQ(taken.exit_code, 0) << taken.err;
  EXPECT_EQ(taken.out, "mnist is in " + here + "/mnist\n");
  EXPECT_EQ(get("mine").out, "mnist is already in " + here + "/mnist\n");
  expect_one_line(run_program({"data", "get", "mnits"}), 2, {"mnits", "mnist"});
}

TEST(DataCommand, AFolderThatCannotBeWrittenIsAFailure) {
  const TemporaryFolder folder;
  write_small_mnist(folder, "mine", 20, 10);
  const auto file = folder.write("file", {1});
  expect_one_line(run_program({"data", "get", "mnist", "--from", (folder / "mine").string(),
                               "--data-dir", file.string()}),
                  1, {"file/mnist: cannot be made", "--data-dir"});
}

TEST(DataCommand, CtrlCLeavesNothing) {
  const TemporaryFolder folder;
  const LoopbackListener proxy;
  const ScopedVariable over_proxy("https_proxy", proxy.url());
  const ScopedVariable none_past_it("no_proxy", std::nullopt);
  const ScopedVariable nor_so("NO_PROXY", std::nullopt);
  Program program({"data", "get", "mnist", "--data-dir", (folder / "here").string()});
  const bool has_begun = wait_until([&] {
    siginfo_t ended{};  // as a build that cannot download does at once
    ::waitid(P_PID, static_cast<id_t>(program.process()), &ended, WEXITED | WNOWAIT | WNOHANG);
    return ended.si_pid != 0 ||
           std::filesystem::exists(folder / "here/mnist/.partial/train-images-idx3-ubyte.gz");
  });
  ::kill(program.process(), SIGINT);
  const ProgramResult result = program.wait();
  if (result.err.find("INFOPLANE_DOWNLOAD=OFF") != std::string::npos) {
    GTEST_SKIP() << "built with INFOPLANE_DOWNLOAD=OFF";
  }
  EXPECT_TRUE(has_begun);
  expect_one_line(result, 130, {"stopped while train-images-idx3-ubyte.gz came in"});
  EXPECT_FALSE(std::filesystem::exists(folder / "here"));
}

TEST(DataCommand, AFolderWithoutANameIsWrongUse) {
  expect_one_line(run_program({"train", "fc-3", "--data", "folder:"}), 2, {"folder:PATH"});
}

}  // namespace
}  // namespace infoplane::test
