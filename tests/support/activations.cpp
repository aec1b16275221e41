#include "tests/support/activations.h"

#include <cmath>
#include <limits>

#include "core/rng.h"

namespace infoplane::test {

ActivationRows make_activations(ActivationState state, std::int64_t rows, int units, int bins,
                                int classes, std::uint64_t seed) {
  const RandomStream random{seed, kTestStream, 100u + static_cast<std::uint32_t>(state)};
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const float hostile[] = {std::numeric_limits<float>::quiet_NaN(), kInf,  -kInf, 0x1p-149f,
                           std::numeric_limits<float>::max(),       1.01f, -1.5f, -0.0f};
  ActivationRows result;
  std::uint64_t draw = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    std::int32_t label =
        static_cast<std::int32_t>(random.word(draw++) % static_cast<std::uint32_t>(classes));
    const std::uint32_t kind = random.word(draw++);
    for (int k = 0; k < units; ++k) {
      const std::uint32_t word = random.word(draw++);
      const float u = 2.0f * uniform_float(word) - 1.0f;
      float value = u;
      switch (state) {
        case ActivationState::kSpread: break;
        case ActivationState::kSaturated: value = ((kind % 37) >> (k % 6)) % 2 == 0 ? -1 : 1; break;
        case ActivationState::kOneUnit:
          value = k == static_cast<int>(kind % 2) * (units - 1) ? u : 0.25f;
          break;
        case ActivationState::kEdges: {
          const auto edge = static_cast<int>(word % static_cast<std::uint32_t>(bins + 1));
          value = static_cast<float>(-1.0 + 2.0 * edge / bins);
          value = word >> 16 & 1 ? std::nextafter(value, 0.0f) : value;
          break;
        }
        case ActivationState::kHostile:
          value = word % 64 < 8 && kind % 3 == 0 ? hostile[word % 8] : std::round(u);
          break;
      }
      result.values.push_back(value);
    }
    if (state == ActivationState::kHostile && kind % 11 == 0) {
      label = kind % 2 == 0 ? -1 - label : classes + label;
    }
    result.labels.push_back(label);
  }
  return result;
}

}  // namespace infoplane::test
