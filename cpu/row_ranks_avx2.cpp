// From rows to symbols with AVX2: the kernel of cpu/row_ranks.inc.
#include "cpu/row_ranks.h"

#if defined(__x86_64__)

#include "core/counting.h"
#include "core/joint_counts.h"
#include "cpu/vectors_avx2.h"

namespace infoplane::cpu {
namespace avx2 {
namespace {

#include "cpu/row_ranks.inc"

}  // namespace
}  // namespace avx2

FindRanks find_ranks_avx2() { return avx2::find_ranks; }

}  // namespace infoplane::cpu

#else

namespace infoplane::cpu {

FindRanks find_ranks_avx2() { return nullptr; }

}  // namespace infoplane::cpu

#endif
