#include "codec/container.h"

#include <gtest/gtest.h>

#include "codec/padded_buffer.h"
#include "tests/codec/container_fixture.h"

namespace sdmp::codec {
namespace {

constexpr std::string_view kPostBody = R"("post":{"content":"x"})";

std::string good_payload() {
  return payload_with(R"("resource","post")", kPostBody);
}

std::string fault(std::string_view container_text) {
  ContainerReader reader;
  return fault_of(reader.parse_copy(container_text));
}

std::string payload_fault(std::string_view payload) {
  return fault(unsigned_container(payload));
}

TEST(Container, CON_1_BuiltContainersParseAndVerify) {
  const std::array schemas{name(Schema::kResource), name(Schema::kPost)};
  const std::string text = build_container(test_key(), kTestMoment, schemas, kPostBody);
  ContainerReader reader;
  const auto container = reader.parse_copy(text);
  ASSERT_TRUE(container) << fault_of(container);
  EXPECT_EQ(container->text, text);
  EXPECT_EQ(container->payload_text, good_payload());
  EXPECT_EQ(container->version, kWrittenVersion);
  EXPECT_EQ(container->publisher, test_key().public_key().fingerprint());
  EXPECT_EQ(container->created, kTestMoment);
  EXPECT_EQ(container->algorithm, JwsAlgorithm::kEdDsa);
  EXPECT_EQ(container->first_schema(), Schema::kResource);
  EXPECT_TRUE(container->lists(Schema::kPost));
  EXPECT_FALSE(container->lists(Schema::kIdentity));
  EXPECT_TRUE(container->verify(test_key().public_key()));
}

TEST(Container, RES_2_IdentifierHashesTheBase64urlPayloadAlone) {
  ContainerReader reader;
  const std::string text = unsigned_container(good_payload());
  const auto container = reader.parse_copy(text);
  ASSERT_TRUE(container);
  const std::string encoded = base64url_encode(as_bytes(good_payload()));
  EXPECT_EQ(container->identifier().octets, sha512(as_bytes(encoded)));
  ContainerReader other;
  const auto with_kid = other.parse_copy(
      unsigned_container(good_payload(), R"({"alg":"EdDSA","kid":")" + test_publisher() + R"("})"));
  ASSERT_TRUE(with_kid);
  EXPECT_EQ(with_kid->identifier(), container->identifier());
}

TEST(Container, SES_5_VerifyRefusesForeignKeysAndBadSignatures) {
  ContainerReader reader;
  const auto other = PrivateKey::generate(KeyType::kEd25519);
  ASSERT_TRUE(other);
  const std::string text =
      build_container(test_key(), kTestMoment, std::array{name(Schema::kResource)}, "");
  const auto container = reader.parse_copy(text);
  ASSERT_TRUE(container);
  EXPECT_EQ(fault_of(container->verify(other->public_key())), "signature");
  const auto forged = reader.parse_copy(sign_jws(good_payload(), *other));
  EXPECT_EQ(fault_of(forged), "jws_key_id");
  const auto unsigned_one = reader.parse_copy(unsigned_container(good_payload()));
  ASSERT_TRUE(unsigned_one);
  EXPECT_EQ(fault_of(unsigned_one->verify(test_key().public_key())), "signature");
  const auto wrong_alg =
      reader.parse_copy(unsigned_container(good_payload(), R"({"alg":"RS512"})"));
  ASSERT_TRUE(wrong_alg);
  EXPECT_EQ(fault_of(wrong_alg->verify(test_key().public_key())), "jws_algorithm");
}

TEST(Container, P_JWS_KidMustEqualThePublisher) {
  EXPECT_EQ(fault(unsigned_container(good_payload(), R"({"alg":"EdDSA","kid":"x"})")),
            "jws_key_id");
  EXPECT_EQ(fault(unsigned_container(good_payload(), R"({"alg":"EdDSA","kid":""})")), "jws_key_id");
  const std::string other = Fingerprint{}.text();
  EXPECT_EQ(
      fault(unsigned_container(good_payload(), R"({"alg":"EdDSA","kid":")" + other + R"("})")),
      "jws_key_id");
}

TEST(Container, P_JWS_UnknownMembersInPayloadsAreKept) {
  const std::string payload =
      payload_with(R"("resource","post")", R"("post":{"content":"x","new":[1]},"other":{"a":null})",
                   R"(,"more":true)");
  ContainerReader reader;
  const auto container = reader.parse_copy(unsigned_container(payload));
  ASSERT_TRUE(container);
  EXPECT_EQ(container->payload_text, payload);
}

TEST(Container, P_JWS_EscapedNamesAndWhiteSpaceInPayloadsAreLegal) {
  std::string payload = replaced(good_payload(), R"("schemas")", R"( "\u0073chemas" )");
  payload = replaced(payload, R"("0.10.4")", R"("0\u002e10.4")");
  payload = replaced(payload, R"("resource")", "\t\"r\\u0065source\"\n");
  EXPECT_EQ(payload_fault(payload), "");
}

TEST(Container, CON_2_To_CON_4_MembersAreRequiredStrings) {
  const std::string publisher = "\"" + test_publisher() + "\"";
  const std::string members[] = {R"("version":"0.10.4",)", R"("publisher":)" + publisher + ",",
                                 R"("created":"2015-07-26T15:48:37.703Z",)"};
  for (const std::string& member : members) {
    EXPECT_EQ(payload_fault(replaced(good_payload(), member, "")), "payload_shape") << member;
  }
  const std::string values[] = {R"("0.10.4")", publisher, R"("2015-07-26T15:48:37.703Z")"};
  for (const std::string& value : values) {
    for (const auto* other : {"null", "1", "{}", "[]", "true"}) {
      EXPECT_EQ(payload_fault(replaced(good_payload(), value, other)), "payload_shape") << value;
    }
  }
}

TEST(Container, CON_2_VersionMustBeOfTheSeries) {
  for (const auto* version : {"0.10.0", "0.10.99", "0.10.4-rc.1", "0.10.4+build"}) {
    EXPECT_EQ(payload_fault(replaced(good_payload(), "0.10.4", version)), "") << version;
  }
  for (const auto* version :
       {"", "0.10", "0.9.4", "0.11.0", "1.0.0", "0.10.04", "v0.10.4", "0.10.4 "}) {
    EXPECT_EQ(payload_fault(replaced(good_payload(), "0.10.4", version)), "version") << version;
  }
}

TEST(Container, CON_3_PublisherMustBeAFingerprint) {
  const std::string good = test_publisher();
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "A", good + "==", good.substr(0, 85) + "B",
        "+" + good.substr(1), " " + good.substr(1)}) {
    EXPECT_EQ(payload_fault(replaced(good_payload(), good, bad)), "publisher") << bad;
  }
}

TEST(Container, CON_4_CreatedMustBeAMoment) {
  for (const auto* bad : {"", "2015-07-26T15:48:37Z", "2015-07-26T15:48:37.703",
                          "2015-02-30T00:00:00.000Z", "2015-07-26T15:48:37.703+00:00"}) {
    EXPECT_EQ(payload_fault(replaced(good_payload(), "2015-07-26T15:48:37.703Z", bad)),
              "timestamp");
  }
}

TEST(Container, CON_5_SchemasAreANonEmptyListOfDistinctNamesOrUris) {
  const std::pair<std::string_view, std::string_view> lists[] = {
      {R"([])", "schemas"},
      {R"([1])", "schemas"},
      {R"(["resource",null])", "schemas"},
      {R"(["resource","resource"])", "schemas"},
      {R"(["resource","r\u0065source"])", "schemas"},
      {R"(["resource","a:b","a:b"])", "schemas"},
      {R"(["nodeInformation"])", "schemas"},
      {R"([""])", "schemas"},
      {R"(["Resource"])", "schemas"},
      {R"(["resource "])", "schemas"},
      {R"(["resource","/relative"])", "schemas"},
      {R"(["resource",["post"]])", "schemas"},
      {R"("resource")", "payload_shape"},
      {R"({"resource":1})", "payload_shape"},
      {R"(null)", "payload_shape"},
      {R"(["resource"])", ""},
      {R"(["resource","http://example.org/schema.json#"])", ""},
      {R"(["sdmp://x/y","resource"])", ""},
      {R"(["urn:x:y"])", ""}};
  for (const auto& [list, expected] : lists) {
    EXPECT_EQ(payload_fault(replaced(good_payload(), R"(["resource","post"])", list)), expected)
        << list;
  }
  EXPECT_EQ(payload_fault(replaced(good_payload(), R"(,"schemas":["resource","post"])", "")),
            "payload_shape");
}

TEST(Container, CON_5_ManySchemasAreComparedInReasonableTime) {
  std::string list = R"("resource")";
  for (int i = 0; i < 50'000; ++i) list += ",\"urn:x:" + std::to_string(i) + "\"";
  EXPECT_EQ(payload_fault(payload_with(list, "")), "");
  EXPECT_EQ(payload_fault(payload_with(list + ",\"urn:x:7\"", "")), "schemas");
}

TEST(Container, CON_5_ReservedNamesAreKnown) {
  for (std::size_t i = 0; i < kReservedSchemas; ++i) {
    const auto schema = static_cast<Schema>(i);
    EXPECT_EQ(schema_by_name(name(schema)), schema);
  }
  EXPECT_EQ(name(Schema::kConnection), "connection");
  EXPECT_EQ(name(Schema::kUserInformation), "user_information");
  EXPECT_EQ(name(Schema::kOther), "");
  for (const auto* text : {"", "urn:x", "posts", "Post"}) {
    EXPECT_EQ(schema_by_name(text), Schema::kOther);
  }
}

TEST(Container, CON_6_EachListedSchemaIsChecked) {
  EXPECT_EQ(payload_fault(payload_with(R"("resource","post")", "")), "schema_mismatch");
  EXPECT_EQ(payload_fault(payload_with(R"("resource","post","identity")", kPostBody)),
            "schema_mismatch");
  EXPECT_EQ(payload_fault(payload_with(R"("urn:x:y","resource","post")", kPostBody)), "");
  EXPECT_EQ(payload_fault(payload_with(R"("urn:x:y","post")", "")), "schema_mismatch");
}

TEST(Container, CON_1_PayloadMustBeAJsonObjectWithSdmp) {
  for (const auto* payload : {"{}", "[]", "1", "\"x\"", "null", R"({"sdmp":null})",
                              R"({"sdmp":[]})", R"({"sdmp":{}})", R"({"Sdmp":{}})"}) {
    EXPECT_EQ(payload_fault(payload), "payload_shape") << payload;
  }
  for (const auto* payload : {"", " ", "{", "{}{}", "x"}) {
    EXPECT_EQ(payload_fault(payload), "json_syntax") << payload;
  }
}

TEST(Container, P_JWS_PayloadFaultsOfJson) {
  EXPECT_EQ(payload_fault(replaced(good_payload(), R"("x")", "\"\xff\"")), "utf8");
  EXPECT_EQ(payload_fault(replaced(good_payload(), R"("x")", R"("\udc00")")), "utf8");
  EXPECT_EQ(payload_fault("\xef\xbb\xbf" + good_payload()), "json_syntax");
  EXPECT_EQ(payload_fault(good_payload() + "x"), "json_syntax");
  EXPECT_EQ(payload_fault(replaced(good_payload(), R"("post":{)", R"("post":{"content":"y",)")),
            "json_duplicate");
  EXPECT_EQ(payload_fault(replaced(good_payload(), R"({"sdmp")", R"({"sdmp":{},"\u0073dmp")")),
            "json_duplicate");
}

TEST(Container, P_JWS_DepthIsCountedSeparatelyForContainerAndPayload) {
  const auto nested = [](std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_EQ(payload_fault(payload_with(R"("resource")", R"("x":)" + nested(15))), "");
  EXPECT_EQ(payload_fault(payload_with(R"("resource")", R"("x":)" + nested(16))), "json_too_deep");
  EXPECT_EQ(fault(replaced(unsigned_container(good_payload()), R"("AAAA")", nested(14))),
            "json_too_deep");
  EXPECT_EQ(fault(replaced(unsigned_container(good_payload()), R"("AAAA")", nested(13))),
            "jws_shape");
  EXPECT_EQ(fault(unsigned_container(good_payload(), R"({"alg":)" + nested(16) + "}")),
            "json_too_deep");
  EXPECT_EQ(fault(unsigned_container(good_payload(), R"({"alg":)" + nested(15) + "}")),
            "jws_header");
}

TEST(Container, P_JWS_PayloadMustBeCanonicalBase64url) {
  const std::string encoded = base64url_encode(as_bytes(good_payload()));
  const std::string text = unsigned_container(good_payload());
  for (const std::string& bad : {encoded + "=", encoded + "==", " " + encoded, encoded + "\\n",
                                 encoded.substr(0, 8) + "+" + encoded.substr(9),
                                 encoded.substr(0, 8) + "\\u00e9" + encoded.substr(9)}) {
    EXPECT_EQ(fault(replaced(text, encoded, bad)), "base64") << bad;
  }
  // An escape in the string is JSON's business, not base64url's.
  EXPECT_EQ(fault(replaced(text, encoded, "\\u0065" + encoded.substr(1))), "");
}

TEST(Container, P_JWS_ContentCanBeParsedInPlaceByAnotherReader) {
  const std::string inner_text = unsigned_container(good_payload());
  const std::string outer_text = unsigned_container(payload_with(
      R"("resource_response")", R"("data":{"type":"resource","content":)" + inner_text + "}"));
  ContainerReader outer;
  const auto container = outer.parse_copy(outer_text);
  ASSERT_TRUE(container);
  const std::string_view raw = container->payload->find("data")->find("content")->raw();
  EXPECT_EQ(raw, inner_text);
  ContainerReader inner;
  const auto content = inner.parse({raw.data(), raw.size()});
  ASSERT_TRUE(content);
  EXPECT_EQ(content->payload_text, good_payload());
}

TEST(Container, AReaderIsReusedAfterSuccessAndFailureAndMoves) {
  ContainerReader reader;
  const std::string good = unsigned_container(good_payload());
  const std::string big = unsigned_container(payload_with(
      R"("resource","post")", R"("post":{"content":")" + std::string(200'000, 'x') + "\"}"));
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(reader.parse_copy(good));
    EXPECT_FALSE(reader.parse_copy("{}"));
    EXPECT_TRUE(reader.parse_copy(big));
  }
  const auto container = reader.parse_copy(good);
  const ContainerReader moved = std::move(reader);
  ASSERT_TRUE(container);
  EXPECT_EQ(container->payload->find("post")->find("content")->string(), "x");
}

TEST(Container, CON_2_BuiltPayloadIsExact) {
  const Fingerprint publisher{sha512(as_bytes("p"))};
  const std::array updates{Identifier{sha512(as_bytes("a"))}, Identifier{sha512(as_bytes("b"))}};
  const std::array schemas{std::string_view("resource"), std::string_view("urn:\"x\"")};
  EXPECT_EQ(build_payload(publisher, kTestMoment, schemas, R"("a":1,"b":2)", updates),
            R"({"sdmp":{"version":"0.10.4","publisher":")" + publisher.text() +
                R"(","created":"2015-07-26T15:48:37.703Z","schemas":["resource","urn:\"x\""],)" +
                R"("updates":[")" + updates[0].text() + R"(",")" + updates[1].text() +
                R"("]},"a":1,"b":2})");
  EXPECT_TRUE(build_payload(publisher, 0, schemas, "").ends_with("]}}"));
}

}  // namespace
}  // namespace sdmp::codec
