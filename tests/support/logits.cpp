#include "tests/support/logits.h"

#include <cmath>
#include <limits>

#include "core/rng.h"

namespace infoplane::test {

LogitRows make_logits(LogitState state, std::int64_t rows, int classes, int bins,
                      std::uint64_t seed) {
  const RandomStream random{seed, kTestStream, static_cast<std::uint32_t>(state)};
  const std::uint64_t row_words = static_cast<std::uint64_t>(2 * classes + 1);
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const float hostile[] = {-kInf,     std::numeric_limits<float>::quiet_NaN(),
                           kInf,      -std::numeric_limits<float>::max(),
                           -200.0f,   std::numeric_limits<float>::max(),
                           0x1p-149f, -100.0f};
  LogitRows result;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::uint64_t first = static_cast<std::uint64_t>(i) * row_words;
    std::int32_t label =
        static_cast<std::int32_t>(random.word(first) % static_cast<std::uint32_t>(classes));
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
        case LogitState::kHostile: z = choice % 32 < 8 ? hostile[choice % 32] : 20.0f * u; break;
      }
      result.logits.push_back(z);
    }
    if (state == LogitState::kHostile && random.word(first) % 11 == 0) {
      label = random.word(first) % 2 == 0 ? -1 - label : classes + label;
    }
    result.labels.push_back(label);
  }
  return result;
}

}  // namespace infoplane::test
