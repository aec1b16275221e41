#include "core/rng.h"

#include <gtest/gtest.h>

#include <set>

namespace infoplane {
namespace {

bool operator==(const PhiloxWords& a, const PhiloxWords& b) {
  return std::equal(a.word, a.word + 4, b.word);
}

// The known answers published with Random123 (Salmon et al., SC 2011).
TEST(Philox, KnownAnswers) {
  EXPECT_TRUE(philox4x32_10({{0, 0, 0, 0}}, 0, 0) ==
              (PhiloxWords{{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}));
  EXPECT_TRUE(
      philox4x32_10({{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}}, 0xffffffff, 0xffffffff) ==
      (PhiloxWords{{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}));
  EXPECT_TRUE(
      philox4x32_10({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0) ==
      (PhiloxWords{{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}));
}

TEST(RandomStream, PutsBlockStepAndStreamIntoTheCounterAndTheSeedIntoTheKey) {
  const RandomStream stream{0x299f31d0'a4093822u, 0x03707344, 0x13198a2e};
  EXPECT_TRUE(stream.block(0x85a308d3'243f6a88u) ==
              (PhiloxWords{{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}));
}

TEST(RandomStream, WordsAreTheBlocksInOrder) {
  const RandomStream stream{1, kTestStream, 3};
  for (std::uint64_t index = 0; index < 40; ++index) {
    EXPECT_EQ(stream.word(index), stream.block(index / 4).word[index % 4]);
  }
}

TEST(RandomStream, PurposesDoNotShareWords) {
  std::set<std::uint32_t> first_words;
  for (const std::uint32_t purpose :
       {kShuffleStream, kInitStream, kDropoutStream, kNullStream, kTestStream}) {
    first_words.insert(RandomStream{9, purpose, 0}.word(0));
  }
  EXPECT_EQ(first_words.size(), 5u);
}

TEST(UniformFloat, CoversZeroToBelowOne) {
  EXPECT_EQ(uniform_float(0), 0.0f);
  EXPECT_EQ(uniform_float(0x80000000u), 0.5f);
  EXPECT_EQ(uniform_float(0xFFFFFFFFu), 1.0f - 0x1p-24f);
  EXPECT_EQ(uniform_float(0x000000FFu), 0.0f);
}

TEST(DropThreshold, IsTheProbabilityInUnitsOf2ToTheMinus32) {
  EXPECT_EQ(drop_threshold(0.0), 0u);
  EXPECT_EQ(drop_threshold(0.5), 0x80000000u);
  EXPECT_EQ(drop_threshold(1.0), 0xFFFFFFFFu);
  EXPECT_TRUE(keeps(0x80000000u, drop_threshold(0.5)));
  EXPECT_FALSE(keeps(0x7FFFFFFFu, drop_threshold(0.5)));
  EXPECT_TRUE(keeps(0u, drop_threshold(0.0)));
}

}  // namespace
}  // namespace infoplane
