#include "codec/hkdf.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "test_octets.h"

namespace sdmp::codec {
namespace {

// The input of RFC 5869 A.1 with SHA-512 in place of SHA-256.
TEST(Hkdf, PublishedSha512Vector) {
  const ByteVector ikm(22, 0x0b);
  const ByteVector salt = from_hex("000102030405060708090a0b0c");
  const ByteVector info = from_hex("f0f1f2f3f4f5f6f7f8f9");
  const Secret<64> prk = hkdf_extract(salt, ikm);
  EXPECT_EQ(to_hex(prk.bytes()),
            "665799823737ded04a88e47e54a5890bb2c3d247c7a4254a8e61350723590a26"
            "c36238127d8661b88cf80ef802d57e2f7cebcf1e00e083848be19929c61b4237");
  ByteVector okm(42);
  hkdf_expand(prk.bytes(), as_text(info), okm);
  EXPECT_EQ(to_hex(okm),
            "832390086cda71fb47625bb5ceb168e4c8e26a1a16ed34d9fc7fe92c1481579338da362cb8d9f925d7cb");
}

ByteVector openssl_hkdf(Bytes salt, Bytes ikm, Bytes info, std::size_t size) {
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* context = EVP_KDF_CTX_new(kdf);
  char digest[] = "SHA512";
  const auto octets = [](const char* key, Bytes value) {
    return OSSL_PARAM_construct_octet_string(key, const_cast<std::uint8_t*>(value.data()),
                                             value.size());
  };
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      octets(OSSL_KDF_PARAM_SALT, salt), octets(OSSL_KDF_PARAM_KEY, ikm),
      octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  ByteVector out(size);
  EXPECT_EQ(EVP_KDF_derive(context, out.data(), out.size(), parameters), 1);
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
  return out;
}

TEST(Hkdf, P_SEC_AgreesWithOpensslForEverySize) {
  for (const std::size_t size : {1u, 12u, 32u, 63u, 64u, 65u, 128u, 1000u, 255u * 64u}) {
    for (const std::size_t salt_size : {1u, 64u, 127u, 128u, 129u, 300u}) {
      const ByteVector salt = noise(salt_size, 1);
      const ByteVector ikm = noise(384, 2);
      const std::string info = "sdmp 0.10 tcp initiator";
      ByteVector out(size);
      hkdf_expand(hkdf_extract(salt, ikm).bytes(), info, out);
      EXPECT_EQ(out, openssl_hkdf(salt, ikm, as_bytes(info), size)) << size << " " << salt_size;
    }
  }
}

TEST(Hkdf, EmptySaltIsThatOfZeros) {
  const ByteVector ikm = noise(32, 3);
  const ByteVector zeros(64);
  EXPECT_TRUE(equal_secrets(hkdf_extract({}, ikm).bytes(), hkdf_extract(zeros, ikm).bytes()));
}

TEST(Hkdf, EmptyInfoAndOutput) {
  const ByteVector prk = noise(64, 4);
  hkdf_expand(prk, "", {});
  ByteVector a(32);
  ByteVector b(64);
  hkdf_expand(prk, "", a);
  hkdf_expand(prk, "", b);
  EXPECT_EQ(to_hex(a), to_hex(Bytes(b).first(32)));
}

}  // namespace
}  // namespace sdmp::codec
