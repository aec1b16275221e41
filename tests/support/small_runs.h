#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/idx_files.h"
#include "tests/support/program.h"

namespace infoplane::test {

using Arguments = std::vector<std::string>;

/// A folder with a small MNIST, and runs of `infoplane train` on it.
class SmallRuns : public testing::Test {
 protected:
  SmallRuns() { write_small_mnist(folder_, "mnist", 256, 100); }

  std::filesystem::path out(const std::string& name = "run") const { return folder_.path() / name; }

  /// `train fc-3` on the small data, into out(name), and what else is asked for; by one thread
  /// where that says nothing else, as tests run side by side.
  Arguments train(const Arguments& more, const std::string& name = "run") const {
    Arguments all = {"train",   "fc-3", "--data",   "mnist", "--data-dir", folder_.path().string(),
                     "--batch", "32",   "--device", "cpu",   "--out",      out(name).string()};
    if (std::find(more.begin(), more.end(), "--threads") == more.end()) {
      all.insert(all.end(), {"--threads", "1"});
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  TemporaryFolder folder_;
};

/// Why the program does not compute in bf16 on this processor; empty when it does.
inline std::string why_the_program_has_no_bf16() {
  const ProgramResult asked =
      run_program({"models", "fc-3", "--plan", "--precision", "bf16", "--device", "cpu"});
  if (asked.exit_code == 0) {
    return "";
  }
  EXPECT_NE(asked.err.find("AVX-512"), std::string::npos) << asked.err;
  return asked.err;
}

inline std::size_t lines(const std::filesystem::path& file) {
  const std::string text = read_file(file);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// The processes that a process started and did not wait for yet.
inline std::vector<pid_t> children_of(pid_t process) {
  const std::string id = std::to_string(process);
  std::istringstream list(read_file("/proc/" + id + "/task/" + id + "/children"));
  return {std::istream_iterator<pid_t>(list), {}};
}

/// Stops a process while this lives, so that a test acts on it at one moment.
class Held {
 public:
  explicit Held(pid_t process) : process_(process) { ::kill(process_, SIGSTOP); }
  ~Held() { ::kill(process_, SIGCONT); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  pid_t process() const { return process_; }

 private:
  pid_t process_;
};

/// Waits until it is so, for a minute at most; whether it became so.
template <class Condition>
bool wait_until(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace infoplane::test
