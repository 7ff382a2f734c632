#include "codec/base64url.h"

#include <random>

#include <gtest/gtest.h>

namespace sdmp::codec {
namespace {

std::string decoded(std::string_view text) {
  const auto octets = base64url_decode(text);
  return octets ? std::string(as_text(*octets)) : "error";
}

// RFC 4648 section 10, without padding.
TEST(Base64url, Rfc4648Vectors) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(base64url_encode(as_bytes(plain)), text);
    EXPECT_EQ(decoded(text), plain);
  }
}

// RFC 7515 appendix C.
TEST(Base64url, Rfc7515Vector) {
  const std::uint8_t octets[] = {3, 236, 255, 224, 193};
  EXPECT_EQ(base64url_encode(octets), "A-z_4ME");
  const auto back = base64url_decode("A-z_4ME");
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, ByteVector(std::begin(octets), std::end(octets)));
}

TEST(Base64url, RoundTripOfEveryLength) {
  constexpr std::uint32_t kSeed = 20150726;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (std::size_t size = 0; size < 300; ++size) {
    ByteVector octets(size);
    for (auto& octet : octets) octet = static_cast<std::uint8_t>(random());
    const std::string text = base64url_encode(octets);
    EXPECT_EQ(text.size(), base64url_encoded_size(size));
    EXPECT_EQ(base64url_decoded_size(text.size()), size);
    const auto back = base64url_decode(text);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, octets);
  }
}

TEST(Base64url, AppendKeepsWhatIsThere) {
  std::string text = "x=";
  base64url_append(as_bytes("foobar"), text);
  EXPECT_EQ(text, "x=Zm9vYmFy");
}

TEST(Base64url, DecodeWritesNothingBehindItsSize) {
  for (const std::string_view text : {"Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFyZg"}) {
    ByteVector out(base64url_decoded_size(text.size()) + 8, 0xee);
    const auto size = base64url_decode(text, out.data());
    ASSERT_TRUE(size);
    for (std::size_t i = *size; i < out.size(); ++i) EXPECT_EQ(out[i], 0xee) << text;
  }
}

TEST(Base64url, P_JWS_RefusesPaddingWhiteSpaceAndForeignCharacters) {
  const std::string_view bad[] = {
      "Zg==",  "Zm8=",  "Zm9vYg==",        "Zm 9v", "Zm9v\n", " Zm9v", "Zm9v Zm9v",
      "+z_4",  "a/bc",  "ab\tc",           "Zm9.",  "=",      "====",  "A",
      "AAAAA", "Zm9vY", "\xc3\xa9\xc3\xa9"};
  for (const std::string_view text : bad) {
    const auto result = base64url_decode(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error(), Error::kBase64);
  }
  EXPECT_FALSE(base64url_decode(std::string_view("AA\0A", 4)));
}

TEST(Base64url, P_JWS_EveryForeignOctetIsRefusedAtEveryPlace) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (int octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(octet);
    const bool known = kAlphabet.contains(c);
    for (std::size_t place = 0; place < 15; ++place) {
      std::string text(15, 'A');
      text[place] = c;
      // The last of three characters carries four bits: two must be zero.
      const bool canonical = place != 14 || kAlphabet.find(c) % 4 == 0;
      EXPECT_EQ(base64url_decode(text).has_value(), known && canonical) << octet << '@' << place;
    }
  }
}

TEST(Base64url, P_JWS_RefusesNonZeroTrailingBits) {
  for (const std::string_view text : {"Zh", "Zv", "Zm9", "Zm-", "Zm9vYh", "Zm9vYmF"}) {
    EXPECT_FALSE(base64url_decode(text)) << text;
  }
  EXPECT_TRUE(base64url_decode("Zw"));
  EXPECT_TRUE(base64url_decode("Zm8"));
}

}  // namespace
}  // namespace sdmp::codec
