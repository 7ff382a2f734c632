#include "codec/key_format.h"

#include <gtest/gtest.h>

#include "test_octets.h"

namespace sdmp::codec {
namespace {

constexpr char kEd25519Spki[] =
    "302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";

ByteVector rsa_spki_of_size(std::size_t modulus_octets) {
  ByteVector modulus = noise(modulus_octets, 1);
  modulus.front() |= 0x80;
  modulus.back() |= 1;
  return encode_rsa_spki(modulus, from_hex("010001"));
}

Error error_of(const ByteVector& der) {
  const auto view = decode_spki(der);
  return view ? Error::kCryptoLibrary : view.error();
}

TEST(KeyFormat, Rfc8410SubjectPublicKeyInfo) {
  const ByteVector der = from_hex(kEd25519Spki);
  const auto view = decode_spki(der);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->type, KeyType::kEd25519);
  EXPECT_EQ(encode_ed25519_spki(view->ed25519.first<kEd25519KeyBytes>()), der);
}

TEST(KeyFormat, RsaSubjectPublicKeyInfo) {
  for (const std::size_t octets : {15u, 256u, 384u, 512u}) {
    const ByteVector der = rsa_spki_of_size(octets);
    const auto view = decode_spki(der);
    ASSERT_TRUE(view.has_value()) << octets;
    EXPECT_EQ(view->type, KeyType::kRsa);
    EXPECT_EQ(view->modulus.size(), octets);
    EXPECT_EQ(to_hex(view->exponent), "010001");
  }
}

TEST(KeyFormat, P_KEY_EveryTruncationAndExtensionIsRefused) {
  for (const ByteVector& der : {from_hex(kEd25519Spki), rsa_spki_of_size(256)}) {
    for (std::size_t size = 0; size < der.size(); ++size) {
      EXPECT_FALSE(decode_spki(Bytes(der).first(size)).has_value()) << size;
    }
    ByteVector longer = der;
    longer.push_back(0);
    EXPECT_EQ(error_of(longer), Error::kKeyEncoding);
  }
}

TEST(KeyFormat, P_KEY_OnlyCanonicalDer) {
  const ByteVector der = rsa_spki_of_size(256);
  // SEQUENCE, 82 0122, SEQUENCE 300d: the length in three octets instead of two.
  ByteVector long_length = der;
  long_length[1] = 0x83;
  long_length.insert(long_length.begin() + 2, 0);
  EXPECT_EQ(error_of(long_length), Error::kKeyEncoding);
  // Indefinite length.
  ByteVector indefinite = from_hex("3080" + std::string(kEd25519Spki).substr(4) + "0000");
  EXPECT_EQ(error_of(indefinite), Error::kKeyEncoding);
  // A leading zero in front of the exponent: 0203010001 becomes 020400010001.
  const std::string hex = to_hex(der);
  ByteVector leading_zero = from_hex(hex.substr(0, hex.size() - 10) + "020400010001");
  for (const std::size_t at : {3u, 22u, 27u}) ++leading_zero[at];  // the lengths around it
  EXPECT_EQ(error_of(leading_zero), Error::kKeyEncoding);
}

TEST(KeyFormat, P_KEY_NegativeAndEmptyIntegersAreRefused) {
  ByteVector negative = rsa_spki_of_size(256);
  negative[negative.size() - 3] = 0x81;
  EXPECT_EQ(error_of(negative), Error::kKeyEncoding);
  const ByteVector empty = from_hex(
      "301a300d06092a864886f70d0101010500030900300602010102"
      "01");
  EXPECT_EQ(error_of(empty), Error::kKeyEncoding);
}

TEST(KeyFormat, P_KEY_AlgorithmParameters) {
  // Ed25519 has none; rsaEncryption has NULL.
  EXPECT_EQ(
      error_of(from_hex(std::string("302c300706032b6570050003210019bf44096984cdfe8541bac167") +
                        "dc3b96c85086aa30b6b6cb0c5c38ad703166e1")),
      Error::kKeyEncoding);
  std::string hex = to_hex(rsa_spki_of_size(256));
  const std::string with_null = "300d06092a864886f70d0101010500";
  const std::string without = "300b06092a864886f70d010101";
  ASSERT_NE(hex.find(with_null), std::string::npos);
  hex.replace(hex.find(with_null), with_null.size(), without);
  ByteVector absent = from_hex(hex);
  absent[3] = static_cast<std::uint8_t>(absent[3] - 2);
  EXPECT_EQ(error_of(absent), Error::kKeyEncoding);
}

TEST(KeyFormat, P_KEY_OtherAlgorithmsAreUnsupported) {
  const std::string point(64, '1');
  EXPECT_EQ(error_of(from_hex("302a300506032b656e032100" + point)), Error::kKeyUnsupported)
      << "X25519";
  EXPECT_EQ(error_of(from_hex("302a300506032b6571032100" + point)), Error::kKeyUnsupported)
      << "Ed448";
  std::string hex = to_hex(rsa_spki_of_size(256));
  const std::size_t oid = hex.find("2a864886f70d010101");
  hex[oid + 16] = '0';
  hex[oid + 17] = 'a';
  EXPECT_EQ(error_of(from_hex(hex)), Error::kKeyUnsupported) << "RSASSA-PSS";
}

TEST(KeyFormat, P_KEY_UnusedBitsAreRefused) {
  ByteVector der = from_hex(kEd25519Spki);
  der[11] = 1;
  EXPECT_EQ(error_of(der), Error::kKeyEncoding);
}

constexpr char kRfc8410Pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";
constexpr char kRfc8410PemVersion2[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n"
    "Z9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PRIVATE KEY-----\n";

TEST(KeyFormat, Rfc8410PrivateKeyBothVersions) {
  const auto first_der = decode_private_pem(kRfc8410Pem);
  const auto second_der = decode_private_pem(kRfc8410PemVersion2);
  ASSERT_TRUE(first_der && second_der);
  const auto first = decode_pkcs8(first_der->bytes());
  const auto second = decode_pkcs8(second_der->bytes());
  ASSERT_TRUE(first && second);
  const char* seed = "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842";
  EXPECT_EQ(to_hex(first->ed25519_seed), seed);
  EXPECT_EQ(to_hex(second->ed25519_seed), seed);
  EXPECT_FALSE(first->ed25519_public.has_value());
  ASSERT_TRUE(second->ed25519_public.has_value());
  EXPECT_EQ(to_hex(*second->ed25519_public), std::string(kEd25519Spki).substr(24));
}

TEST(KeyFormat, PemIsWrittenAsRfc8410PrintsIt) {
  const auto der = decode_private_pem(kRfc8410Pem);
  ASSERT_TRUE(der.has_value());
  const auto view = decode_pkcs8(der->bytes());
  const SecretBytes again = encode_ed25519_pkcs8(view->ed25519_seed.first<kEd25519KeyBytes>());
  EXPECT_TRUE(equal_secrets(again.bytes(), der->bytes()));
  EXPECT_EQ(as_text(encode_private_pem(again.bytes()).bytes()), kRfc8410Pem);
}

TEST(KeyFormat, PemOfEverySizeRoundTrips) {
  for (std::size_t size = 1; size < 200; ++size) {
    const ByteVector der = noise(size, 2);
    const SecretBytes pem = encode_private_pem(der);
    const auto decoded = decode_private_pem(as_text(pem.bytes()));
    ASSERT_TRUE(decoded.has_value()) << size;
    EXPECT_TRUE(equal_secrets(decoded->bytes(), der)) << size;
  }
}

TEST(KeyFormat, PemRefusals) {
  const std::string pem = kRfc8410Pem;
  const auto error = [](const std::string& text) { return decode_private_pem(text).error(); };
  EXPECT_TRUE(decode_private_pem("\r\n " + pem + "\r\n\t").has_value());
  EXPECT_EQ(error(""), Error::kKeyEncoding);
  EXPECT_EQ(error("-----BEGIN PRIVATE KEY-----"), Error::kKeyEncoding);
  EXPECT_EQ(error("x" + pem), Error::kKeyEncoding);
  EXPECT_EQ(error(pem + "x"), Error::kKeyEncoding);
  EXPECT_EQ(error(pem + pem), Error::kKeyEncoding);
  EXPECT_EQ(error(pem.substr(0, pem.size() - 8)), Error::kKeyEncoding);
  std::string foreign = pem;
  foreign[40] = '*';
  EXPECT_EQ(error(foreign), Error::kKeyEncoding);
  EXPECT_EQ(error("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), Error::kKeyUnsupported);
  EXPECT_EQ(error("-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n"),
            Error::kKeyEncoding);
}

TEST(KeyFormat, Pkcs8Refusals) {
  const auto whole = decode_private_pem(kRfc8410Pem);
  ASSERT_TRUE(whole.has_value());
  const ByteVector der(whole->bytes().begin(), whole->bytes().end());
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_EQ(decode_pkcs8(Bytes(der).first(size)).error(), Error::kKeyEncoding) << size;
  }
  ByteVector version = der;
  version[4] = 2;
  EXPECT_EQ(decode_pkcs8(version).error(), Error::kKeyUnsupported);
  ByteVector algorithm = der;
  algorithm[11] = 0x71;
  EXPECT_EQ(decode_pkcs8(algorithm).error(), Error::kKeyUnsupported);
  ByteVector trailing = der;
  trailing.push_back(0);
  EXPECT_EQ(decode_pkcs8(trailing).error(), Error::kKeyEncoding);
}

}  // namespace
}  // namespace sdmp::codec
