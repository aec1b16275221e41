#include "cpu/count_rows.h"

#include "core/counting.h"
#include "core/error.h"
#include "cpu/instructions.h"

namespace infoplane::cpu {
namespace {

/// One row at a time through the functions of core/ alone, for processors without AVX2 and as the
/// measure of the vector kernels.
[[gnu::always_inline]] inline void count_one_by_one(const JointCountsView& table,
                                                    const float* logits, const std::int32_t* labels,
                                                    std::int64_t rows) {
  const int classes = table.classes;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* z = logits + r * classes;
    const std::int32_t label = labels[r];
    const RowSoftmax row = row_softmax(classes, [z](int c) { return z[c]; });
    if (!row.valid) {
      ++table.tallies[kTallyBadLogits];
      continue;
    }
    if (label < 0 || label >= classes) {
      ++table.tallies[kTallyBadLabels];
      continue;
    }
    SymbolRank symbol(table.ranks, table.bins);
    for (int c = 0; c < classes; ++c) {
      symbol.push(bin_index(row_probability(row, z[c]), table.bins));
    }
    ++table.counts[std::int64_t{symbol.rank()} * classes + label];
    table.touched[symbol.rank() / kSymbolsAWord] |= 1u << symbol.rank() % kSymbolsAWord;
    add_loss(table.tallies, row_loss_fixed(row, z[label]));
    table.tallies[kTallyCorrect + label] += row.argmax == label ? 1 : 0;
  }
}

void count_rows_scalar_any(const JointCountsView& table, const float* logits,
                           const std::int32_t* labels, std::int64_t rows, float* /*scratch*/) {
  count_one_by_one(table, logits, labels, rows);
}

#if defined(__x86_64__)

/// The same with the instruction for what is a call of fmaf() without it.
[[gnu::target("fma"), gnu::flatten]] void count_rows_scalar_fma(const JointCountsView& table,
                                                                const float* logits,
                                                                const std::int32_t* labels,
                                                                std::int64_t rows,
                                                                float* /*scratch*/) {
  count_one_by_one(table, logits, labels, rows);
}

CountRows count_rows_scalar() {
  return __builtin_cpu_supports("fma") ? count_rows_scalar_fma : count_rows_scalar_any;
}

#else

CountRows count_rows_scalar() { return count_rows_scalar_any; }

#endif

}  // namespace

CountRows choose_count_rows(const JointCountsView& table) {
  switch (choose_instructions()) {
    case Instructions::kAvx512: return count_rows_avx512(table);
    case Instructions::kAvx2: return count_rows_avx2(table);
    case Instructions::kScalar: return count_rows_scalar();
  }
  throw UsageError("count_joint: unknown instruction set");
}

}  // namespace infoplane::cpu
