#include "codec/json_token.h"

#include <array>

#include <gtest/gtest.h>

namespace sdmp::codec::json {
namespace {

Result<std::string> unescaped(std::string_view content) {
  std::array<char, 256> memory;
  char* out = memory.data();
  const auto text = unescape(content, out);
  if (!text) return std::unexpected(text.error());
  return std::string(*text);
}

TEST(JsonToken, LiteralsAreExact) {
  EXPECT_EQ(scalar_type("true"), Type::kTrue);
  EXPECT_EQ(scalar_type("false"), Type::kFalse);
  EXPECT_EQ(scalar_type("null"), Type::kNull);
  for (const auto* text : {"", "t", "tru", "trueX", "True", "nul", "nulll", "falsetrue"}) {
    EXPECT_FALSE(scalar_type(text)) << text;
  }
}

TEST(JsonToken, NumbersFollowTheGrammarAtAnyMagnitude) {
  for (const auto* text : {"0", "-0", "10", "-1.5", "0.001", "1e5", "1E+5", "1.0e-05", "1e99999",
                           "123456789012345678901234567890.5"}) {
    EXPECT_EQ(scalar_type(text), Type::kNumber) << text;
  }
  for (const auto* text : {"-", "+1", "01", "-01", "1.", ".1", "1e", "1e+", "1.e1", "0x1", "1 ",
                           " 1", "1e1.0", "--1", "1-1", "NaN", "Infinity", "1f"}) {
    EXPECT_FALSE(scalar_type(text)) << text;
  }
}

TEST(JsonToken, AStringWithoutEscapesIsNotCopied) {
  constexpr std::string_view kPlain = "plain é";
  char* nowhere = nullptr;
  const auto text = unescape(kPlain, nowhere);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->data(), kPlain.data());
}

TEST(JsonToken, EscapesOfEveryKind) {
  EXPECT_EQ(unescaped(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(unescaped(R"(a\u0041b\u00e9c\u20ACd\uD83D\uDE00e)"), "aAbéc€d😀e");
  EXPECT_EQ(unescaped(R"(\u0000)"), std::string(1, '\0'));
  EXPECT_EQ(unescaped(R"(\u007f\u0080\u07ff\u0800\uffff)"), "\x7f\u0080\u07ff\u0800\uffff");
  EXPECT_EQ(unescaped(R"(\ud800\udc00\udbff\udfff)"), "\U00010000\U0010ffff");
}

TEST(JsonToken, BrokenEscapesAreSyntaxLoneSurrogatesAreUtf8) {
  for (const auto* text : {R"(\)", R"(\a)", R"(\u)", R"(\u00)", R"(\u00g0)", R"(\ud800\u00)"}) {
    EXPECT_EQ(unescaped(text), std::unexpected(Error::kJsonSyntax)) << text;
  }
  for (const auto* text : {R"(\ud800)", R"(\udc00)", R"(\ud800\ud800)", R"(\ud800\u0041)",
                           R"(\ud800\n)", R"(\udfff\ud800)"}) {
    EXPECT_EQ(unescaped(text), std::unexpected(Error::kUtf8)) << text;
  }
}

}  // namespace
}  // namespace sdmp::codec::json
