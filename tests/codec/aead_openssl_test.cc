#include <openssl/err.h>

#include "tests/codec/aead_backend_checks.h"

namespace sdmp::codec {
namespace {

TEST(AeadOpenssl, IsThereOnEveryCpu) {
  EXPECT_TRUE(aead_openssl().available());
}

// Errors queue up per thread: one per forged frame would be memory that a peer fills.
TEST(AeadOpenssl, AForgedTagLeavesNoErrorBehind) {
  AeadKey key = testing::key_for(aead_openssl());
  ByteVector text = noise(256, 2);
  ERR_clear_error();
  EXPECT_FALSE(key.open(testing::kNonce, {}, text, testing::Tag{}));
  EXPECT_EQ(ERR_peek_error(), 0u);
  EXPECT_EQ(text, ByteVector(256));
}

}  // namespace
}  // namespace sdmp::codec
