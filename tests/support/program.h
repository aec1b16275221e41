#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/shell_quoted.h"
#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"

namespace infoplane::test {

struct ProgramResult {
  int exit_code = -1;  ///< 128 + signal when it was killed
  std::string out;
  std::string err;              ///< without the line below
  std::string warning_of_part;  ///< the line that says that the tests' MNIST is not all of it
  long peak_kib = 0;            ///< most memory resident
};

/// A running `infoplane` (INFOPLANE_PROGRAM, set by CMake) with its output in files. Killed where a
/// test ends without waiting for it.
class Program {
 public:
  explicit Program(const std::vector<std::string>& arguments) {
    std::vector<char*> argv = {const_cast<char*>(INFOPLANE_PROGRAM)};
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    const std::string out = (folder_.path() / "out").string();
    const std::string err = (folder_.path() / "err").string();
    process_ = ::fork();
    if (process_ < 0) {  // which kill() would take for every process
      throw std::runtime_error("no process for " INFOPLANE_PROGRAM);
    }
    if (process_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
        ::signal(signal, SIG_DFL);  // whatever started the tests, as nohup, may ignore some
      }
      ::dup2(::open(out.c_str(), O_CREAT | O_WRONLY, 0600), STDOUT_FILENO);
      ::dup2(::open(err.c_str(), O_CREAT | O_WRONLY, 0600), STDERR_FILENO);
      ::execv(INFOPLANE_PROGRAM, argv.data());
      ::_exit(127);
    }
  }

  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (!ended_) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
    }
  }

  pid_t process() const { return process_; }

  ProgramResult wait() {
    int status = 0;
    rusage usage{};
    ::wait4(process_, &status, 0, &usage);
    ended_ = true;
    ProgramResult result;
    result.peak_kib = usage.ru_maxrss;
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.out = read_file(folder_.path() / "out");
    std::istringstream err(read_file(folder_.path() / "err"));
    for (std::string line; std::getline(err, line);) {
      const bool is_of_part = line.starts_with("infoplane: warning: mnist has 60000 training");
      (is_of_part ? result.warning_of_part : result.err) += line + (err.eof() ? "" : "\n");
    }
    return result;
  }

 private:
  TemporaryFolder folder_;
  pid_t process_ = -1;
  bool ended_ = false;
};

/// The command line of the program for a shell.
inline std::string shell_command(const std::vector<std::string>& arguments) {
  std::string command = shell_quoted(INFOPLANE_PROGRAM);
  for (const std::string& argument : arguments) {
    command += " " + shell_quoted(argument);
  }
  return command;
}

/// Expects an exit with this code and one line on stderr that holds all the parts.
inline void expect_one_line(const ProgramResult& result, int exit_code,
                            const std::vector<std::string>& parts) {
  EXPECT_EQ(result.exit_code, exit_code) << result.err;
  EXPECT_THAT(result.err, testing::StartsWith("infoplane: "));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  for (const std::string& part : parts) {
    EXPECT_THAT(result.err, testing::HasSubstr(part));
  }
}

inline ProgramResult run_program(const std::vector<std::string>& arguments) {
  return Program(arguments).wait();
}

}  // namespace infoplane::test
