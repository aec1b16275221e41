#include "cpu/add_counts.h"

#include "cpu/touched_symbols.h"

namespace infoplane::cpu {

void add_counts(Context& /*ctx*/, const JointCountsView& from, const JointCountsView& to) {
  const std::int64_t words = mark_words(from.symbols);
  for_touched_symbols(from, 0, words, [&](std::span<const std::uint32_t> symbols) {
    for (const std::int64_t symbol : symbols) {
      const std::int64_t begin = symbol * from.classes;
      for (std::int64_t cell = begin; cell < begin + from.classes; ++cell) {
        to.counts[cell] += from.counts[cell];
      }
    }
  });
  for (std::int64_t word = 0; word < words; ++word) {
    to.touched[word] |= from.touched[word];
  }
}

void add_tallies(Context& /*ctx*/, View<const std::uint64_t> from, View<std::uint64_t> to) {
  for (std::int64_t i = 0; i < from.size(); ++i) {
    to.data()[i] += from.data()[i];
  }
}

}  // namespace infoplane::cpu
