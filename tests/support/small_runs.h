#pragma once

#include <gtest/gtest.h>

#include <chrono>
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

  /// `train fc-3` on the small data, into out(name), and what else is asked for.
  Arguments train(const Arguments& more, const std::string& name = "run") const {
    Arguments all = {"train",   "fc-3", "--data",   "mnist", "--data-dir", folder_.path().string(),
                     "--batch", "32",   "--device", "cpu",   "--out",      out(name).string()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  TemporaryFolder folder_;
};

inline std::size_t lines(const std::filesystem::path& file) {
  const std::string text = read_file(file);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// Waits until it is so, for a minute at most; whether it became so.
template <class Condition>
bool wait_until(const Condition& condition) {
  for (int i = 0; i < 30000; ++i) {
    if (condition()) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return condition();
}

}  // namespace infoplane::test
