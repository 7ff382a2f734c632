#include "engine/protocol/key_schedule.h"

#include <array>
#include <span>
#include <string>
#include <utility>

#include "codec/hkdf.h"
#include "engine/protocol/limits.h"

namespace sdmp::protocol {

TrafficSecret::TrafficSecret(codec::Bytes prk, Role sender) {
  const std::string_view info =
      sender == Role::kInitiator ? "sdmp 0.10 tcp initiator" : "sdmp 0.10 tcp responder";
  codec::hkdf_expand(prk, info, secret_.writable());
  derive();
}

// The ratchet waits for the first frame that needs it, because the caller still holds a view of the
// key of the last one.
codec::FrameKey TrafficSecret::next_frame() {
  if (ratchet_is_due()) {
    codec::Secret<64> next;
    codec::hkdf_expand(secret_.bytes(), "ratchet", next.writable());
    secret_ = std::move(next);
    derive();
    counter_ = 0;
  }
  codec::FrameKey frame{std::span<const std::uint8_t, codec::kAeadKeyBytes>(key_.writable()), {}};
  const codec::Bytes iv = iv_.bytes();
  for (std::size_t i = 0; i < frame.nonce.size(); ++i) {
    const std::size_t shift = 8 * (frame.nonce.size() - 1 - i);
    const std::uint64_t octet = shift < 64 ? counter_ >> shift & 0xff : 0;
    frame.nonce[i] = static_cast<std::uint8_t>(iv[i] ^ octet);
  }
  ++counter_;
  return frame;
}

codec::FrameKey TrafficSecret::next_frame(codec::AeadKeyPool& keys) {
  if (ratchet_is_due()) forget(keys);
  codec::FrameKey frame = next_frame();
  frame.expanded = &keys.get(place_, frame.key);
  return frame;
}

bool TrafficSecret::ratchet_is_due() const {
  return counter_ == kFramesPerRatchet;
}

void TrafficSecret::derive() {
  codec::hkdf_expand(secret_.bytes(), "key", key_.writable());
  codec::hkdf_expand(secret_.bytes(), "iv", iv_.writable());
}

SessionKeys derive_session_keys(Role role, codec::Bytes shared_secret,
                                codec::Bytes initiator_object, codec::Bytes responder_object) {
  const codec::Hash initiator_hash = codec::sha512(initiator_object);
  const codec::Hash responder_hash = codec::sha512(responder_object);
  const codec::Hash transcript = codec::sha512(initiator_hash, responder_hash);
  const codec::Secret<64> prk = codec::hkdf_extract(transcript, shared_secret);
  TrafficSecret initiator(prk.bytes(), Role::kInitiator);
  TrafficSecret responder(prk.bytes(), Role::kResponder);
  if (role == Role::kInitiator) return {std::move(initiator), std::move(responder)};
  return {std::move(responder), std::move(initiator)};
}

}  // namespace sdmp::protocol
