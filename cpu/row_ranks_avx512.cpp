// From rows to symbols with AVX-512: the kernel of cpu/row_ranks.inc.
#include "cpu/row_ranks.h"

#if defined(__x86_64__)

#include "core/counting.h"
#include "core/joint_counts.h"
#include "cpu/vectors_avx512.h"

namespace infoplane::cpu {
namespace avx512 {
namespace {

#include "cpu/row_ranks.inc"

}  // namespace
}  // namespace avx512

FindRanks find_ranks_avx512() { return avx512::find_ranks; }

}  // namespace infoplane::cpu

#else

namespace infoplane::cpu {

FindRanks find_ranks_avx512() { return nullptr; }

}  // namespace infoplane::cpu

#endif
