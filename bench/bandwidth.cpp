#include "bench/bandwidth.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "bench/timing.h"
#include "core/tensor.h"

namespace infoplane::bench {
namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;
constexpr int kRepeats = 3;
constexpr int kCopies = 8;  // one takes an H200 0.12 ms, beside which a launch and a wait show

std::int64_t array_bytes(Device device) {
  if (device != Device::kCpu) {
    return 256 * kMiB;
  }
  return std::clamp(4 * std::int64_t{sysconf(_SC_LEVEL3_CACHE_SIZE)}, 64 * kMiB, 512 * kMiB);
}

/// Adds words up in eight sums side by side, so that additions do not wait for each other.
std::uint64_t sum_words(const std::uint64_t* words, std::int64_t count) {
  std::array<std::uint64_t, 8> sums{};
  for (std::int64_t i = 0; i + 8 <= count; i += 8) {
    for (int lane = 0; lane < 8; ++lane) {
      sums[static_cast<std::size_t>(lane)] += words[i + lane];
    }
  }
  std::uint64_t sum = 0;
  for (const std::uint64_t one : sums) {
    sum += one;
  }
  return sum;
}

/// Starting the threads is part of the time: some 50 us beside the milliseconds of the sum.
std::uint64_t sum_with_threads(const std::uint64_t* words, std::int64_t count, int threads) {
  std::atomic<std::uint64_t> sum{0};
  const auto part = [&](int i) {
    const std::int64_t first = count * i / threads;
    sum += sum_words(words + first, count * (i + 1) / threads - first);
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) {
    others.emplace_back(part, i);
  }
  part(0);
  for (std::thread& thread : others) {
    thread.join();
  }
  return sum;
}

/// Words of no pattern: a GPU may move zeros more cheaply than others.
std::vector<std::uint64_t> random_words(std::int64_t count) {
  std::vector<std::uint64_t> words(static_cast<std::size_t>(count));
  std::mt19937_64 random(1);
  std::generate(words.begin(), words.end(), std::ref(random));
  return words;
}

}  // namespace

Bandwidth measure_bandwidth(Context& ctx, int threads) {
  const std::int64_t count = array_bytes(ctx.device()) / 8;
  const auto size = static_cast<double>(count * 8);
  if (ctx.device() == Device::kCpu) {
    const Tensor<std::uint64_t> words(ctx, {count});
    volatile std::uint64_t result = 0;  // the sum must be wanted
    const Timing timing =
        time_calls(ctx, kRepeats, [&] { result = sum_with_threads(words.data(), count, threads); });
    return {size / timing.min_s, "read"};
  }
  const Tensor<std::uint64_t> words(ctx, {count}, random_words(count));
  Tensor<std::uint64_t> copy(ctx, {count});
  const Timing timing = time_calls(ctx, kRepeats, [&] {
    for (int i = 0; i < kCopies; ++i) {
      ctx.backend().copy(copy.data(), words.data(), words.bytes());
    }
  });
  return {2.0 * kCopies * size / timing.min_s, "copy"};
}

}  // namespace infoplane::bench
