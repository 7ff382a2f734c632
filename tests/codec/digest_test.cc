#include "codec/digest.h"

#include <thread>
#include <unordered_set>

#include <gtest/gtest.h>

namespace sdmp::codec {
namespace {

std::string hex(const Hash& hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t octet : hash) {
    text.push_back(kDigits[octet >> 4]);
    text.push_back(kDigits[octet & 15]);
  }
  return text;
}

// FIPS 180-4 example values (NIST Cryptographic Toolkit) and the empty message.
constexpr std::string_view kEmptyHash =
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";
constexpr std::string_view kAbcHash =
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
constexpr std::string_view kTwoBlockText =
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopq"
    "rs"
    "mnopqrstnopqrstu";
constexpr std::string_view kTwoBlockHash =
    "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
    "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909";
constexpr std::string_view kMillionAHash =
    "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
    "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b";

TEST(Digest, CRY_2_PublishedSha512Vectors) {
  EXPECT_EQ(hex(sha512(Bytes{})), kEmptyHash);
  EXPECT_EQ(hex(sha512(as_bytes("abc"))), kAbcHash);
  EXPECT_EQ(hex(sha512(as_bytes(kTwoBlockText))), kTwoBlockHash);
  EXPECT_EQ(hex(sha512(as_bytes(std::string(1'000'000, 'a')))), kMillionAHash);
}

TEST(Digest, CRY_2_TwoSpansHashLikeTheirConcatenation) {
  for (std::size_t cut = 0; cut <= kTwoBlockText.size(); ++cut) {
    EXPECT_EQ(
        hex(sha512(as_bytes(kTwoBlockText.substr(0, cut)), as_bytes(kTwoBlockText.substr(cut)))),
        kTwoBlockHash);
  }
}

TEST(Digest, CRY_2_ThreadsHashIndependently) {
  std::string from_thread;
  std::thread other([&] { from_thread = hex(sha512(as_bytes("abc"))); });
  const std::string here = hex(sha512(Bytes{}));
  other.join();
  EXPECT_EQ(from_thread, kAbcHash);
  EXPECT_EQ(here, kEmptyHash);
}

// The worked example of the resource document, as decided by P-ID.
TEST(Digest, P_ID_PublishedIdentifierVector) {
  constexpr std::string_view kPayload =
      "eyJzZG1wIjp7InZlcnNpb24iOiIwLjEwLjEiLCJwdWJsaXNoZXIiOiJHbHZBcmVUbzBsQ1N5dW03V3poOHB6aHhZT091"
      "LWdNSWdPMk45NUFBd0FHUDYtblI4eEN2V3ZJVzB0OXJGX1paZnBDWV9mRFYzOEpERkthT1U5MUE4USIsImNyZWF0ZWQi"
      "OiIyMDE1LTA2LTE5VDIzOjE1OjUyLjYwNVoiLCJzY2hlbWFzIjpbInJlc291cmNlIiwicG9zdCJdfSwicG9zdCI6eyJ0"
      "aXRsZSI6IkxpZmUgaXMgR3JlYXQiLCJjb250ZW50IjoiV2hlbiB5b3UgYXJlICoqYXdlc29tZSoqIQoKQ2hlY2sgb3V0"
      "IG15IFt0aGluZ3NdKGh0dHA6Ly9zb21ldGhpbmcuY29tKSEifX0";
  const Identifier identifier{sha512(as_bytes(kPayload))};
  EXPECT_EQ(
      identifier.text(),
      "OTA8fSUKIIHP4aaJolSzhd9BXLn0hIxXQktpwqdXDDJ56akD5Ok57dILlPgCdjLD4bMnzFRAWHPKy_wgofnLEA");
}

TEST(Digest, CRY_3_TextFormIs86CharactersAndParsesBack) {
  const Fingerprint fingerprint{sha512(as_bytes("key"))};
  const std::string text = fingerprint.text();
  EXPECT_EQ(text.size(), kDigestTextSize);
  const auto parsed = Fingerprint::parse(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, fingerprint);
  std::string written(kDigestTextSize + 1, '#');
  fingerprint.write_text(written.data());
  EXPECT_EQ(written, text + "#");
}

TEST(Digest, CRY_2_ParseRefusesEveryOtherText) {
  const std::string good = Fingerprint{}.text();
  const std::string bad[] = {"",
                             good.substr(1),
                             good + "A",
                             good + "==",
                             good.substr(0, 85) + "B",  // unused bits set
                             good.substr(0, 85) + "+",
                             good.substr(0, 85) + "=",
                             " " + good.substr(1),
                             good.substr(0, 40) + "\n" + good.substr(41)};
  for (const std::string& text : bad) {
    const auto parsed = Fingerprint::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), Error::kBase64);
  }
}

TEST(Digest, HashesAndComparesByOctets) {
  const Identifier a{sha512(as_bytes("a"))};
  const Identifier b{sha512(as_bytes("b"))};
  const std::unordered_set<Identifier, DigestHash> set{a, b, a};
  EXPECT_EQ(set.size(), 2u);
  EXPECT_NE(a, b);
  EXPECT_TRUE((a < b) != (b < a));
}

}  // namespace
}  // namespace sdmp::codec
