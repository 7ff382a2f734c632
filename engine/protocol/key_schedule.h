// P-SEC: from the agreed secret and both objects' exact bytes to one key per direction, with the
// ratchet. Wiped at the end of its life.
#pragma once

#include <cstdint>

#include "codec/aead_key_pool.h"
#include "codec/digest.h"
#include "codec/frame.h"
#include "codec/secret.h"

namespace sdmp::protocol {

enum class Role : std::uint8_t { kInitiator, kResponder };

// One direction's secret, key, iv and counter.
class TrafficSecret {
 public:
  TrafficSecret() = default;
  TrafficSecret(codec::Bytes prk, Role sender);

  // The key and nonce of the next frame; advances the counter, and after every 2^20 frames the
  // ratchet. The span in the result is valid until the next call.
  codec::FrameKey next_frame();
  // The same with the key expanded, which lies in `keys` as long as it is used.
  codec::FrameKey next_frame(codec::AeadKeyPool& keys);
  // There is no next frame: wipes the expanded key.
  void forget(codec::AeadKeyPool& keys) { keys.release(place_); }
  std::uint64_t counter() const { return counter_; }

 private:
  bool ratchet_is_due() const;
  void derive();

  codec::Secret<64> secret_;
  codec::Secret<codec::kAeadKeyBytes> key_;
  codec::Secret<codec::kAeadNonceBytes> iv_;
  std::uint64_t counter_ = 0;  // frames since the last ratchet
  codec::AeadKeyPool::Place place_;
};

struct SessionKeys {
  TrafficSecret send;
  TrafficSecret receive;
};

// `initiator_object` and `responder_object` are the exact bytes sent; `role` is ours.
SessionKeys derive_session_keys(Role role, codec::Bytes shared_secret,
                                codec::Bytes initiator_object, codec::Bytes responder_object);

}  // namespace sdmp::protocol
