// Every file of corpus/, given to the function that libFuzzer calls: what was once found stays
// found, with any compiler. A finding ends the program, after the name of its file.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "tests/fuzz/targets.h"
#include "tests/support/bytes.h"

namespace infoplane::test {
namespace {

struct Format {
  const char* name;
  void (*fuzz)(std::span<const std::uint8_t>);
};

class Corpus : public testing::TestWithParam<Format> {};

TEST_P(Corpus, EveryFileIsReadOrRefused) {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path folder = std::filesystem::path(INFOPLANE_CORPUS) / GetParam().name;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  ASSERT_FALSE(files.empty()) << folder << " is empty";
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) {
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    GetParam().fuzz(read_bytes(file));
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Corpus,
                         testing::Values(Format{"csv", fuzz_csv}, Format{"idx", fuzz_idx},
                                         Format{"npy", fuzz_npy},
                                         Format{"safetensors", fuzz_safetensors},
                                         Format{"toml", fuzz_toml}),
                         [](const auto& format) { return format.param.name; });

}  // namespace
}  // namespace infoplane::test
