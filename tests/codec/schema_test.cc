#include "codec/schema.h"

#include <gtest/gtest.h>

#include "tests/codec/container_fixture.h"

namespace sdmp::codec {
namespace {

const std::string kDigest = Fingerprint{}.text();

bool satisfies(Schema schema, std::string_view payload) {
  json::Document document;
  const auto root = document.parse_copy(payload);
  EXPECT_TRUE(root) << payload;
  const auto checked = check_schema(schema, *root);
  EXPECT_TRUE(checked || checked.error() == Error::kSchemaMismatch);
  return checked.has_value();
}

void expect(Schema schema, const std::vector<std::string>& good,
            const std::vector<std::string>& bad) {
  for (const std::string& payload : good) EXPECT_TRUE(satisfies(schema, payload)) << payload;
  for (const std::string& payload : bad) EXPECT_FALSE(satisfies(schema, payload)) << payload;
  for (const auto* payload : {"{}", "[]", "1", "null"}) EXPECT_FALSE(satisfies(schema, payload));
}

TEST(Schema, RES_4_UpdatesAreDistinctIdentifiers) {
  const std::string other = "B" + kDigest.substr(1);
  const auto updates = [](const std::string& list) {
    return R"({"sdmp":{"updates":)" + list + "}}";
  };
  expect(
      Schema::kResource,
      {R"({"sdmp":{}})", updates("[\"" + kDigest + "\"]"),
       updates("[\"" + kDigest + "\",\"" + other + "\"]")},
      {updates("[]"), updates("{}"), updates("null"), updates("\"" + kDigest + "\""),
       updates("[1]"), updates("[\"\"]"), updates("[\"" + kDigest + "=\"]"),
       updates("[\"" + kDigest.substr(1) + "\"]"), updates("[\"" + kDigest.substr(0, 85) + "B\"]"),
       updates("[\"" + kDigest + "\",\"" + other + "\",\"" + kDigest + "\"]"),
       updates("[\"" + kDigest + "\",\"\\u0041" + kDigest.substr(1) + "\"]"), R"({"sdmp":[]})"});
}

TEST(Schema, RES_5_Identity) {
  const auto identity = [](std::string_view type, std::string_view expires, std::string_view key) {
    return R"({"identity":{"type":)" + std::string(type) + R"(,"expires":)" + std::string(expires) +
           R"(,"key":)" + std::string(key) + "}}";
  };
  constexpr std::string_view kNode = R"("node")";
  constexpr std::string_view kExpires = R"("2020-06-19T23:15:52.605Z")";
  constexpr std::string_view kKey = R"("AreGlvTo")";
  expect(
      Schema::kIdentity,
      {identity(kNode, kExpires, kKey), identity(R"("user")", kExpires, kKey),
       R"({"identity":{"type":"user","expires":"2020-06-19T23:15:52.605Z","key":"AA","x":1},"y":2})"},
      {identity(R"("User")", kExpires, kKey), identity(R"("host")", kExpires, kKey),
       identity("1", kExpires, kKey), identity("null", kExpires, kKey),
       identity(kNode, R"("2020-06-19")", kKey),
       identity(kNode, R"("2020-02-30T00:00:00.000Z")", kKey),
       identity(kNode, R"("2020-06-19T23:15:52Z")", kKey), identity(kNode, "1592608552605", kKey),
       identity(kNode, kExpires, R"("")"), identity(kNode, kExpires, R"("AB")"),
       identity(kNode, kExpires, R"("AA==")"), identity(kNode, kExpires, R"("A+AA")"),
       identity(kNode, kExpires, "1"), identity(kNode, kExpires, "null"), R"({"identity":[]})",
       R"({"identity":{"expires":"2020-06-19T23:15:52.605Z","key":"AA"}})",
       R"({"identity":{"type":"user","key":"AA"}})",
       R"({"identity":{"type":"user","expires":"2020-06-19T23:15:52.605Z"}})"});
}

TEST(Schema, RES_6_NodeInformation) {
  expect(
      Schema::kNodeInformation,
      {R"({"node":{"name":"box","ips":["192.168.2.104:1337","[2607:f298:1:126::72c:b051]:36075"]}})",
       R"({"node":{"ips":[]}})", R"({"node":{"ips":["1.2.3.4:5"],"x":1}})"},
      {R"({"node":{"name":"box"}})", R"({"node":{"name":1,"ips":[]}})",
       R"({"node":{"name":null,"ips":[]}})", R"({"node":{"ips":"1.2.3.4:5"}})",
       R"({"node":{"ips":{}}})", R"({"node":{"ips":[1]}})", R"({"node":{"ips":["1.2.3.4"]}})",
       R"({"node":{"ips":["1.2.3.4:5","localhost:80"]}})", R"({"node":{"ips":["::1:80"]}})",
       R"({"node":{"ips":["1.2.3.4:0"]}})", R"({"node":{"ips":["1.2.3.4:65536"]}})",
       R"({"node":"x"})", R"({"node_information":{"ips":[]}})"});
}

TEST(Schema, RES_7_UserInformation) {
  expect(Schema::kUserInformation,
         {R"({"user":{"name":"John Doe","about":"Lumberjack"}})", R"({"user":{"name":"J"}})",
          R"({"user":{"about":"x"}})", R"({"user":{}})", R"({"user":{"name":"","x":[]}})"},
         {R"({"user":{"name":1}})", R"({"user":{"name":"J","about":null}})", R"({"user":"John"})",
          R"({"user":[]})"});
}

TEST(Schema, RES_8_Relationship) {
  const auto relationship = [](std::string_view type, std::string_view identity) {
    return R"({"relationship":{"type":)" + std::string(type) + R"(,"identity":)" +
           std::string(identity) + "}}";
  };
  const std::string identity = "\"" + kDigest + "\"";
  expect(Schema::kRelationship,
         {relationship(R"("connection")", identity), relationship(R"("publisher")", identity),
          relationship(R"("host")", identity)},
         {relationship(R"("friend")", identity), relationship(R"("Host")", identity),
          relationship("1", identity), relationship(R"("host")", R"("x")"),
          relationship(R"("host")", "\"" + kDigest.substr(0, 85) + "B\""),
          relationship(R"("host")", "\"" + kDigest + "A\""), relationship(R"("host")", "null"),
          R"({"relationship":{"type":"host"}})",
          R"({"relationship":{"identity":)" + identity + "}}", R"({"relationship":"host"})"});
}

TEST(Schema, RES_9_Post) {
  expect(Schema::kPost,
         {R"({"post":{"content":"x"}})", R"({"post":{"content":""}})",
          R"({"post":{"title":"t","subtitle":"s","content":"x","author":"a"}})"},
         {R"({"post":{}})", R"({"post":{"title":"t"}})", R"({"post":{"content":1}})",
          R"({"post":{"content":null}})", R"({"post":{"content":"x","title":1}})",
          R"({"post":{"content":"x","subtitle":{}}})", R"({"post":"x"})", R"({"post":["x"]})"});
}

TEST(Schema, RES_10_MessageAndReceipt) {
  expect(Schema::kMessage, {R"({"message":"hi"})", R"({"message":""})"},
         {R"({"message":1})", R"({"message":{}})", R"({"message":null})"});
  expect(Schema::kMessageReceipt, {R"({"receipt":")" + kDigest + R"("})"},
         {R"({"receipt":"x"})", R"({"receipt":1})", R"({"receipt":")" + kDigest + R"(="})"});
}

TEST(Schema, RES_11_EncryptedIsAJwe) {
  const auto encrypted = [](const std::string& members) {
    return R"({"encrypted":{)" + members + "}}";
  };
  const std::string text = R"("ciphertext":"AAAA")";
  expect(
      Schema::kEncrypted,
      {encrypted(
           R"("protected":"e30","unprotected":{},"recipients":[{"header":{},"encrypted_key":"AA"}],)"
           R"("aad":"AA","iv":"AA","tag":"AA",)" +
           text),
       encrypted(
           R"("protected":"","unprotected":{},"recipients":[{"header":{},"encrypted_key":""}],)"
           R"("aad":"","iv":"","ciphertext":"","tag":"")"),
       encrypted(R"("recipients":[{"header":{}},{"header":{"alg":"dir"}}],)" + text),
       encrypted(R"("protected":"e30","recipients":[{}],)" + text),
       encrypted(R"("protected":"e30",)" + text), encrypted(R"("unprotected":{},)" + text),
       encrypted(R"("header":{},"encrypted_key":"AA",)" + text),
       encrypted(R"("protected":"e30","new":1,)" + text)},
      {encrypted(text), encrypted(R"("protected":"e30")"),
       encrypted(R"("protected":"e30","ciphertext":1)"),
       encrypted(R"("protected":"e30","ciphertext":"A=")"),
       encrypted(R"("protected":"e3",)" + text + ",\"tag\":\"AB\""),
       encrypted(R"("protected":{},)" + text), encrypted(R"("unprotected":"x",)" + text),
       encrypted(R"("protected":"e30","iv":1,)" + text),
       encrypted(R"("protected":"e30","aad":"+",)" + text),
       encrypted(R"("protected":"e30","recipients":[],)" + text),
       encrypted(R"("protected":"e30","recipients":{},)" + text),
       encrypted(R"("protected":"e30","recipients":[1],)" + text),
       encrypted(R"("recipients":[{}],)" + text),
       encrypted(R"("recipients":[{"header":{}},{"encrypted_key":"AA"}],)" + text),
       encrypted(R"("protected":"e30","recipients":[{"header":1}],)" + text),
       encrypted(R"("protected":"e30","recipients":[{"encrypted_key":1}],)" + text),
       encrypted(R"("protected":"e30","recipients":[{}],"header":{},)" + text),
       encrypted(R"("protected":"e30","recipients":[{}],"encrypted_key":"AA",)" + text),
       R"({"encrypted":"x"})"});
}

TEST(Schema, P_JWS_BodiesOfMessagesAndUnknownSchemasAreNotLookedAt) {
  for (const Schema schema :
       {Schema::kConnection, Schema::kJournalRequest, Schema::kJournalUpdate,
        Schema::kResourceRequest, Schema::kResourceResponse, Schema::kOther}) {
    EXPECT_TRUE(satisfies(schema, R"({"sdmp":{},"request":1,"data":null,"connection":[]})"));
  }
}

}  // namespace
}  // namespace sdmp::codec
