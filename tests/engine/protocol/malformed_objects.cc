#include <iterator>

#include "tests/engine/protocol/object_maker.h"

namespace sdmp::protocol::testing {
namespace {

using codec::Error;
using Rows = std::vector<MalformedObject>;

constexpr Cause kInvalid = Cause::kObjectInvalid;

std::string nested(int levels) {
  return std::string(static_cast<std::size_t>(levels), '[') +
         std::string(static_cast<std::size_t>(levels), ']');
}

Rows stream_rows(const ObjectMaker& maker) {
  const std::string good = maker.object();
  return {
      {"LeadingSpace", " " + good, Cause::kNotAnObject},
      {"LeadingNewline", "\n" + good, Cause::kNotAnObject},
      {"LeadingByteOrderMark", "\xef\xbb\xbf" + good, Cause::kNotAnObject},
      {"LeadingNul", std::string(1, '\0') + good, Cause::kNotAnObject},
      {"ArrayAround", "[" + good + "]", Cause::kNotAnObject},
      {"StringAround", "\"" + maker.good().payload + "\"", Cause::kNotAnObject},
      {"Nope", "nope", Cause::kNotAnObject},
      {"HttpRequest", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", Cause::kNotAnObject},
      {"TlsHello", "\x16\x03\x01\x02", Cause::kNotAnObject},
      {"LengthInFront", std::string("\x00\x00\x03\x00", 4) + good, Cause::kNotAnObject},
      {"OneByteTooLong", maker.of_size(16'385), Cause::kObjectTooLong},
      {"OnlyBraces", std::string(20'000, '{'), Cause::kObjectTooLong},
      {"StringWithoutEnd", "{\"" + std::string(20'000, 'a'), Cause::kObjectTooLong},
      {"NewlineBehind", good + "\n", Cause::kBytesBehindObject},
      {"CarriageReturnBehind", good + "\r\n", Cause::kBytesBehindObject},
      {"SpaceBehind", good + " ", Cause::kBytesBehindObject},
      {"NulBehind", good + std::string(1, '\0'), Cause::kBytesBehindObject},
      {"BraceBehind", good + "}", Cause::kBytesBehindObject},
      {"SecondObjectBehind", good + good, Cause::kBytesBehindObject},
      {"FrameBehind", good + std::string("\x00\x00\x00\x01", 4) + std::string(272, 'x'),
       Cause::kBytesBehindObject},
  };
}

Rows json_rows(const ObjectMaker& maker) {
  const std::string good = maker.object();
  return {
      {"EmptyObject", "{}", kInvalid, Error::kJwsShape},
      {"BareBraces", "{{}}", kInvalid, Error::kJsonSyntax},
      {"MissingColon", maker.edited_text("\"payload\":", "\"payload\" "), kInvalid,
       Error::kJsonSyntax},
      {"TrailingComma", maker.edited_text("]}", "],}"), kInvalid, Error::kJsonSyntax},
      {"SingleQuotes", maker.edited_text("\"payload\"", "'payload'"), kInvalid, Error::kJsonSyntax},
      {"Comment", maker.edited_text("{", "{/**/"), kInvalid, Error::kJsonSyntax},
      {"ArrayClosedByBrace", maker.edited_text("}]}", "}}"), kInvalid},
      {"VerticalTab", maker.edited_text("{", "{\v"), kInvalid, Error::kJsonSyntax},
      {"NoBreakSpace", maker.edited_text("{", "{\xc2\xa0"), kInvalid, Error::kJsonSyntax},
      {"RawControlCharacter", maker.edited_text("\"payload\"", "\"pay\nload\""), kInvalid,
       Error::kJsonSyntax},
      {"InvalidUtf8", maker.edited_text("\"payload\"", "\"\xff\":1,\"payload\""), kInvalid,
       Error::kUtf8},
      {"OverlongUtf8", maker.edited_text("\"payload\"", "\"\xc0\xaf\":1,\"payload\""), kInvalid,
       Error::kUtf8},
      {"LoneSurrogate", maker.edited_text("\"payload\"", "\"\\ud800\":1,\"payload\""), kInvalid,
       Error::kUtf8},
      {"DuplicatePayload", maker.edited_text("{", "{\"payload\":\"e30\","), kInvalid,
       Error::kJsonDuplicate},
      {"DuplicateEscaped", maker.edited_text("{", "{\"p\\u0061yload\":\"e30\","), kInvalid,
       Error::kJsonDuplicate},
      {"DuplicateProtected",
       maker.edited_text("{\"protected\"", "{\"protected\":\"e30\",\"protected\""), kInvalid,
       Error::kJsonDuplicate},
      {"TooDeep", maker.edited_text("{", "{\"x\":" + nested(16) + ","), kInvalid,
       Error::kJsonTooDeep},
  };
}

Rows jws_rows(const ObjectMaker& maker) {
  const ObjectMaker::Parts parts = maker.good();
  const std::string one =
      R"({"protected":")" + parts.header + R"(","signature":")" + parts.signature + R"("})";
  const std::string payload = R"({"payload":")" + parts.payload + R"(",)";
  const auto row = [](std::string name, std::string bytes) {
    return MalformedObject{std::move(name), std::move(bytes), kInvalid, Error::kJwsShape};
  };
  return {
      row("PayloadMissing", R"({"signatures":[)" + one + "]}"),
      row("PayloadNumber", R"({"payload":1,"signatures":[)" + one + "]}"),
      row("PayloadObject", R"({"payload":)" + maker.payload() + R"(,"signatures":[)" + one + "]}"),
      row("SignaturesMissing", R"({"payload":")" + parts.payload + "\"}"),
      row("SignaturesEmpty", payload + R"("signatures":[]})"),
      row("SignaturesNull", payload + R"("signatures":null})"),
      row("SignaturesAnObject", payload + R"("signatures":)" + one + "}"),
      row("SignaturesOfString", payload + R"("signatures":["x"]})"),
      row("TwoSignatures", payload + R"("signatures":[)" + one + "," + one + "]}"),
      row("ProtectedMissing",
          replaced(parts.general(), "\"protected\":\"" + parts.header + "\",", "")),
      row("ProtectedAnObject",
          replaced(parts.general(), "\"" + parts.header + "\"", maker.header())),
      row("SignatureMissing",
          replaced(parts.general(), ",\"signature\":\"" + parts.signature + "\"", "")),
      row("SignatureNull", replaced(parts.general(), "\"" + parts.signature + "\"", "null")),
      row("MemberBesidePayload", maker.edited_text("{", "{\"x\":1,")),
      row("MemberInSignature", maker.edited_text("{\"protected\"", "{\"x\":1,\"protected\"")),
      row("UnprotectedHeader", maker.edited_text("{\"protected\"", "{\"header\":{},\"protected\"")),
      row("UnprotectedHeaderFlattened",
          replaced(parts.flattened(), "\"protected\"", "\"header\":{},\"protected\"")),
      row("MemberInFlattened", replaced(parts.flattened(), "{", "{\"x\":1,")),
      row("GeneralAndFlattened",
          replaced(parts.flattened(), "{", "{\"signatures\":[" + one + "],")),
      row("Compact",
          R"({"jws":")" + parts.header + "." + parts.payload + "." + parts.signature + "\"}"),
  };
}

// The last character carries two unused bits when the length is 3 mod 4.
std::string with_trailing_bits(std::string text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  text.back() = kAlphabet[kAlphabet.find(text.back()) | 1];
  return text;
}

// White space inside JSON is free: makes its base64url text end with unused bits.
std::string encoded_with_unused_bits(std::string json) {
  while (json.size() % 3 == 0) json.insert(1, " ");
  return base64url_of(json);
}

Rows encoding_rows(const ObjectMaker& maker) {
  const std::string header = base64url_of(maker.header());
  const std::string payload = base64url_of(maker.payload());
  const std::string free_header = encoded_with_unused_bits(maker.header());
  const std::string free_payload = encoded_with_unused_bits(maker.payload());
  const auto row = [&maker](std::string name, const std::string& h, const std::string& p) {
    return MalformedObject{std::move(name), maker.sign_encoded(h, p).general(), kInvalid,
                           Error::kBase64};
  };
  return {
      row("PayloadPadded", header, free_payload + "="),
      row("PayloadWithSpace", header, payload + " "),
      row("PayloadWithPlus", header, "+" + payload.substr(1)),
      row("PayloadWithSlash", header, "/" + payload.substr(1)),
      row("PayloadTrailingBits", header, with_trailing_bits(free_payload)),
      row("PayloadOneCharacterMore", header, payload + (payload.size() % 4 == 0 ? "A" : "AAA")),
      row("HeaderPadded", free_header + "=", payload),
      row("HeaderWithDot", header + ".", payload),
      row("HeaderTrailingBits", with_trailing_bits(free_header), payload),
      {"PayloadEmpty", maker.sign_encoded(header, "").general(), kInvalid, Error::kJsonSyntax},
      {"HeaderEmpty", maker.sign_encoded("", payload).general(), kInvalid, Error::kJsonSyntax},
  };
}

Rows header_rows(const ObjectMaker& maker) {
  const std::string kid = maker.fingerprint();
  const std::string rest = R"("kid":")" + kid + R"("})";
  const auto extra = [&](std::string name, const std::string& member) {
    return MalformedObject{std::move(name),
                           maker.with_header(replaced(maker.header(), "{", "{" + member + ",")),
                           kInvalid, Error::kJwsHeader};
  };
  const auto row = [&maker](std::string name, const std::string& json, Error error) {
    return MalformedObject{std::move(name), maker.with_header(json), kInvalid, error};
  };
  const auto algorithm = [&](std::string name, const std::string& value) {
    return MalformedObject{std::move(name),
                           maker.with_header(R"({"alg":")" + value + R"(",)" + rest),
                           Cause::kSignatureInvalid, Error::kJwsAlgorithm};
  };
  return {
      extra("HeaderCrit", R"("crit":["exp"])"),
      extra("HeaderJwk", R"("jwk":{})"),
      extra("HeaderJku", R"("jku":"https://example.org/k")"),
      extra("HeaderX5c", R"("x5c":[])"),
      extra("HeaderX5u", R"("x5u":"https://example.org/c")"),
      extra("HeaderX5tS256", R"("x5t#S256":"AA")"),
      extra("HeaderB64", R"("b64":true)"),
      extra("HeaderTyp", R"("typ":"JOSE")"),
      row("HeaderAlgMissing", "{" + rest, Error::kJwsHeader),
      row("HeaderAlgNull", R"({"alg":null,)" + rest, Error::kJwsHeader),
      row("HeaderAlgNumber", R"({"alg":512,)" + rest, Error::kJwsHeader),
      row("HeaderKidNumber", R"({"alg":"EdDSA","kid":1})", Error::kJwsHeader),
      row("HeaderKidOther", R"({"alg":"EdDSA","kid":")" + codec::Fingerprint{}.text() + R"("})",
          Error::kJwsKeyId),
      row("HeaderKidEmpty", R"({"alg":"EdDSA","kid":""})", Error::kJwsKeyId),
      row("HeaderDuplicateAlg", R"({"alg":"EdDSA","alg":"EdDSA",)" + rest, Error::kJsonDuplicate),
      row("HeaderArray", R"(["EdDSA"])", Error::kJwsHeader),
      row("HeaderNotJson", "EdDSA", Error::kJsonSyntax),
      row("HeaderTooDeep", R"({"x":)" + nested(16) + R"(,"alg":"EdDSA",)" + rest,
          Error::kJsonTooDeep),
      algorithm("AlgNone", "none"),
      algorithm("AlgOfTheOtherKeyType", "RS512"),
      algorithm("AlgEs512", "ES512"),
      algorithm("AlgHs512", "HS512"),
      algorithm("AlgWrongCase", "eddsa"),
  };
}

Rows signature_rows(const ObjectMaker& maker) {
  const ObjectMaker::Parts good = maker.good();
  const auto row = [&good](std::string name, std::string signature) {
    ObjectMaker::Parts parts = good;
    parts.signature = std::move(signature);
    return MalformedObject{std::move(name), parts.general(), Cause::kSignatureInvalid};
  };
  codec::ByteVector octets = codec::base64url_decode(good.signature).value();
  const std::string shorter = codec::base64url_encode(codec::Bytes(octets).first(63));
  octets[0] ^= 1;
  const std::string first = codec::base64url_encode(octets);
  octets[0] ^= 1;
  octets[63] ^= 0x20;
  const std::string last = codec::base64url_encode(octets);
  octets[63] ^= 0x20;
  octets.push_back(0);
  const std::string longer = codec::base64url_encode(octets);
  const std::string header = base64url_of(maker.header());
  const std::string other_payload = base64url_of(replaced(maker.payload(), "{", "{ "));
  return {
      row("SignatureEmpty", ""),
      row("SignatureShort", shorter),
      row("SignatureLong", longer),
      row("SignatureFirstOctet", first),
      row("SignatureLastOctet", last),
      row("SignaturePadded", good.signature + "=="),
      row("SignatureZero", codec::base64url_encode(codec::ByteVector(64, 0))),
      row("SignatureVeryLong", std::string(8'000, 'A')),
      row("SignatureByAnotherKey",
          signature_over(good.header + "." + good.payload, make_ed25519_key(999'999))),
      row("SignatureOfPayloadAlone", signature_over(good.payload, maker.key())),
      row("SignatureOfDecodedPayload", signature_over(maker.payload(), maker.key())),
      row("SignatureOfAnotherPayload", maker.sign_encoded(header, other_payload).signature),
  };
}

}  // namespace

std::vector<MalformedObject> malformed_objects(const ObjectMaker& maker,
                                               const ObjectMaker& classic) {
  Rows all;
  std::array groups{stream_rows(maker),
                    json_rows(maker),
                    jws_rows(maker),
                    encoding_rows(maker),
                    header_rows(maker),
                    malformed_payloads(maker),
                    malformed_parameters(maker, classic),
                    signature_rows(maker)};
  for (Rows& rows : groups) {
    std::move(rows.begin(), rows.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace sdmp::protocol::testing
