#include "tests/codec/aead_backend_checks.h"

namespace sdmp::codec {
namespace {

TEST(AeadIpsecMb, NothingIsSealedAndOpened) {
  testing::expect_nothing_is_sealed_and_opened(aead_ipsec_mb());
}

#if defined(__x86_64__)
TEST(AeadIpsecMb, NeedsTheInstructionsThatItUses) {
  const bool has = testing::cpu_has_aes();
  EXPECT_TRUE(has || !aead_ipsec_mb().available());
}
#endif

}  // namespace
}  // namespace sdmp::codec
