#include "codec/error.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace sdmp::codec {
namespace {

constexpr auto kLast = static_cast<int>(Error::kCryptoLibrary);

TEST(Error, EveryValueHasItsOwnSnakeCaseName) {
  std::set<std::string_view> names;
  for (int value = 0; value <= kLast; ++value) {
    const std::string_view text = name(static_cast<Error>(value));
    EXPECT_TRUE(names.insert(text).second) << text;
    EXPECT_FALSE(text.empty());
    EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    })) << text;
  }
}

TEST(Error, EveryValueIsExplainedInOneSentenceWithoutFullStop) {
  std::set<std::string_view> sentences;
  for (int value = 0; value <= kLast; ++value) {
    const std::string_view text = explain(static_cast<Error>(value));
    EXPECT_TRUE(sentences.insert(text).second) << text;
    ASSERT_GT(text.size(), 10u);
    EXPECT_NE(text.back(), '.') << text;
  }
}

TEST(Error, NamesFollowTheValues) {
  EXPECT_EQ(name(Error::kBase64), "base64");
  EXPECT_EQ(name(Error::kJwsKeyId), "jws_key_id");
  EXPECT_EQ(name(Error::kCryptoLibrary), "crypto_library");
}

}  // namespace
}  // namespace sdmp::codec
