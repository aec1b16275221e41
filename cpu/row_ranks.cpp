#include "cpu/row_ranks.h"

#include "core/counting.h"
#include "core/joint_counts.h"
#include "cpu/instructions.h"

namespace infoplane::cpu {
namespace {

/// One row at a time through the functions of core/ alone, for processors without AVX2 and as the
/// measure of the vector kernels.
[[gnu::always_inline]] inline void find_ranks_one_by_one(
    const HashedCountsView& table, const float* logits, const std::int32_t* labels,
    std::int64_t rows, WideRank* symbols, std::uint32_t* owners, std::uint64_t* tallies) {
  const int classes = table.classes;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* z = logits + r * classes;
    const std::int32_t label = labels[r];
    const RowSoftmax row = row_softmax(classes, [z](int c) { return z[c]; });
    owners[r] = kEmptyEntry;
    if (!row.valid) {
      ++tallies[kTallyBadLogits];
      continue;
    }
    if (label < 0 || label >= classes) {
      ++tallies[kTallyBadLabels];
      continue;
    }
    SparseRank symbol(table.steps, table.bins);
    for (int c = 0; c < classes; ++c) {
      const int bin = bin_index(row_probability(row, z[c]), table.bins);
      if (bin > 0) {
        symbol.push(c, bin);
      }
    }
    symbols[r] = symbol.rank(classes);
    owners[r] = kFirstOwner + static_cast<std::uint32_t>(label);
    add_loss(tallies, row_loss_fixed(row, z[label]));
    tallies[kTallyCorrect + label] += row.argmax == label ? 1 : 0;
  }
}

void find_ranks_scalar_any(const HashedCountsView& table, const float* logits,
                           const std::int32_t* labels, std::int64_t rows, WideRank* symbols,
                           std::uint32_t* owners, std::uint64_t* tallies, float* /*scratch*/) {
  find_ranks_one_by_one(table, logits, labels, rows, symbols, owners, tallies);
}

#if defined(__x86_64__)

/// The same with the instruction for what is a call of fmaf() without it.
[[gnu::target("fma"), gnu::flatten]] void find_ranks_scalar_fma(
    const HashedCountsView& table, const float* logits, const std::int32_t* labels,
    std::int64_t rows, WideRank* symbols, std::uint32_t* owners, std::uint64_t* tallies,
    float* /*scratch*/) {
  find_ranks_one_by_one(table, logits, labels, rows, symbols, owners, tallies);
}

FindRanks find_ranks_scalar() {
  return __builtin_cpu_supports("fma") ? find_ranks_scalar_fma : find_ranks_scalar_any;
}

#else

FindRanks find_ranks_scalar() { return find_ranks_scalar_any; }

#endif

}  // namespace

FindRanks choose_find_ranks() {
  switch (choose_instructions()) {
    case Instructions::kAvx512: return find_ranks_avx512();
    case Instructions::kAvx2: return find_ranks_avx2();
    case Instructions::kScalar: break;
  }
  return find_ranks_scalar();
}

float first_edge(int bins) {
  float edge = 1.0f / static_cast<float>(bins);
  while (bin_index(edge, bins) > 0) {
    edge = float_from_bits(bits_of(edge) - 1);
  }
  while (bin_index(edge, bins) == 0) {
    edge = float_from_bits(bits_of(edge) + 1);
  }
  return edge;
}

}  // namespace infoplane::cpu
