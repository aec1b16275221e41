#include "bench/logits.h"

#include <algorithm>

#include "core/error.h"
#include "core/nearest.h"
#include "core/rng.h"

namespace infoplane::bench {
namespace {

/// The words of a stream, one after the other.
class Words {
 public:
  explicit Words(const RandomStream& stream) : stream_(stream) {}

  std::uint32_t next() {
    if (at_ % 4 == 0) {
      block_ = stream_.block(at_ / 4);
    }
    return block_.word[at_++ % 4];
  }

 private:
  RandomStream stream_;
  std::uint64_t at_ = 0;
  PhiloxWords block_{};
};

}  // namespace

const std::vector<std::string>& logit_state_names() {
  static const std::vector<std::string> names = {"fresh", "half-trained", "collapsed", "one-cell",
                                                 "ties",  "saturated",    "spread"};
  return names;
}

LogitState logit_state(const std::string& name) {
  const std::vector<std::string>& names = logit_state_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw UsageError("state '" + name + "' is not known; " + suggestion(name, names));
  }
  return static_cast<LogitState>(found - names.begin());
}

Logits draw_logits(LogitState state, std::int64_t rows, int classes) {
  Words words({0, kBenchStream, static_cast<std::uint32_t>(state)});
  const auto c_words = static_cast<std::uint32_t>(classes);
  Logits logits;
  logits.values.reserve(static_cast<std::size_t>(rows * classes));
  logits.labels.reserve(static_cast<std::size_t>(rows));
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::uint32_t word = words.next();
    const auto label = static_cast<int>(word % c_words);
    const int guess = word / c_words % 16 == 0 ? (label + 1) % classes : label;
    for (int c = 0; c < classes; ++c) {
      const std::uint32_t draw = words.next();
      const float u = uniform_float(draw);
      float z = 0.0f;
      switch (state) {
        case LogitState::kFresh: z = u - 0.5f; break;
        case LogitState::kHalfTrained: z = 8.0f * u + (c == label ? 4.0f : 0.0f); break;
        case LogitState::kCollapsed: z = u + (c == guess ? 40.0f : 0.0f); break;
        case LogitState::kOneCell: z = u + (c == 0 ? 40.0f : 0.0f); break;
        case LogitState::kTies: z = static_cast<float>(draw % 3); break;
        case LogitState::kSaturated: z = u + (c == guess ? 200.0f : 0.0f); break;
        case LogitState::kSpread: z = 2.0f * u + (draw % c_words < 4 ? 10.0f : 0.0f); break;
      }
      logits.values.push_back(z);
    }
    logits.labels.push_back(state == LogitState::kOneCell ? 0 : label);
  }
  return logits;
}

}  // namespace infoplane::bench
