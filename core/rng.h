#pragma once

#include <cstdint>

#include "core/deferred.h"
#include "core/hd.h"

namespace infoplane {

/// Four 32-bit words: a Philox counter, or the random words it gives.
struct PhiloxWords {
  std::uint32_t word[4];
};

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011): ten rounds of multiply, exchange and xor. A pure function of counter and key, so any
/// thread of any device computes any draw, in any order.
INFOPLANE_HD PhiloxWords philox4x32_10(PhiloxWords counter, std::uint32_t key0,
                                       std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53u} * counter.word[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57u} * counter.word[2];
    counter = {{static_cast<std::uint32_t>(product1 >> 32) ^ counter.word[1] ^ key0,
                static_cast<std::uint32_t>(product1),
                static_cast<std::uint32_t>(product0 >> 32) ^ counter.word[3] ^ key1,
                static_cast<std::uint32_t>(product0)}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

/// One independent sequence of random words: a seed, a stream (who draws) and a step (when).
struct RandomStream {
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
  std::uint32_t step = 0;

  /// Words 4 * block to 4 * block + 3 of the sequence.
  INFOPLANE_HD PhiloxWords block(std::uint64_t block) const {
    return philox4x32_10({{static_cast<std::uint32_t>(block),
                           static_cast<std::uint32_t>(block >> 32), step, stream}},
                         static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
  }

  /// Word `index` of the sequence.
  INFOPLANE_HD std::uint32_t word(std::uint64_t index) const {
    return block(index / 4).word[index % 4];
  }
};

/// Which random numbers an op draws. With the op's own stream id it makes a Philox counter, so a
/// step's draws depend on nothing that happened before it.
struct RandomState {
  std::uint64_t seed = 0;
  Deferred<std::uint64_t> step = 0;

  /// What `stream` draws. Where the step can be read.
  INFOPLANE_HD RandomStream of(std::uint32_t stream) const {
    return {seed, stream, static_cast<std::uint32_t>(step.get())};
  }
};

/// Who draws: stream ids keep the draws of different purposes apart. A layer of a network adds
/// its place, and a parameter its own.
enum RandomPurpose : std::uint32_t {
  kShuffleStream = 0x0000'0000u,
  kInitStream = 0x0100'0000u,
  kDropoutStream = 0x0200'0000u,
  kNullStream = 0x0300'0000u,
  kSplitStream = 0x0400'0000u,
  kBenchStream = 0x0E00'0000u,
  kTestStream = 0x0F00'0000u,
};

/// A word as a float in [0, 1): its upper 24 bits, so every value is exact.
INFOPLANE_HD float uniform_float(std::uint32_t word) {
  return static_cast<float>(word >> 8) * 0x1p-24f;
}

/// Whether dropout with probability `p` keeps the unit that drew `word`: P(keep) = 1 - p to 2^-32.
INFOPLANE_HD bool keeps(std::uint32_t word, std::uint32_t drop_threshold) {
  return word >= drop_threshold;
}

/// p as the threshold that `keeps` compares with.
inline std::uint32_t drop_threshold(double p) {
  return p >= 1.0 ? 0xFFFFFFFFu : static_cast<std::uint32_t>(p * 4294967296.0);
}

}  // namespace infoplane
