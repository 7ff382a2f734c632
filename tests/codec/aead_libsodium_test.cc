#include "tests/codec/aead_backend_checks.h"

namespace sdmp::codec {
namespace {

TEST(AeadLibsodium, NothingIsSealedAndOpened) {
  testing::expect_nothing_is_sealed_and_opened(aead_libsodium());
}

#if defined(__x86_64__)
TEST(AeadLibsodium, NeedsTheInstructionsThatItUses) {
  const bool has = testing::cpu_has_aes();
  EXPECT_TRUE(has || !aead_libsodium().available());
}
#endif

}  // namespace
}  // namespace sdmp::codec
