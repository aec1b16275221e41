#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/joint_counts.h"
#include "cpu/table_sums.h"

namespace infoplane::cpu {

/// Whether a table is left as it is, or emptied of what was looked at.
enum class After { kKeep, kEmpty };

/// Looks at `symbols` of a dense table, kStepSymbols at most (cpu/touched_symbols.h): adds their
/// rows to `label_rows` [C]; those with at most small.most_rows() rows to `small`, and empties
/// these if asked to; and writes the others to `large` [kStepSymbols], in order. Returns how many.
using ScanSymbols = std::size_t (*)(const JointCountsView& table,
                                    std::span<const std::uint32_t> symbols, After after,
                                    CountsOfCounts& small, std::uint64_t* label_rows,
                                    std::uint32_t* large);

/// The fastest for this table that the processor runs; all give the same.
ScanSymbols choose_scan_symbols(const JointCountsView& table);

/// Of a table of at most 16 classes, for a processor with AVX-512; null where the compiler has
/// none.
ScanSymbols scan_symbols_avx512(const JointCountsView& table);

}  // namespace infoplane::cpu
