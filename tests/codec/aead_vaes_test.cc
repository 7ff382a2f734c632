#include "tests/codec/aead_backend_checks.h"

namespace sdmp::codec {
namespace {

TEST(AeadVaes, NothingIsSealedAndOpened) {
  testing::expect_nothing_is_sealed_and_opened(aead_vaes());
}

#if defined(__x86_64__)
TEST(AeadVaes, NeedsTheInstructionsThatItUses) {
  const bool has = testing::cpu_has_aes() && __builtin_cpu_supports("vaes") &&
                   __builtin_cpu_supports("vpclmulqdq");
  EXPECT_TRUE(has || !aead_vaes().available());
}
#endif

}  // namespace
}  // namespace sdmp::codec
