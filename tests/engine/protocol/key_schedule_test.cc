#include "engine/protocol/key_schedule.h"

#include <algorithm>
#include <array>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "engine/protocol/limits.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::protocol {
namespace {

using codec::ByteVector;

// The reference: P-SEC and RFC 5869 step by step over OpenSSL's SHA-512 and HMAC, sharing no code
// with what is tested.
ByteVector sha512_of(const ByteVector& data) {
  ByteVector out(64);
  unsigned size = 0;
  EXPECT_EQ(EVP_Digest(data.data(), data.size(), out.data(), &size, EVP_sha512(), nullptr), 1);
  return out;
}

ByteVector hmac(const ByteVector& key, const ByteVector& data) {
  ByteVector out(64);
  unsigned size = 0;
  EXPECT_NE(HMAC(EVP_sha512(), key.data(), static_cast<int>(key.size()), data.data(), data.size(),
                 out.data(), &size),
            nullptr);
  return out;
}

ByteVector bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

ByteVector joined(ByteVector a, const ByteVector& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// One block of output is all that P-SEC ever asks for (at most 64 octets): T(1) = HMAC(info, 1).
ByteVector expand(const ByteVector& prk, std::string_view info, std::size_t size) {
  ByteVector block = hmac(prk, joined(bytes_of(info), {1}));
  block.resize(size);
  return block;
}

struct ReferenceDirection {
  ByteVector secret;
  ByteVector key() const { return expand(secret, "key", 32); }
  ByteVector iv() const { return expand(secret, "iv", 12); }
  ReferenceDirection ratcheted() const { return {expand(secret, "ratchet", 64)}; }
};

ReferenceDirection reference(std::string_view sender, const ByteVector& ikm,
                             std::string_view initiator_object, std::string_view responder_object) {
  const ByteVector transcript = sha512_of(
      joined(sha512_of(bytes_of(initiator_object)), sha512_of(bytes_of(responder_object))));
  const ByteVector prk = hmac(transcript, ikm);
  return {expand(prk, "sdmp 0.10 tcp " + std::string(sender), 64)};
}

ByteVector copy(codec::Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

ByteVector nonce_for(const ByteVector& iv, std::uint64_t counter) {
  ByteVector nonce = iv;
  for (std::size_t i = 0; i < 8; ++i) {
    nonce[4 + i] ^= static_cast<std::uint8_t>(counter >> (56 - 8 * i));
  }
  return nonce;
}

void expect_frame(TrafficSecret& secret, const ReferenceDirection& wanted, std::uint64_t counter) {
  const codec::FrameKey frame = secret.next_frame();
  EXPECT_EQ(copy(frame.key), wanted.key()) << counter;
  EXPECT_EQ(copy(frame.nonce), nonce_for(wanted.iv(), counter)) << counter;
}

const ByteVector kShared(32, 0x5a);

SessionKeys keys_of(Role role, const ByteVector& shared, std::string_view a, std::string_view b) {
  return derive_session_keys(role, shared, codec::as_bytes(a), codec::as_bytes(b));
}

TEST(KeySchedule, P_SEC_MatchesAnIndependentComputation) {
  for (const std::size_t size : {32u, 256u, 384u, 512u}) {
    const ByteVector shared(size, 0x11);
    SessionKeys keys = keys_of(Role::kInitiator, shared, "{\"a\":1}", "{\"b\":2}");
    expect_frame(keys.send, reference("initiator", shared, "{\"a\":1}", "{\"b\":2}"), 0);
    expect_frame(keys.receive, reference("responder", shared, "{\"a\":1}", "{\"b\":2}"), 0);
  }
}

TEST(KeySchedule, P_SEC_BothSidesMirrorEachOther) {
  SessionKeys ours = keys_of(Role::kInitiator, kShared, "{a}", "{b}");
  SessionKeys theirs = keys_of(Role::kResponder, kShared, "{a}", "{b}");
  for (int i = 0; i < 3; ++i) {
    const auto sent = ours.send.next_frame();
    const auto received = theirs.receive.next_frame();
    EXPECT_EQ(copy(sent.key), copy(received.key));
    EXPECT_EQ(sent.nonce, received.nonce);
    EXPECT_EQ(ours.receive.next_frame().nonce, theirs.send.next_frame().nonce);
  }
  EXPECT_NE(copy(ours.send.next_frame().key), copy(ours.receive.next_frame().key));
}

TEST(KeySchedule, P_SEC_CounterStartsAtZeroAndIsXoredBigEndian) {
  SessionKeys keys = keys_of(Role::kInitiator, kShared, "{a}", "{b}");
  const ReferenceDirection wanted = reference("initiator", kShared, "{a}", "{b}");
  EXPECT_EQ(keys.send.counter(), 0u);
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    ASSERT_EQ(copy(keys.send.next_frame().nonce), nonce_for(wanted.iv(), i));
  }
  EXPECT_EQ(keys.send.counter(), 1'000u);
  EXPECT_EQ(keys.receive.counter(), 0u);
}

TEST(KeySchedule, P_SEC_RatchetAfterEvery2To20Frames) {
  SessionKeys keys = keys_of(Role::kResponder, kShared, "{a}", "{b}");
  ReferenceDirection wanted = reference("responder", kShared, "{a}", "{b}");
  for (int ratchets = 0; ratchets < 3; ++ratchets) {
    expect_frame(keys.send, wanted, 0);
    for (std::uint64_t i = 1; i < kFramesPerRatchet - 1; ++i) (void)keys.send.next_frame();
    expect_frame(keys.send, wanted, kFramesPerRatchet - 1);
    wanted = wanted.ratcheted();
  }
}

TEST(KeySchedule, P_SEC_TheExpandedKeyRatchetsToo) {
  SessionKeys ours = keys_of(Role::kInitiator, kShared, "{a}", "{b}");
  SessionKeys theirs = keys_of(Role::kResponder, kShared, "{a}", "{b}");
  codec::AeadKeyPool keys(*codec::aead_backend(codec::AeadChoice::kAuto));
  for (std::uint64_t i = 0; i <= kFramesPerRatchet; ++i) {
    const codec::FrameKey sealing = ours.send.next_frame(keys);
    const codec::FrameKey opening = theirs.receive.next_frame();
    if (i > 1 && i < kFramesPerRatchet - 1) continue;
    codec::ByteVector frame(codec::frame_bytes(codec::kBlockBytes));
    codec::seal_frame(sealing, codec::ByteVector(codec::kBlockBytes), frame.data());
    EXPECT_TRUE(codec::open_frame(opening, frame)) << i;
    EXPECT_EQ(keys.size(), 1u);
  }
  ours.send.forget(keys);
  EXPECT_EQ(keys.size(), 0u);
}

TEST(KeySchedule, P_SEC_DirectionsRatchetOnTheirOwn) {
  SessionKeys keys = keys_of(Role::kInitiator, kShared, "{a}", "{b}");
  for (std::uint64_t i = 0; i <= kFramesPerRatchet; ++i) (void)keys.send.next_frame();
  EXPECT_EQ(keys.send.counter(), 1u);
  EXPECT_EQ(keys.receive.counter(), 0u);
  expect_frame(keys.receive, reference("responder", kShared, "{a}", "{b}"), 0);
}

TEST(KeySchedule, P_SEC_EveryByteOfBothObjectsIsBound) {
  const auto keys_for = [](const ByteVector& shared, std::string_view a, std::string_view b) {
    SessionKeys keys = keys_of(Role::kInitiator, shared, a, b);
    return std::array{copy(keys.send.next_frame().key), copy(keys.receive.next_frame().key)};
  };
  const std::string a = R"({"payload":"abc"})";
  const std::string b = R"({"payload":"xyz"})";
  const auto base = keys_for(kShared, a, b);
  const auto expect_different = [&base](const auto& other) {
    EXPECT_NE(other[0], base[0]);
    EXPECT_NE(other[1], base[1]);
  };
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::string changed = a;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    expect_different(keys_for(kShared, changed, b));
    expect_different(keys_for(kShared, b, changed));
    changed = b;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    expect_different(keys_for(kShared, a, changed));
  }
  expect_different(keys_for(kShared, b, a));
  expect_different(keys_for(kShared, a + " ", b));
  ByteVector shared = kShared;
  shared[0] ^= 1;
  expect_different(keys_for(shared, a, b));
  // A zero in front is not the same secret (the ffdhe result is left-padded, not stripped).
  shared = joined({0}, kShared);
  expect_different(keys_for(shared, a, b));
}

TEST(KeySchedule, MovedFromSecretsAreWiped) {
  SessionKeys keys = keys_of(Role::kInitiator, kShared, "{a}", "{b}");
  SessionKeys moved = std::move(keys);
  expect_frame(moved.send, reference("initiator", kShared, "{a}", "{b}"), 0);
  const ByteVector left = copy(keys.send.next_frame().key);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(left, ByteVector(32, 0));
}

}  // namespace
}  // namespace sdmp::protocol
