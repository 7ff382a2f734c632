// Frames and keys of sessions made by a test, without a handshake.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "codec/deflate.h"
#include "codec/frame.h"
#include "engine/protocol/key_schedule.h"
#include "engine/protocol/session.h"

namespace sdmp::protocol::testing {

// One scratch for all: sessions use it by turns, as on a shard.
inline SessionScratch& shared_scratch() {
  static SessionScratch scratch{codec::FrameLimits{}};
  return scratch;
}

inline codec::ByteVector seal(std::string_view text, const codec::FrameKey& key) {
  static codec::Deflater deflater(codec::kCompressDefault);
  codec::ByteVector packed(deflater.packed_bound(text.size()));
  packed.resize(deflater.pack(text, packed).value());
  codec::ByteVector frame(codec::frame_bytes(packed.size()));
  codec::seal_frame(key, packed, frame.data());
  return frame;
}

// Keys of both ends, initiator first, as a function of `seed`.
inline std::pair<SessionKeys, SessionKeys> make_session_keys(std::uint64_t seed) {
  const std::string secret = "shared secret " + std::to_string(seed);
  const auto derive = [&](Role role) {
    return derive_session_keys(role, codec::as_bytes(secret), codec::as_bytes("initiator"),
                               codec::as_bytes("responder"));
  };
  return {derive(Role::kInitiator), derive(Role::kResponder)};
}

}  // namespace sdmp::protocol::testing
