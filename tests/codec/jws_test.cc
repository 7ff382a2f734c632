#include "codec/jws.h"

#include <gtest/gtest.h>

#include "codec/base64url.h"
#include "codec/padded_buffer.h"
#include "tests/codec/container_fixture.h"

namespace sdmp::codec {
namespace {

struct Parsed {
  PaddedBuffer buffer;
  json::Document document;

  Result<JwsView> operator()(std::string_view text) {
    return parse_jws(document, buffer.assign(text));
  }
};

// RFC 8037 appendix A.4, with the key of A.2 as RFC 8410 SubjectPublicKeyInfo.
constexpr std::string_view kRfc8037Payload = "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
constexpr std::string_view kRfc8037Header = "eyJhbGciOiJFZERTQSJ9";
constexpr std::string_view kRfc8037Signature =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
constexpr std::string_view kRfc8037PublicKey = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

PublicKey rfc8037_key() {
  crypto_init();
  ByteVector spki{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
  const auto octets = base64url_decode(kRfc8037PublicKey);
  spki.insert(spki.end(), octets->begin(), octets->end());
  return *PublicKey::parse(spki);
}

TEST(Jws, P_KEY_Rfc8037EdDsaVectorVerifies) {
  const JwsView jws{kRfc8037Payload, kRfc8037Header, kRfc8037Signature};
  EXPECT_TRUE(verify_jws(jws, JwsAlgorithm::kEdDsa, rfc8037_key()));
  json::Document document;
  std::string scratch;
  const auto header = read_jws_header(kRfc8037Header, document, scratch);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->algorithm, JwsAlgorithm::kEdDsa);
  EXPECT_FALSE(header->kid);
}

TEST(Jws, SES_5_EveryChangeOfTheVectorFailsToVerify) {
  const PublicKey key = rfc8037_key();
  const JwsView good{kRfc8037Payload, kRfc8037Header, kRfc8037Signature};
  const auto expect = [&](const JwsView& jws, Error error) {
    EXPECT_EQ(verify_jws(jws, JwsAlgorithm::kEdDsa, key), std::unexpected(error));
  };
  for (std::size_t at = 0; at < kRfc8037Signature.size() - 1; ++at) {
    std::string signature(kRfc8037Signature);
    signature[at] = signature[at] == 'A' ? 'B' : 'A';
    expect({good.payload, good.protected_header, signature}, Error::kSignature);
  }
  expect({"RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmd", kRfc8037Header, kRfc8037Signature},
         Error::kSignature);
  expect({kRfc8037Payload, "eyJhbGciOiJFZERTQSJ8", kRfc8037Signature}, Error::kSignature);
  expect({kRfc8037Header, kRfc8037Payload, kRfc8037Signature}, Error::kSignature);
  expect({kRfc8037Payload, kRfc8037Header, ""}, Error::kSignature);
  expect({kRfc8037Payload, kRfc8037Header, kRfc8037Signature.substr(0, 84)}, Error::kSignature);
  const std::string longer = std::string(kRfc8037Signature) + "AA";
  expect({kRfc8037Payload, kRfc8037Header, longer}, Error::kSignature);
  const std::string huge(100'000, 'A');
  expect({kRfc8037Payload, kRfc8037Header, huge}, Error::kSignature);
  const std::string padded = std::string(kRfc8037Signature) + "==";
  expect({kRfc8037Payload, kRfc8037Header, padded}, Error::kBase64);
  const std::string loose = std::string(kRfc8037Signature.substr(0, 85)) + "h";
  expect({kRfc8037Payload, kRfc8037Header, loose}, Error::kBase64);
}

TEST(Jws, P_KEY_TheAlgorithmFollowsFromTheKey) {
  const JwsView jws{kRfc8037Payload, kRfc8037Header, kRfc8037Signature};
  for (const auto algorithm : {JwsAlgorithm::kRs512, JwsAlgorithm::kOther}) {
    EXPECT_EQ(verify_jws(jws, algorithm, rfc8037_key()), std::unexpected(Error::kJwsAlgorithm));
  }
}

TEST(Jws, P_JWS_EmittedFormIsExact) {
  const std::string text = sign_jws(R"({"x":1})", test_key());
  const std::string header =
      base64url_encode(as_bytes(R"({"alg":"EdDSA","kid":")" + test_publisher() + R"("})"));
  const std::string head =
      R"({"payload":"eyJ4IjoxfQ","signatures":[{"protected":")" + header + R"(","signature":")";
  EXPECT_TRUE(text.starts_with(head)) << text;
  EXPECT_TRUE(text.ends_with(R"("}]})"));
  EXPECT_EQ(text.size(), head.size() + 86 + 4);
  Parsed parse;
  const auto jws = parse(text);
  ASSERT_TRUE(jws);
  EXPECT_TRUE(verify_jws(*jws, JwsAlgorithm::kEdDsa, test_key().public_key()));
}

TEST(Jws, CRY_1_RsaKeysSignWithRs512) {
  crypto_init();
  const auto key = PrivateKey::generate(KeyType::kRsa, 2048);
  ASSERT_TRUE(key);
  const std::string text = sign_jws("{}", *key);
  Parsed parse;
  const auto jws = parse(text);
  ASSERT_TRUE(jws);
  json::Document document;
  std::string scratch;
  const auto header = read_jws_header(jws->protected_header, document, scratch);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->algorithm, JwsAlgorithm::kRs512);
  EXPECT_EQ(header->kid, key->public_key().fingerprint().text());
  EXPECT_TRUE(verify_jws(*jws, header->algorithm, key->public_key()));
  EXPECT_EQ(verify_jws(*jws, JwsAlgorithm::kEdDsa, key->public_key()),
            std::unexpected(Error::kJwsAlgorithm));
  EXPECT_FALSE(verify_jws(*jws, header->algorithm, test_key().public_key()));
}

TEST(Jws, P_JWS_GeneralAndFlattenedWithWhiteSpaceAndEscapesAreAccepted) {
  const std::string_view good[] = {
      R"({"payload":"eA","signatures":[{"protected":"eQ","signature":"eg"}]})",
      R"({"signatures":[{"signature":"eg","protected":"eQ"}],"payload":"eA"})",
      R"({"payload":"eA","protected":"eQ","signature":"eg"})",
      R"({"signature":"eg","payload":"eA","protected":"eQ"})",
      " {\n\"payload\" :\t\"eA\" , \"signatures\" : [ { \"protected\" : \"eQ\" ,\r\n"
      " \"signature\" : \"eg\" } ] } \n",
      R"({"\u0070ayload":"eA","sign\u0061tures":[{"pr\u006ftected":"eQ","signature":"eg"}]})",
      R"({"payload":"\u0065A","signatures":[{"protected":"e\u0051","signature":"\u0065\u0067"}]})"};
  Parsed parse;
  for (const std::string_view text : good) {
    const auto jws = parse(text);
    ASSERT_TRUE(jws) << text;
    EXPECT_EQ(jws->payload, "eA");
    EXPECT_EQ(jws->protected_header, "eQ");
    EXPECT_EQ(jws->signature, "eg");
  }
}

TEST(Jws, P_JWS_EveryOtherShapeIsRefused) {
  const std::string_view bad[] = {
      R"([])",
      R"("x")",
      R"(1)",
      R"(null)",
      R"({})",
      R"({"payload":"eA"})",
      R"({"payload":"eA","signatures":[]})",
      R"({"payload":"eA","signatures":{}})",
      R"({"payload":"eA","signatures":null})",
      R"({"payload":"eA","signatures":"x"})",
      R"({"payload":"eA","signatures":["x"]})",
      R"({"payload":"eA","signatures":[[]]})",
      R"({"payload":"eA","signatures":[{}]})",
      R"({"payload":"eA","signatures":[{"protected":"eQ"}]})",
      R"({"payload":"eA","signatures":[{"signature":"eg"}]})",
      R"({"signatures":[{"protected":"eQ","signature":"eg"}]})",
      R"({"payload":1,"signatures":[{"protected":"eQ","signature":"eg"}]})",
      R"({"payload":null,"signatures":[{"protected":"eQ","signature":"eg"}]})",
      R"({"payload":"eA","signatures":[{"protected":1,"signature":"eg"}]})",
      R"({"payload":"eA","signatures":[{"protected":"eQ","signature":{}}]})",
      R"({"payload":"eA","signatures":[{"protected":"eQ","signature":"eg"},{"protected":"eQ","signature":"eg"}]})",
      R"({"payload":"eA","signatures":[{"protected":"eQ","signature":"eg"}],"x":1})",
      R"({"payload":"eA","signatures":[{"protected":"eQ","signature":"eg","x":1}]})",
      R"({"payload":"eA","signatures":[{"protected":"eQ","signature":"eg","header":{}}]})",
      R"({"payload":"eA","signatures":[{"header":{"alg":"EdDSA"},"signature":"eg"}]})",
      R"({"payload":"eA","signatures":[{"protected":"eQ","signature":"eg"}],"header":{}})",
      R"({"payload":"eA","signatures":[{"protected":"eQ","signature":"eg"}],"signature":"eg"})",
      R"({"payload":"eA","signatures":[{"protected":"eQ","signature":"eg"}],"protected":"eQ","signature":"eg"})",
      R"({"payload":"eA","protected":"eQ","signature":"eg","header":{"kid":"x"}})",
      R"({"payload":"eA","protected":"eQ","signature":"eg","x":null})",
      R"({"payload":"eA","protected":"eQ","signature":"eg","signatures":[]})",
      R"({"payload":"eA","protected":"eQ","signatures":[{"protected":"eQ","signature":"eg"}]})",
      R"({"payload":"eA","protected":"eQ"})",
      R"({"payload":"eA","signature":"eg"})",
      R"({"protected":"eQ","signature":"eg"})",
      R"({"payload":"eA","protected":"eQ","signature":1})",
      R"({"Payload":"eA","protected":"eQ","signature":"eg"})",
      R"({"payload":"eA","Signatures":[{"protected":"eQ","signature":"eg"}]})",
      R"({"payload":{"protected":"eQ"},"protected":"eQ","signature":"eg"})"};
  Parsed parse;
  for (const std::string_view text : bad) {
    EXPECT_EQ(fault_of(parse(text)), name(Error::kJwsShape)) << text;
  }
}

// The published multi-signature example (RFC 7515 A.6) and the flattened one with an unprotected
// header (A.7), with shortened texts: neither is a container.
TEST(Jws, P_JWS_Rfc7515ExamplesOutsideTheProfile) {
  Parsed parse;
  EXPECT_FALSE(parse(
      R"({"payload":"eA","signatures":[)"
      R"({"protected":"eyJhbGciOiJSUzI1NiJ9","header":{"kid":"2010-12-29"},"signature":"cC4h"},)"
      R"({"protected":"eyJhbGciOiJFUzI1NiJ9","header":{"kid":"e9bc"},"signature":"DtEh"}]})"));
  EXPECT_FALSE(parse(R"({"payload":"eA","protected":"eyJhbGciOiJFUzI1NiJ9",)"
                     R"("header":{"kid":"e9bc"},"signature":"DtEh"})"));
}

TEST(Jws, P_JWS_DuplicatesAndJsonFaultsKeepTheirOwnErrors) {
  const std::pair<std::string_view, Error> bad[] = {
      {R"({"payload":"eA","payload":"eA","protected":"eQ","signature":"eg"})",
       Error::kJsonDuplicate},
      {R"({"payload":"eA","\u0070ayload":"eA","protected":"eQ"})", Error::kJsonDuplicate},
      {R"({"payload":"eA","signatures":[{"protected":"eQ","protected":"eQ"}]})",
       Error::kJsonDuplicate},
      {R"({"payload":"eA","protected":"eQ","signature":"eg"}x)", Error::kJsonSyntax},
      {R"({"payload":"\ud800","protected":"eQ","signature":"eg"})", Error::kUtf8},
      {"", Error::kJsonSyntax}};
  Parsed parse;
  for (const auto& [text, error] : bad) {
    EXPECT_EQ(fault_of(parse(text)), name(error)) << text;
  }
}

Result<JwsHeader> header_of(std::string_view json_text) {
  static json::Document document;
  static std::string scratch;
  return read_jws_header(base64url_encode(as_bytes(json_text)), document, scratch);
}

TEST(Jws, P_JWS_HeaderWithAlgAndOptionalKid) {
  EXPECT_EQ(header_of(R"({"alg":"EdDSA"})")->algorithm, JwsAlgorithm::kEdDsa);
  EXPECT_EQ(header_of(R"({"alg":"RS512"})")->algorithm, JwsAlgorithm::kRs512);
  for (const auto* text :
       {R"({"alg":"none"})", R"({"alg":"HS512"})", R"({"alg":"ES512"})", R"({"alg":"RS256"})",
        R"({"alg":"eddsa"})", R"({"alg":""})", R"({"alg":"Ed25519"})"}) {
    const auto header = header_of(text);
    ASSERT_TRUE(header) << text;
    EXPECT_EQ(header->algorithm, JwsAlgorithm::kOther) << text;
  }
  EXPECT_EQ(header_of(R"( { "kid" : "k" , "\u0061lg" : "Ed\u0044SA" } )")->kid, "k");
  EXPECT_EQ(header_of(R"({"alg":"EdDSA","kid":""})")->kid, "");
}

TEST(Jws, P_JWS_HeaderWithAnythingElseIsRefused) {
  for (const auto* text : {R"({})",
                           R"([])",
                           R"("EdDSA")",
                           R"(null)",
                           R"({"kid":"k"})",
                           R"({"alg":1})",
                           R"({"alg":null})",
                           R"({"alg":["EdDSA"]})",
                           R"({"alg":"EdDSA","kid":1})",
                           R"({"alg":"EdDSA","kid":null})",
                           R"({"alg":"EdDSA","crit":["b64"]})",
                           R"({"alg":"EdDSA","crit":[]})",
                           R"({"alg":"EdDSA","b64":false})",
                           R"({"alg":"EdDSA","b64":true})",
                           R"({"alg":"EdDSA","jwk":{}})",
                           R"({"alg":"EdDSA","jku":"x"})",
                           R"({"alg":"EdDSA","x5c":[]})",
                           R"({"alg":"EdDSA","x5u":"x"})",
                           R"({"alg":"EdDSA","x5t":"x"})",
                           R"({"alg":"EdDSA","x5t#S256":"x"})",
                           R"({"alg":"EdDSA","typ":"JWT"})",
                           R"({"alg":"EdDSA","cty":"x"})",
                           R"({"alg":"EdDSA","kid":"k","x":1})",
                           R"({"alg":"EdDSA","Kid":"k"})",
                           R"({"Alg":"EdDSA"})"}) {
    EXPECT_EQ(fault_of(header_of(text)), name(Error::kJwsHeader)) << text;
  }
  EXPECT_EQ(fault_of(header_of(R"({"alg":"EdDSA","alg":"EdDSA"})")), name(Error::kJsonDuplicate));
  EXPECT_EQ(fault_of(header_of(R"({"alg":"EdDSA"}})")), name(Error::kJsonSyntax));
  EXPECT_EQ(fault_of(header_of("")), name(Error::kJsonSyntax));
  EXPECT_EQ(fault_of(header_of("{\"alg\":\"\xff\"}")), name(Error::kUtf8));
}

TEST(Jws, P_JWS_HeaderMustBeCanonicalBase64url) {
  json::Document document;
  std::string scratch;
  for (const auto* text : {"eyJhbGciOiJFZERTQSJ9=", "eyJhbGciOiJFZERTQSJ9 ", "eyJhbGciOiJFZERTQSJ",
                           "eyJhbGciOiJF+ERTQSJ9", "eyJhbGciOiJFZERTQSIgfR", "e"}) {
    EXPECT_FALSE(read_jws_header(text, document, scratch)) << text;
  }
}

}  // namespace
}  // namespace sdmp::codec
