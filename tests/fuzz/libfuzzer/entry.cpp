// What libFuzzer's main calls. INFOPLANE_FUZZ_TARGET is one of the functions of targets.h.

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  infoplane::test::INFOPLANE_FUZZ_TARGET({data, size});
  return 0;
}
