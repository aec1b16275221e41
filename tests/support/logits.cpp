#include "tests/support/logits.h"

#include <cmath>
#include <iterator>
#include <limits>

#include "core/rng.h"

namespace infoplane::test {
namespace {

/// A logit of a hostile row: about one class is hostile, or of one row in sixteen all are, in the
/// same way. Most rows can still be counted, however many classes they have.
float hostile_logit(std::uint32_t row, std::uint32_t choice, int classes, float u) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kMax = std::numeric_limits<float>::max();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kKinds[] = {-kInf, -kMax, -200.0f, -100.0f, 0x1p-149f, kMax, kInf, kNan};
  const auto count = static_cast<std::uint32_t>(std::size(kKinds));
  if (row % 16 == 0) {
    return kKinds[row / 16 % count];
  }
  const auto c = static_cast<std::uint32_t>(classes);
  return choice % c == 0 ? kKinds[choice / c % count] : 20.0f * u;
}

}  // namespace

LogitRows make_logits(LogitState state, std::int64_t rows, int classes, int bins,
                      std::uint64_t seed) {
  const RandomStream random{seed, kTestStream, static_cast<std::uint32_t>(state)};
  const std::uint64_t row_words = static_cast<std::uint64_t>(2 * classes + 1);
  LogitRows result;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::uint64_t first = static_cast<std::uint64_t>(i) * row_words;
    const std::uint32_t row = random.word(first);
    std::int32_t label = static_cast<std::int32_t>(row % static_cast<std::uint32_t>(classes));
    int left = bins;
    for (int c = 0; c < classes; ++c) {
      const std::uint64_t at = first + 1 + 2 * static_cast<std::uint64_t>(c);
      const float u = uniform_float(random.word(at));
      const std::uint32_t choice = random.word(at + 1);
      const float own = c == label ? 1.0f : 0.0f;
      float z = 0.0f;
      switch (state) {
        case LogitState::kFresh: z = u - 0.5f; break;
        case LogitState::kTrained: z = 8.0f * u + 4.0f * own; break;
        case LogitState::kCollapsed: z = u + 40.0f * own * (choice % 16 == 0 ? 0.0f : 1.0f); break;
        case LogitState::kTies: z = static_cast<float>(choice % 3); break;
        case LogitState::kEdges: {
          // Shares k of B, all of B handed out in the end.
          const int share = c + 1 == classes
                                ? left
                                : static_cast<int>(choice % static_cast<std::uint32_t>(left + 1));
          left -= share;
          z = static_cast<float>(std::log(static_cast<double>(share) / bins));
          break;
        }
        case LogitState::kSaturated: z = u + (choice % 16 == 0 ? 0.0f : 200.0f * own); break;
        case LogitState::kHostile:
          z = hostile_logit(row / static_cast<std::uint32_t>(classes), choice, classes, u);
          break;
      }
      result.logits.push_back(z);
    }
    if (state == LogitState::kHostile && row % 11 == 0) {
      label = row % 2 == 0 ? -1 - label : classes + label;
    }
    result.labels.push_back(label);
  }
  return result;
}

}  // namespace infoplane::test
