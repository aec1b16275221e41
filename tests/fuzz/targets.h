#pragma once

#include <cstdint>
#include <span>

namespace infoplane::test {

/// One function a format: reads `bytes` as a file of it, whatever they are. Such a file is read, or
/// refused by an Error of one line. All else (another exception, a crash, a sanitizer's finding, a
/// property that does not hold) ends the program. libFuzzer calls them (libfuzzer/entry.cpp), and
/// corpus_test.cpp does with every file of corpus/.
void fuzz_csv(std::span<const std::uint8_t> bytes);
void fuzz_idx(std::span<const std::uint8_t> bytes);
void fuzz_npy(std::span<const std::uint8_t> bytes);
void fuzz_safetensors(std::span<const std::uint8_t> bytes);
void fuzz_toml(std::span<const std::uint8_t> bytes);

}  // namespace infoplane::test
