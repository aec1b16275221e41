// What a person sees while a run goes on: on a terminal, in a pipe, with --json and --quiet.

#include <gmock/gmock.h>
#include <pty.h>

#include <nlohmann/json.hpp>

#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ProgressTest : public SmallRuns {
 protected:
  /// Everything the program writes to a terminal of `columns`.
  std::string on_terminal(
      const Arguments& arguments, unsigned short columns,
      const std::vector<std::pair<const char*, const char*>>& environment = {}) {
    std::vector<char*> argv = {const_cast<char*>(INFOPLANE_PROGRAM)};
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    winsize size{};
    size.ws_row = 24;
    size.ws_col = columns;
    int terminal = -1;
    const pid_t process = ::forkpty(&terminal, nullptr, nullptr, &size);
    if (process < 0) {
      throw std::runtime_error("no terminal for " INFOPLANE_PROGRAM);
    }
    if (process == 0) {
      ::setenv("TERM", "xterm", 1);
      ::unsetenv("NO_COLOR");
      for (const auto& [name, value] : environment) {
        ::setenv(name, value, 1);
      }
      ::execv(INFOPLANE_PROGRAM, argv.data());
      ::_exit(127);
    }
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(terminal, buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(n));
    }
    ::close(terminal);
    int status = 0;
    ::waitpid(process, &status, 0);
    EXPECT_EQ(status, 0) << text;
    return text;
  }
};

const Arguments kShort = {"--epochs", "12", "--sample-every", "epoch"};

TEST_F(ProgressTest, OnATerminalItIsOneBar) {
  const std::string text = on_terminal(train(kShort), 120);
  EXPECT_THAT(text, AllOf(HasSubstr("epoch 1/12 [\x1b[32m"), HasSubstr("loss "), HasSubstr("acc "),
                          HasSubstr("I(X;T) "), HasSubstr("I(T;Y) "), HasSubstr("ETA 0:0")));
  EXPECT_THAT(text, Not(HasSubstr("train loss")));  // the table's heading
  EXPECT_THAT(text, HasSubstr("validation split, 100 images"));
}

TEST_F(ProgressTest, EightyColumnsHaveABarBesideShorterWords) {
  const std::string text = on_terminal(train(kShort), 80);
  EXPECT_THAT(text, HasSubstr("epoch 1/12 [\x1b[32m"));
  EXPECT_THAT(text, testing::ContainsRegex("#\x1b\\[0m\\] loss [0-9.]+ acc [0-9.]+ I"));
}

TEST_F(ProgressTest, NoColourAndNarrowTerminalsAreHonoured) {
  const std::string text = on_terminal(train(kShort), 60, {{"NO_COLOR", "1"}});
  EXPECT_THAT(text, AllOf(HasSubstr("epoch 1/12"), Not(HasSubstr("\x1b[32m"))));
  std::istringstream stream(text);
  int drawn = 0;
  for (std::string piece; std::getline(stream, piece, '\r');) {
    if (piece.rfind("\x1b[K"
                    "epoch",
                    0) == 0) {
      ++drawn;
      EXPECT_LT(piece.substr(0, piece.find('\x1b', 3)).size(), 3u + 60u) << piece;
    }
  }
  EXPECT_GT(drawn, 0);
  EXPECT_THAT(on_terminal(train(kShort, "dumb"), 120, {{"TERM", "dumb"}}),
              AllOf(HasSubstr("train loss"), Not(HasSubstr("\x1b["))));
}

TEST_F(ProgressTest, ElsewhereItIsALineAnEpoch) {
  const ProgramResult result = run_program(train(kShort));
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("train loss"), HasSubstr("\n  12/12 "), Not(HasSubstr("\x1b"))));
  EXPECT_EQ(result.err, "");
}

TEST_F(ProgressTest, AnEpochWithoutASampleHasDashes) {
  const ProgramResult result = run_program(train({"--epochs", "3", "--seed", "4"}));
  EXPECT_THAT(result.out, testing::ContainsRegex("\n +2/3 .* - +- +- +- +- +[0-9:]+\n"));
  EXPECT_THAT(result.out, HasSubstr("sampled 2 times in all; --sample-every epoch makes that 4"));
  EXPECT_THAT(result.out, HasSubstr("--set seed=5 "));
}

TEST_F(ProgressTest, JsonLeavesStdoutToResultsAndQuietSaysNothing) {
  Arguments options = kShort;
  options.push_back("--json");
  const ProgramResult result = run_program(train(options));
  std::istringstream stream(result.out);
  int objects = 0;
  for (std::string line; std::getline(stream, line); ++objects) {
    EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  }
  EXPECT_EQ(objects, 12);
  EXPECT_THAT(result.err, HasSubstr("\n  12/12 "));
  options.push_back("--quiet");
  const ProgramResult quiet = run_program(train(options, "quiet"));
  EXPECT_EQ(quiet.err, "");
  EXPECT_EQ(std::count(quiet.out.begin(), quiet.out.end(), '\n'), 12);
  options = kShort;
  options.push_back("--quiet");
  const ProgramResult silent = run_program(train(options, "silent"));
  EXPECT_EQ(silent.exit_code, 0);
  EXPECT_EQ(silent.out + silent.err, "");
  std::string of_part = silent.warning_of_part;  // all that is to be said, as a terminal ends lines
  of_part.insert(of_part.size() - 1, "\r");
  EXPECT_EQ(on_terminal(train(options, "silent terminal"), 120), of_part);
}

TEST_F(ProgressTest, AFullOrClosedStdoutDoesNotEndARun) {
  const std::string command = shell_command(train(kShort));
  for (const char* stdout_and_stderr : {" >/dev/full 2>&1", " >&- 2>&-"}) {
    EXPECT_EQ(std::system((command + stdout_and_stderr).c_str()), 0) << stdout_and_stderr;
    EXPECT_EQ(lines(out() / "metrics.csv"), 1u + 13u) << stdout_and_stderr;
    std::filesystem::remove_all(out());
  }
}

}  // namespace
}  // namespace infoplane::test
