// Completion scripts, tried in the shells themselves, and manual pages, read by their formatters.

#include <gmock/gmock.h>

#include "tests/support/program.h"

namespace infoplane::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;

struct ShellResult {
  int exit_code;
  std::string output;  ///< stdout and stderr
};

ShellResult shell(const TemporaryFolder& folder, const std::string& command) {
  const std::string file = (folder / "output").string();
  const int status = std::system(("( " + command + " ) >'" + file + "' 2>&1").c_str());
  return {WEXITSTATUS(status), read_file(file)};
}

bool has(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

class ShellTest : public testing::Test {
 protected:
  void write_script(const std::string& kind) {
    const ProgramResult result = run_program({"completion", kind});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    std::ofstream(folder_ / kind) << result.out;
  }

  /// What bash offers at the end of the words.
  std::vector<std::string> bash_offers(const std::vector<std::string>& words) {
    std::string line = "source '" + (folder_ / "bash").string() + "'; COMP_WORDS=(";
    for (const std::string& word : words) {
      line += "'" + word + "' ";
    }
    line +=
        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _infoplane; printf \"%s\\n\" "
        "\"${COMPREPLY[@]}\"";
    std::ofstream(folder_ / "try") << "cd '" << folder_.path().string() << "'\n" << line << '\n';
    std::istringstream output(shell(folder_, "bash '" + (folder_ / "try").string() + "'").output);
    std::vector<std::string> offers;
    for (std::string offer; std::getline(output, offer);) {
      offers.push_back(offer);
    }
    return offers;
  }

  TemporaryFolder folder_;
};

TEST_F(ShellTest, BashCompletesCommandsOptionsAndValues) {
  if (!has("bash")) {
    GTEST_SKIP() << "bash is not installed";
  }
  write_script("bash");
  const std::string script = (folder_ / "bash").string();
  EXPECT_EQ(shell(folder_, "bash -n '" + script + "'").output, "");
  EXPECT_THAT(shell(folder_, "bash -c 'source \"" + script + "\"; complete -p infoplane'").output,
              HasSubstr("complete -F _infoplane infoplane"));
  EXPECT_THAT(bash_offers({"infoplane", "r"}),
              UnorderedElementsAre("resume", "rank", "report", "reproduce"));
  EXPECT_THAT(bash_offers({"infoplane", "train", "fc-"}),
              UnorderedElementsAre("fc-3", "fc-6", "fc-9"));
  EXPECT_THAT(bash_offers({"infoplane", "train", "--stop"}),
              UnorderedElementsAre("--stop-after-transition"));
  EXPECT_THAT(bash_offers({"infoplane", "train", "fc-3", "--device", ""}),
              UnorderedElementsAre("auto", "cpu", "cuda"));
  EXPECT_THAT(bash_offers({"infoplane", "train", "fc-3", "--precision", ""}),
              UnorderedElementsAre("fp32", "tf32", "bf16"));
  EXPECT_THAT(bash_offers({"infoplane", "figure", "inv"}),
              UnorderedElementsAre("inversions", "inversion-samples"));
  EXPECT_THAT(bash_offers({"infoplane", "mi", "--convention", ""}),
              UnorderedElementsAre("paper", "ib_cnn", "idnns"));
  EXPECT_THAT(bash_offers({"infoplane", "mi", "--estimator", "a"}), UnorderedElementsAre("all"));
  EXPECT_THAT(bash_offers({"infoplane", "train", "--determinism", "f"}),
              UnorderedElementsAre("fast"));
  EXPECT_THAT(bash_offers({"infoplane", "train", "--data", "=", "cifar"}),
              UnorderedElementsAre("cifar10", "cifar100"));
  EXPECT_THAT(bash_offers({"infoplane", "train", "--sweep", "see"}), UnorderedElementsAre("seed="));
  EXPECT_THAT(bash_offers({"infoplane", "bench", ""}),
              UnorderedElementsAre("mi", "train", "losses", "compare"));
  EXPECT_THAT(bash_offers({"infoplane", "bench", "mi", "--kernel", "avx"}),
              UnorderedElementsAre("avx2", "avx512"));
  std::filesystem::create_directories(folder_ / "runs/one run");
  EXPECT_THAT(bash_offers({"infoplane", "resume", "runs/"}), UnorderedElementsAre("runs/one run"));
  EXPECT_THAT(bash_offers({"infoplane", "phases", "tr"}), UnorderedElementsAre("try"));
}

TEST_F(ShellTest, ZshReadsItsScript) {
  write_script("zsh");
  const std::string script = read_file(folder_ / "zsh");
  EXPECT_THAT(script, testing::StartsWith("#compdef infoplane\n"));
  EXPECT_THAT(script, HasSubstr("'*--device[auto, cpu or cuda]:TEXT:(auto cpu cuda)'"));
  if (!has("zsh")) {
    GTEST_SKIP() << "zsh is not installed: its script was not tried";
  }
  EXPECT_EQ(shell(folder_, "zsh -n '" + (folder_ / "zsh").string() + "'").output, "");
  const ShellResult sourced =
      shell(folder_, "cd '" + folder_.path().string() +
                         "' && zsh -f -c 'autoload -Uz compinit && compinit -u -d ./dump && "
                         "source ./zsh && print $_comps[infoplane] && whence _infoplane_bench_mi'");
  EXPECT_EQ(sourced.exit_code, 0);
  EXPECT_THAT(sourced.output, HasSubstr("_infoplane\n_infoplane_bench_mi\n"));
}

// A shell on a pseudo terminal, asked to complete by the Tab key.
TEST_F(ShellTest, ZshCompletesAtTheTabKey) {
  if (!has("zsh")) {
    GTEST_SKIP() << "zsh is not installed";
  }
  write_script("zsh");
  const std::string try_it = R"(
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1= ; autoload -Uz compinit; compinit -u -d ./dump; source ./zsh; bindkey '^I' complete-word"
zpty -w z "zstyle ':completion:*' menu no; print READY"
zpty -r z text '*READY*READY*'
zpty -n -w z $'infoplane train cnn-2 --stop-af\t'
zpty -r -m z text '*--stop-after-transition*' && print -r -- $text
)";
  std::ofstream(folder_ / "try") << try_it;
  const ShellResult result =
      shell(folder_, "cd '" + folder_.path().string() + "' && timeout 30 zsh -f ./try");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("--stop-after-transition"));
}

TEST_F(ShellTest, ManualPagesAreCleanRoff) {
  const ProgramResult all = run_program({"man", "--out", (folder_ / "man1").string()});
  ASSERT_EQ(all.exit_code, 0) << all.err;
  std::vector<std::string> pages;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "man1")) {
    pages.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(pages, IsSupersetOf({"infoplane.1", "infoplane-train.1", "infoplane-bench-mi.1"}));
  const std::string train = read_file(folder_ / "man1/infoplane-train.1");
  EXPECT_EQ(train, run_program({"man", "train"}).out);
  EXPECT_THAT(train, HasSubstr("\\fB\\-\\-stop\\-after\\-transition\\fR \\fITEXT\\fR"));
  const std::string models = run_program({"man", "models"}).out;
  EXPECT_THAT(models, HasSubstr("all are listed.\nOne of fc\\-3, "));
  const std::string data = run_program({"man", "data", "get"}).out;
  EXPECT_THAT(data, AllOf(HasSubstr("fashion"), Not(HasSubstr("tishby"))));
  expect_one_line(run_program({"man", "trian"}), 2, {"'trian'", "'train'"});
  if (!has("groff") && !has("mandoc")) {
    GTEST_SKIP() << "neither groff nor mandoc is installed: the pages were not formatted";
  }
  for (const std::string& page : pages) {
    const std::string file = "'" + (folder_ / ("man1/" + page)).string() + "'";
    if (has("groff")) {
      EXPECT_EQ(shell(folder_, "groff -man -ww -Tutf8 " + file + " >/dev/null").output, "") << page;
    }
    if (has("mandoc")) {
      // A page made by the program has no date of its own.
      EXPECT_EQ(
          shell(folder_, "mandoc -T lint -W warning " + file + " | grep -v 'missing date'").output,
          "")
          << page;
    }
  }
}

TEST_F(ShellTest, HelpSaysHowOptionsTakeSeveralValues) {
  const std::string train = run_program({"train", "--help"}).out;
  EXPECT_THAT(train, testing::ContainsRegex("--set TEXT \\(repeatable\\) +key=value"));
  EXPECT_THAT(train, testing::ContainsRegex("--sweep TEXT \\(repeatable\\) +KEY="));
  EXPECT_THAT(run_program({"reproduce", "--help"}).out, HasSubstr("--only TEXT (repeatable)"));
  const std::string mi = run_program({"mi", "--help"}).out;
  EXPECT_THAT(mi, AllOf(HasSubstr("--bins INT,INT,...:INT in [2 - 256]=[10]\n"),
                        HasSubstr("--estimator TEXT,TEXT,...  "), Not(HasSubstr(" ... "))));
  EXPECT_THAT(run_program({"phases", "--help"}).out, HasSubstr("runs TEXT ... REQUIRED"));
  EXPECT_THAT(run_program({"man", "mi"}).out,
              HasSubstr("\\fB\\-\\-estimator\\fR \\fITEXT,TEXT,...\\fR"));
}

TEST_F(ShellTest, PagesThatDoNotExistAreOneLine) {
  expect_one_line(run_program({"man", "trian"}), 2, {"'trian'", "did you mean 'train'?"});
  expect_one_line(run_program({"man", "bench", "mj"}), 2, {"'mj'", "did you mean 'mi'?"});
  expect_one_line(run_program({"man", "train", "fc-3"}), 2, {"infoplane train", "no commands"});
  expect_one_line(run_program({"man", "train", "--out", folder_.path().string()}), 2,
                  {"--out writes all pages"});
}

TEST_F(ShellTest, ShellsItDoesNotKnowAreOneLine) {
  expect_one_line(run_program({"completion", "fish"}), 2, {"completion --help"});
  expect_one_line(run_program({"completion"}), 2, {"shell"});
}

}  // namespace
}  // namespace infoplane::test
