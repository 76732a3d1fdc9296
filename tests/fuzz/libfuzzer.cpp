// The one function that libFuzzer calls; BRANCHLIGHT_FUZZ names the target.
#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  branchlight::fuzz::BRANCHLIGHT_FUZZ({data, size});
  return 0;
}
