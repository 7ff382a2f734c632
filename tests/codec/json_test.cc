#include "codec/json.h"

#include <chrono>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "codec/padded_buffer.h"
#include "tests/codec/json_cases.h"

namespace sdmp::codec::json {
namespace {

// The error of parsing `text`; nullopt when it is legal.
std::optional<Error> fault(std::string_view text) {
  Document document;
  const auto root = document.parse_copy(text);
  if (root) return std::nullopt;
  return root.error();
}

std::string nested(std::size_t levels, char open, char close) {
  return std::string(levels, open) + std::string(levels, close);
}

std::string nested_objects(std::size_t levels) {
  std::string text;
  for (std::size_t i = 1; i < levels; ++i) text += R"({"a":)";
  return text + "{}" + std::string(levels - 1, '}');
}

TEST(Json, Rfc8259LegalTexts) {
  for (const auto& text : kLegal) {
    const auto error = fault(text);
    EXPECT_FALSE(error) << text << " -> " << name(error.value_or(Error::kBase64));
  }
}

TEST(Json, Rfc8259SyntaxFaults) {
  for (const auto& text : kSyntaxFaults) EXPECT_EQ(fault(text), Error::kJsonSyntax) << text;
  for (const auto& text : kSyntaxFaultsWithNul) EXPECT_EQ(fault(text), Error::kJsonSyntax) << text;
}

TEST(Json, P_JWS_InvalidUtf8AndLoneSurrogatesAreRefused) {
  for (const auto& text : kUtf8Faults) EXPECT_EQ(fault(text), Error::kUtf8) << text;
}

// Stage 1 exists once per instruction set: all that this CPU has must agree.
TEST(Json, EveryImplementationOfStage1Agrees) {
  const auto* const active = &*simdjson::get_active_implementation();
  for (const auto* implementation : simdjson::get_available_implementations()) {
    if (!implementation->supported_by_runtime_system()) continue;
    SCOPED_TRACE(implementation->name());
    simdjson::get_active_implementation() = implementation;
    for (const auto& text : kLegal) EXPECT_FALSE(fault(text)) << text;
    for (const auto& text : kSyntaxFaults) EXPECT_EQ(fault(text), Error::kJsonSyntax) << text;
    for (const auto& text : kSyntaxFaultsWithNul) EXPECT_EQ(fault(text), Error::kJsonSyntax);
    for (const auto& text : kUtf8Faults) EXPECT_EQ(fault(text), Error::kUtf8) << text;
  }
  simdjson::get_active_implementation() = active;
}

TEST(Json, EveryFaultIsFoundBehindLongTextsToo) {
  for (const std::size_t pad : {1u, 31u, 63u, 64u, 65u, 127u, 200u}) {
    const std::string head = "[\"" + std::string(pad, 'x') + "\",";
    for (const auto& text : kLegal) EXPECT_FALSE(fault(head + text + "]")) << text;
    for (const auto& text : kUtf8Faults) EXPECT_EQ(fault(head + text + "]"), Error::kUtf8) << text;
    EXPECT_EQ(fault(head + "trueX]"), Error::kJsonSyntax);
    EXPECT_EQ(fault(head + "\"a\nb\"]"), Error::kJsonSyntax);
  }
}

TEST(Json, EveryCutOfALegalTextIsRefused) {
  const std::string text = R"( {"a":[1,{"b":"\u00e9\ud83d\ude00"},null],"c":-1.5e3,"d":"\\"})";
  ASSERT_FALSE(fault(text));
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_TRUE(fault(text.substr(0, size))) << text.substr(0, size);
  }
}

TEST(Json, P_JWS_DuplicateMembersAreRefusedAtEveryLevel) {
  for (const std::string_view text :
       {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"([{"a":1,"a":2}])", R"({"":1,"":2})",
        R"({"x":{"y":[{"z":1,"z":1}]}})", R"({"a":1,"\u0061":2})", R"({"\u0061":1,"\u0061":2})",
        R"({"\/":1,"/":2})", R"({"\ud83d\ude00":1,"😀":2})", R"({"a":{},"a":[]})",
        R"({"a\u0000":1,"a\u0000":2})"}) {
    EXPECT_EQ(fault(text), Error::kJsonDuplicate) << text;
  }
}

TEST(Json, P_JWS_ADuplicateAmongManyMembersIsFoundInReasonableTime) {
  std::string text = "{";
  constexpr int kMembers = 200'000;
  for (int i = 0; i < kMembers; ++i) text += "\"member" + std::to_string(i) + "\":0,";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(fault(text + "\"last\":0}"));
  EXPECT_EQ(fault(text + "\"member77\":0}"), Error::kJsonDuplicate);
  // Quadratic comparing takes minutes here, sorting far below a second.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(Json, P_JWS_SixteenLevelsAreAcceptedSeventeenRefused) {
  EXPECT_FALSE(fault(nested(16, '[', ']')));
  EXPECT_EQ(fault(nested(17, '[', ']')), Error::kJsonTooDeep);
  EXPECT_FALSE(fault(nested_objects(16)));
  EXPECT_EQ(fault(nested_objects(17)), Error::kJsonTooDeep);
  EXPECT_EQ(fault(nested(100'000, '[', ']')), Error::kJsonTooDeep);
  EXPECT_FALSE(fault("[" + nested(15, '[', ']') + ",1,\"x\"," + nested(15, '[', ']') + "]"));
  const std::string scalars = std::string(16, '[') + "1,\"x\",null" + std::string(16, ']');
  EXPECT_FALSE(fault(scalars));
}

TEST(Json, P_JWS_EveryValueKnowsItsExactSourceText) {
  Document document;
  const auto root = document.parse_copy(
      " { \"a\" : [ 1 , { } ] , \"b\":\"x\\u0041\" ,\"n\": 1.50e+1\t, \"t\":true,\"o\":{\"k\" :[ "
      "]} } ");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->raw().front(), '{');
  EXPECT_EQ(root->raw().back(), '}');
  EXPECT_EQ(root->find("a")->raw(), "[ 1 , { } ]");
  EXPECT_EQ(root->find("a")->first_child()->next_sibling()->raw(), "{ }");
  EXPECT_EQ(root->find("b")->raw(), "\"x\\u0041\"");
  EXPECT_EQ(root->find("b")->string(), "xA");
  EXPECT_EQ(root->find("n")->raw(), "1.50e+1");
  EXPECT_EQ(root->find("t")->raw(), "true");
  EXPECT_EQ(root->find("o")->raw(), "{\"k\" :[ ]}");
}

TEST(Json, ASubTextCanBeParsedInPlace) {
  PaddedBuffer buffer;
  const PaddedText text = buffer.assign(R"({"content":{"a":["x"]},"more":"\ud83d\ude00"})");
  Document outer;
  const auto root = outer.parse(text);
  ASSERT_TRUE(root);
  const std::string_view raw = root->find("content")->raw();
  Document inner;
  const auto content = inner.parse({raw.data(), raw.size()});
  ASSERT_TRUE(content);
  EXPECT_EQ(content->find("a")->first_child()->string(), "x");
  EXPECT_EQ(root->find("more")->string(), "😀");
}

TEST(Json, ChildrenInSourceOrder) {
  Document document;
  const auto root = document.parse_copy(R"({"z":1,"\u0061":[2,3,[4]],"m":{}})");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->count(), 3u);
  auto child = root->first_child();
  EXPECT_EQ(child->name(), "z");
  child = child->next_sibling();
  EXPECT_EQ(child->name(), "a");
  EXPECT_EQ(child->count(), 3u);
  child = child->next_sibling();
  EXPECT_EQ(child->name(), "m");
  EXPECT_EQ(child->count(), 0u);
  EXPECT_FALSE(child->first_child());
  EXPECT_FALSE(child->next_sibling());
  EXPECT_FALSE(root->find("absent"));
  EXPECT_FALSE(root->find("a")->find("z"));
}

TEST(Json, TypesAndStrings) {
  Document document;
  const auto root =
      document.parse_copy(R"([{},[],"\u0000\u00e9\u20ac\ud83d\ude00\/",1,true,false,null])");
  ASSERT_TRUE(root);
  std::vector<Type> types;
  for (auto child = root->first_child(); child; child = child->next_sibling()) {
    types.push_back(child->type());
    if (child->is_string()) {
      EXPECT_EQ(child->string(), "\0é€😀/"s);
    }
  }
  EXPECT_EQ(types, (std::vector{Type::kObject, Type::kArray, Type::kString, Type::kNumber,
                                Type::kTrue, Type::kFalse, Type::kNull}));
}

TEST(Json, P_HS_IntegersAreTokensWithoutFractionOrExponent) {
  const std::pair<std::string_view, std::optional<std::int64_t>> tokens[] = {
      {"9", 9},
      {"-3", -3},
      {"0", 0},
      {"9.0", {}},
      {"9e0", {}},
      {"-0", {}},
      {"1E1", {}},
      {"9223372036854775807", 9223372036854775807},
      {"9223372036854775808", {}},
      {"18446744073709551625", {}},
      {"\"9\"", {}},
      {"true", {}},
      {"[9]", {}}};
  Document document;
  for (const auto& [token, value] : tokens) {
    const auto root = document.parse_copy(token);
    ASSERT_TRUE(root) << token;
    EXPECT_EQ(root->integer(), value) << token;
  }
}

TEST(Json, ADocumentIsReusedAfterSuccessAndFailure) {
  Document document;
  for (int round = 0; round < 3; ++round) {
    EXPECT_FALSE(document.parse_copy("[1,"));
    const auto root = document.parse_copy(R"({"a":"\n"})");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->find("a")->string(), "\n");
    EXPECT_FALSE(document.parse_copy(nested(17, '[', ']')));
    const std::string big = "[\"" + std::string(100'000, 'y') + "\"]";
    ASSERT_TRUE(document.parse_copy(big));
    std::string many = "[0";
    for (int i = 0; i < 100'000; ++i) many += ",0";
    const auto array = document.parse_copy(many + "]");
    ASSERT_TRUE(array);
    EXPECT_EQ(array->count(), 100'001u);
  }
  Document moved = std::move(document);
  EXPECT_TRUE(moved.parse_copy("{}"));
}

TEST(Json, AppendStringEscapesWhatItMust) {
  std::string out = "x";
  append_string("a\"b\\c\n\r\t\b\f\x01\x1f\x7f é😀/"s + '\0', out);
  EXPECT_EQ(out, "x\"a\\\"b\\\\c\\n\\r\\t\\b\\f\\u0001\\u001f\x7f é😀/\\u0000\"");
  Document document;
  const auto back = document.parse_copy(std::string_view(out).substr(1));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->string(), "a\"b\\c\n\r\t\b\f\x01\x1f\x7f é😀/"s + '\0');
}

TEST(Json, IsUtf8) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("é€😀"));
  EXPECT_FALSE(is_utf8("\xff"));
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
}

}  // namespace
}  // namespace sdmp::codec::json
