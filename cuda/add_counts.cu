#include "cuda/add_counts.cuh"
#include "cuda/add_counts.h"
#include "cuda/check.h"
#include "cuda/cuda_backend.h"

namespace infoplane::cuda {
namespace {

template <class Word>
void add_words(Context& ctx, std::int64_t size, const Word* from, Word* to) {
  add_words_kernel<<<blocks_for(size), kBlockThreads, 0, gpu(ctx).stream()>>>(size, from, to);
  gpu(ctx).check_launch("add_words_kernel");
}

}  // namespace

void add_counts(Context& ctx, const JointCountsView& from, const JointCountsView& to) {
  add_words(ctx, from.symbols * from.classes, from.counts, to.counts);
}

void add_tallies(Context& ctx, View<const std::uint64_t> from, View<std::uint64_t> to) {
  add_words(ctx, from.size(), from.data(), to.data());
}

}  // namespace infoplane::cuda
