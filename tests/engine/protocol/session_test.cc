#include "engine/protocol/session.h"

#include <functional>

#include <gtest/gtest.h>

#include "codec/base64url.h"
#include "codec/batch.h"
#include "tests/engine/protocol/fake_node.h"
#include "tests/engine/protocol/frame_shapes.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::protocol::testing {
namespace {

using codec::ByteVector;
using codec::Error;

ByteVector bytes_of(std::string_view text) {
  const codec::Bytes bytes = codec::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

// Our end of a session, and the peer's sending side in the hands of the test.
class SessionTest : public ::testing::Test {
 protected:
  SessionTest() : us_(1), them_(2), stranger_(3), trust_(make_trust(us_, {&them_})) { reconnect(); }

  void reconnect() {
    auto keys = make_session_keys(++seed_);
    session_.emplace(them_.fingerprint(), std::move(keys.first));
    peer_ = std::move(keys.second);
  }
  std::expected<std::optional<Message>, Failure> receive(ByteVector bytes) {
    bytes_ = std::move(bytes);
    rest_ = bytes_;
    return session_->receive(rest_, *trust_, kNow, shared_scratch());
  }
  ByteVector sealed(std::string_view text) { return seal(text, peer_.send.next_frame()); }
  ByteVector sealed_packed(const ByteVector& packed) {
    ByteVector frame(codec::frame_bytes(packed.size()));
    codec::seal_frame(peer_.send.next_frame(), packed, frame.data());
    return frame;
  }
  static ByteVector packed(std::string_view text) {
    codec::Deflater deflater(codec::kCompressDefault);
    ByteVector out(deflater.packed_bound(text.size()));
    out.resize(deflater.pack(text, out).value());
    return out;
  }
  std::string sync_message(const TestNode& signer) const {
    const std::array<std::string_view, 1> schemas = {"journal_request"};
    return codec::build_container(
        signer.key, kNow, schemas,
        codec::journal_request_body(codec::since_beginning(us_.fingerprint()), std::nullopt));
  }
  // A container by its parts, correctly signed by the peer over whatever they are.
  std::string crafted(std::string_view protected_json, std::string_view payload_json) const {
    const std::string head = codec::base64url_encode(codec::as_bytes(protected_json));
    const std::string payload = codec::base64url_encode(codec::as_bytes(payload_json));
    ByteVector signature(them_.key.signature_size());
    them_.key.sign(codec::as_bytes(head + "." + payload), signature);
    return R"({"payload":")" + payload + R"(","signatures":[{"protected":")" + head +
           R"(","signature":")" + codec::base64url_encode(signature) + R"("}]})";
  }
  std::string with_payload(std::string_view payload_json) const {
    return crafted(R"({"alg":"EdDSA"})", payload_json);
  }
  std::string with_sdmp(std::string_view version, std::string_view publisher,
                        std::string_view created, std::string_view schemas,
                        std::string_view more = "") const {
    std::string payload = R"({"sdmp":{"version":)";
    payload.append(version).append(R"(,"publisher":)").append(publisher);
    payload.append(R"(,"created":)").append(created).append(R"(,"schemas":)").append(schemas);
    return with_payload(payload.append("}").append(more).append("}"));
  }
  std::string quoted_peer() const { return "\"" + them_.fingerprint().text() + "\""; }

  TestNode us_;
  TestNode them_;
  TestNode stranger_;
  std::shared_ptr<const TrustTable> trust_;
  std::optional<Session> session_;
  SessionKeys peer_;
  ByteVector bytes_;
  codec::MutableBytes rest_;
  std::uint64_t seed_ = 0;
};

constexpr std::string_view kDate = R"("2025-06-15T15:06:40.000Z")";
constexpr std::string_view kVersion = R"("0.10.4")";

TEST_F(SessionTest, TCP_9_AMessageOfThePeerIsDeliveredVerified) {
  const std::string text = sync_message(them_);
  const auto message = receive(sealed(text));
  ASSERT_TRUE(message.has_value() && message->has_value());
  EXPECT_EQ((*message)->kind, MessageKind::kSync);
  EXPECT_EQ((*message)->container.text, text);
  EXPECT_FALSE(session_->receive(rest_, *trust_, kNow, shared_scratch())->has_value());
}

TEST_F(SessionTest, TCP_6_ManyMessagesInAnySplit) {
  PrintedRandom random;
  ByteVector stream;
  for (int i = 0; i < 50; ++i) stream = std::move(stream) + sealed(sync_message(them_));
  int received = 0;
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t count = std::min<std::size_t>(1 + random.below(900), stream.size() - at);
    codec::MutableBytes piece(stream.data() + at, count);
    at += count;
    for (;;) {
      const auto message = session_->receive(piece, *trust_, kNow, shared_scratch());
      ASSERT_TRUE(message.has_value()) << describe(message.error());
      if (!*message) break;
      ++received;
    }
  }
  EXPECT_EQ(received, 50);
  EXPECT_EQ(session_->held_bytes(), 0u);
}

TEST_F(SessionTest, P_FRAME_AValidContainerThatMeansNothingHereIsIgnored) {
  const std::array<std::string_view, 1> unknown = {"https://example.org/schema"};
  const std::array<std::string_view, 2> later = {"post", "journal_request"};
  for (const std::string& text :
       {them_.post("a bare resource"), us_.post("of a third publisher that we know"),
        stranger_.post("of a publisher that we do not know"),
        codec::build_container(them_.key, kNow, unknown, ""),
        codec::build_container(them_.key, kNow, later, R"("post":{"content":"x"})")}) {
    const auto message = receive(sealed(text));
    ASSERT_TRUE(message.has_value()) << describe(message.error());
    ASSERT_TRUE(message->has_value());
    EXPECT_EQ((*message)->kind, MessageKind::kIgnored);
  }
}

TEST_F(SessionTest, P_HS_ANodeThatLostItsTrustIsNotHeardAnyMore) {
  trust_ = make_trust(us_, {});
  const auto message = receive(sealed(sync_message(them_)));
  ASSERT_FALSE(message.has_value());
  EXPECT_EQ(message.error().cause, Cause::kTrustLost);
}

TEST_F(SessionTest, P_HS_ANodeWhoseIdentityExpiredIsNotHeardAnyMore) {
  bytes_ = sealed(sync_message(them_));
  rest_ = bytes_;
  const auto message = session_->receive(rest_, *trust_, kExpires, shared_scratch());
  ASSERT_FALSE(message.has_value());
  EXPECT_EQ(message.error().cause, Cause::kTrustLost);
}

TEST_F(SessionTest, P_FRAME_AReplayedOrReorderedFrameDoesNotOpen) {
  const ByteVector first = sealed(sync_message(them_));
  ASSERT_TRUE(receive(first).has_value());
  EXPECT_EQ(receive(first).error().detail, Error::kFrameTag);
  reconnect();
  sealed("{}");
  EXPECT_EQ(receive(sealed(sync_message(them_))).error().detail, Error::kFrameTag);
}

struct MalformedCase {
  const char* name;
  Cause cause;
  Error error;
  std::function<ByteVector()> bytes;
};

class SessionRefuses : public SessionTest {
 protected:
  void expect_all(const std::vector<MalformedCase>& cases) {
    for (const MalformedCase& one : cases) {
      reconnect();
      const auto message = receive(one.bytes());
      ASSERT_FALSE(message.has_value()) << one.name;
      EXPECT_EQ(message.error().cause, one.cause) << one.name;
      ASSERT_TRUE(message.error().detail.has_value()) << one.name;
      EXPECT_EQ(codec::name(*message.error().detail), codec::name(one.error)) << one.name;
    }
  }
};

TEST_F(SessionRefuses, P_FRAME_MalformedFrames) {
  const std::string good = sync_message(them_);
  const auto flipped = [&](std::size_t from_end) {
    ByteVector frame = sealed(good);
    frame[frame.size() - from_end] ^= 1;
    return frame;
  };
  const auto repacked = [&](auto change) {
    ByteVector text = packed(good);
    change(text);
    return sealed_packed(text);
  };
  constexpr Cause kFrame = Cause::kFrameInvalid;
  expect_all({
      {"no blocks", kFrame, Error::kFrameHeader, [] { return header(0); }},
      {"65537 blocks", kFrame, Error::kFrameHeader, [] { return header(65'537); }},
      {"2^32-1 blocks", kFrame, Error::kFrameHeader, [] { return header(0xffffffff); }},
      {"nope", kFrame, Error::kFrameHeader, [] { return bytes_of("nope"); }},
      {"an object", kFrame, Error::kFrameHeader, [&] { return bytes_of(good); }},
      {"another protocol", kFrame, Error::kFrameHeader, [] { return bytes_of("GET / HTTP/1.1"); }},
      {"above our limit", kFrame, Error::kFrameTooLarge, [] { return header(4'097); }},
      {"the most of the format", kFrame, Error::kFrameTooLarge, [] { return header(65'536); }},
      {"tag, last bit", kFrame, Error::kFrameTag, [&] { return flipped(1); }},
      {"tag, first bit", kFrame, Error::kFrameTag, [&] { return flipped(16); }},
      {"ciphertext", kFrame, Error::kFrameTag, [&] { return flipped(17); }},
      {"zeros", kFrame, Error::kFrameTag, [] { return shaped_frame(1, 0); }},
      {"header not authentic", kFrame, Error::kFrameTag,
       [&] {
         ByteVector frame = sealed(good);
         ++frame[3];
         frame.resize(frame.size() + codec::kBlockBytes);
         return frame;
       }},
      {"our own direction's key", kFrame, Error::kFrameTag,
       [&] { return seal(good, peer_.receive.next_frame()); }},
      {"zero octets", kFrame, Error::kDeflateData, [&] { return sealed_packed(ByteVector(256)); }},
      {"reserved block type", kFrame, Error::kDeflateData,
       [&] { return sealed_packed(ByteVector(256, 0xff)); }},
      {"not the final block", kFrame, Error::kDeflateData,
       [&] { return repacked([](ByteVector& text) { text[0] &= 0xfe; }); }},
      {"cut stream", kFrame, Error::kDeflateData,
       [&] { return repacked([](ByteVector& text) { text.resize(256); }); }},
      {"octet behind the stream", kFrame, Error::kFramePadding,
       [&] { return repacked([](ByteVector& text) { text.back() = 1; }); }},
      {"one block too many", kFrame, Error::kFramePadding,
       [&] { return repacked([](ByteVector& text) { text.resize(text.size() + 256); }); }},
      {"second stream", kFrame, Error::kFramePadding,
       [&] {
         // Stored blocks: the first stream ends with the text's brace, whatever follows.
         codec::Deflater stored(codec::kCompressOff);
         ByteVector text(stored.packed_bound(good.size()));
         text.resize(stored.pack(good, text).value());
         while (text.back() == 0) text.pop_back();
         text = std::move(text) + packed("{}");
         while (text.back() == 0) text.pop_back();
         text.resize((text.size() + 255) / 256 * 256);
         return sealed_packed(text);
       }},
      {"inflates beyond 4 MiB", kFrame, Error::kInflatedTooLarge,
       [&] { return sealed("{" + std::string(4u << 20, ' ') + "}"); }},
      {"no text", kFrame, Error::kFrameText, [&] { return sealed(""); }},
      {"space in front", kFrame, Error::kFrameText, [&] { return sealed(" " + good); }},
      {"newline behind", kFrame, Error::kFrameText, [&] { return sealed(good + "\n"); }},
      {"an array", kFrame, Error::kFrameText, [&] { return sealed("[" + good + "]"); }},
      {"one brace", kFrame, Error::kFrameText, [&] { return sealed("{"); }},
      {"plain words", kFrame, Error::kFrameText, [&] { return sealed("hello"); }},
  });
}

TEST_F(SessionRefuses, P_FRAME_MalformedJsonAndJws) {
  const std::string good = sync_message(them_);
  const auto sub = [&](std::string_view what, std::string_view with) {
    std::string text = good;
    text.replace(text.find(what), what.size(), with);
    return sealed(text);
  };
  constexpr Cause kBad = Cause::kContainerInvalid;
  expect_all({
      {"empty object", kBad, Error::kJwsShape, [&] { return sealed("{}"); }},
      {"not JSON", kBad, Error::kJsonSyntax, [&] { return sealed("{nope}"); }},
      {"two containers", kBad, Error::kJsonSyntax, [&] { return sealed(good + good); }},
      {"invalid UTF-8", kBad, Error::kUtf8, [&] { return sealed("{\"\xff\":1}"); }},
      {"duplicate member", kBad, Error::kJsonDuplicate,
       [&] { return sub(R"({"payload")", R"({"payload":"x","payload")"); }},
      {"nested too deep", kBad, Error::kJsonTooDeep,
       [&] { return sealed(R"({"a":)" + std::string(16, '[') + std::string(16, ']') + "}"); }},
      {"extra member", kBad, Error::kJwsShape,
       [&] { return sub(R"({"payload")", R"({"x":1,"payload")"); }},
      {"unprotected header", kBad, Error::kJwsShape,
       [&] { return sub(R"({"protected")", R"({"header":{},"protected")"); }},
      {"no signature", kBad, Error::kJwsShape,
       [&] { return sealed(R"({"payload":"","signatures":[]})"); }},
      {"two signatures", kBad, Error::kJwsShape,
       [&] { return sub(R"("signatures":[)", R"("signatures":[{},)"); }},
      {"payload with padding", kBad, Error::kBase64,
       [&] { return sub(R"(","signatures")", R"(=","signatures")"); }},
      {"header not JSON", kBad, Error::kJsonSyntax, [&] { return sealed(crafted("EdDSA", "{}")); }},
      {"crit", kBad, Error::kJwsHeader,
       [&] { return sealed(crafted(R"({"alg":"EdDSA","crit":["b64"]})", "{}")); }},
      {"kid of another", kBad, Error::kJwsKeyId,
       [&] {
         return sealed(crafted(R"({"alg":"EdDSA","kid":")" + us_.fingerprint().text() + R"("})",
                               R"({"sdmp":{"version":"0.10.4","publisher":)" + quoted_peer() +
                                   R"(,"created":)" + std::string(kDate) +
                                   R"(,"schemas":["resource"]}})"));
       }},
  });
}

TEST_F(SessionRefuses, P_FRAME_MalformedPayloads) {
  constexpr Cause kBad = Cause::kContainerInvalid;
  const std::string peer = quoted_peer();
  const std::string_view any = R"(["resource"])";
  const auto sdmp = [&](std::string_view version, std::string_view publisher,
                        std::string_view created, std::string_view schemas) {
    return sealed(with_sdmp(version, publisher, created, schemas));
  };
  ASSERT_TRUE(receive(sdmp(kVersion, peer, kDate, any)).has_value());
  expect_all({
      {"an array", kBad, Error::kPayloadShape, [&] { return sealed(with_payload("[]")); }},
      {"no sdmp", kBad, Error::kPayloadShape, [&] { return sealed(with_payload("{}")); }},
      {"sdmp a string", kBad, Error::kPayloadShape,
       [&] { return sealed(with_payload(R"({"sdmp":""})")); }},
      {"payload not JSON", kBad, Error::kJsonSyntax,
       [&] { return sealed(with_payload("{sdmp}")); }},
      {"payload repeats", kBad, Error::kJsonDuplicate,
       [&] { return sealed(with_payload(R"({"sdmp":{},"sdmp":{}})")); }},
      {"version a number", kBad, Error::kPayloadShape, [&] { return sdmp("1", peer, kDate, any); }},
      {"another version", kBad, Error::kVersion,
       [&] { return sdmp(R"("0.9.0")", peer, kDate, any); }},
      {"not semver", kBad, Error::kVersion, [&] { return sdmp(R"("0.10")", peer, kDate, any); }},
      {"short publisher", kBad, Error::kPublisher,
       [&] { return sdmp(kVersion, R"("abc")", kDate, any); }},
      {"created without milliseconds", kBad, Error::kTimestamp,
       [&] { return sdmp(kVersion, peer, R"("2025-06-15T15:06:40Z")", any); }},
      {"created never", kBad, Error::kTimestamp,
       [&] { return sdmp(kVersion, peer, R"("2025-02-30T15:06:40.000Z")", any); }},
      {"no schema", kBad, Error::kSchemas, [&] { return sdmp(kVersion, peer, kDate, "[]"); }},
      {"schema twice", kBad, Error::kSchemas,
       [&] { return sdmp(kVersion, peer, kDate, R"(["resource","resource"])"); }},
      {"post without content", kBad, Error::kSchemaMismatch,
       [&] { return sdmp(kVersion, peer, kDate, R"(["resource","post"])"); }},
  });
}

TEST_F(SessionRefuses, P_FRAME_BadSignatures) {
  const auto spoiled = [&](std::string text) {
    const std::size_t at = text.rfind(R"("signature":")") + 13;
    text[at] = text[at] == 'A' ? 'B' : 'A';
    return sealed(text);
  };
  constexpr Cause kBad = Cause::kContainerSignature;
  const std::string body = R"({"sdmp":{"version":"0.10.4","publisher":)" + quoted_peer() +
                           R"(,"created":)" + std::string(kDate) +
                           R"(,"schemas":["journal_request"]}})";
  expect_all({
      {"sync message", kBad, Error::kSignature, [&] { return spoiled(sync_message(them_)); }},
      {"bare resource of the peer", kBad, Error::kSignature,
       [&] { return spoiled(them_.post("x")); }},
      {"bare resource of another", kBad, Error::kSignature, [&] { return spoiled(us_.post("x")); }},
      {"alg of another key type", kBad, Error::kJwsAlgorithm,
       [&] { return sealed(crafted(R"({"alg":"RS512"})", body)); }},
  });
}

TEST_F(SessionTest, P_SYN_ASyncMessageSignedByAnotherEndsTheSession) {
  for (const TestNode* other : {&us_, &stranger_}) {
    reconnect();
    const auto message = receive(sealed(sync_message(*other)));
    ASSERT_FALSE(message.has_value());
    EXPECT_EQ(message.error().cause, Cause::kNotSignedByPeer);
  }
}

}  // namespace
}  // namespace sdmp::protocol::testing
