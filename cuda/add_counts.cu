#include "cuda/add_counts.cuh"
#include "cuda/add_counts.h"
#include "cuda/launch.cuh"

namespace infoplane::cuda {
namespace {

template <class Word>
void add_words(Context& ctx, std::int64_t size, const Word* from, Word* to) {
  launch(ctx, "add_words_kernel", add_words_kernel<Word>, {blocks_for(size)}, size, from, to);
}

}  // namespace

void add_counts(Context& ctx, const JointCountsView& from, const JointCountsView& to) {
  add_words(ctx, from.symbols * from.classes, from.counts, to.counts);
}

void add_tallies(Context& ctx, View<const std::uint64_t> from, View<std::uint64_t> to) {
  add_words(ctx, from.size(), from.data(), to.data());
}

}  // namespace infoplane::cuda
