// The handshake (TCP-1 ... TCP-5, SES-1 ... SES-8, P-HS) as two state machines, sans-IO: bytes,
// time, randomness and trust go in; bytes to send and an outcome come out.
//
// Costly work comes last and in a step of its own, compute(), so that a shard can budget it per
// loop turn. Every failure is the same to the peer: the caller sends `nope` and closes, except for
// kRefusedByPeer and some kClosedByPeer (owes_nope() says), where it just closes. Deadlines are the
// caller's: when one passes in a state other than kExpectFrames it calls expire().
//
// In kFailed every event is without effect: nothing more is read, computed or sent.
//
// States are named by what they expect next (docs/handshake.md has the state x event table).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/connection_object.h"
#include "codec/container.h"
#include "codec/key_agreement.h"
#include "engine/protocol/cause.h"
#include "engine/protocol/key_schedule.h"
#include "engine/protocol/object_scanner.h"
#include "engine/protocol/replay_cache.h"
#include "engine/protocol/trust.h"

namespace sdmp::protocol {

using AgreementSeed = codec::Secret<codec::kAgreementSeedBytes>;

// What a step may look at; everything is borrowed for the call.
struct HandshakeContext {
  codec::UnixMillis now;
  const codec::PrivateKey& node_key;
  const TrustTable& trust;
  ReplayGuard& replay;
  codec::ContainerReader& reader;  // scratch
};

enum class HandshakeState : std::uint8_t {
  kExpectStart,    // initiator: start() has not been called
  kExpectObject,   // the peer's connection object, or more of it
  kExpectCompute,  // an object passed the cheap checks: compute() is due
  kExpectFrames,   // established
  kFailed,
};
std::string_view name(HandshakeState state);

struct HandshakeResult {
  codec::Fingerprint peer;
  SessionKeys keys;
  codec::Group group;
};

// What both roles share: the peer's object, its checks and its outcome.
class Handshake {
 public:
  HandshakeState state() const { return state_; }
  // Why, in kFailed.
  const Failure& failure() const { return failure_; }
  // Whether `nope` is due, in kFailed: always, except after kRefusedByPeer, and after kClosedByPeer
  // for an initiator (a responder that only closed its write side still reads its answer).
  bool owes_nope() const;
  // The deadline has passed: kHandshakeDeadline. No effect once established or failed.
  void expire() { refuse(Cause::kHandshakeDeadline); }
  // The caller has a reason of its own to end it: kTooManySessions, kShuttingDown, kLocalFailure.
  // No effect once established or failed.
  void refuse(Cause cause, std::optional<codec::Error> detail = std::nullopt);
  // The peer closed its side: kClosedByPeer, or kObjectInvalid in the middle of its object. No
  // effect in kExpectCompute (a good object in hand may still be answered), once established or
  // failed.
  void end_of_stream();
  // In kExpectCompute: who the object says it is from; not verified before compute().
  const codec::Fingerprint& claimed_peer() const { return peer_; }
  // Once, in kExpectFrames.
  HandshakeResult take_result();

 protected:
  Handshake(Role role, HandshakeState initial) : role_(role), state_(initial) {}

  void fail(Cause cause, std::optional<codec::Error> detail = std::nullopt);
  // Collects the object; true when it is complete and passed every cheap check. `consumed` as in
  // ObjectScanner::scan.
  bool collect(codec::Bytes bytes, const HandshakeContext& context, std::size_t& consumed);
  // JSON, schema, clock, group, known publisher, replay: in this order, behind size (P-HS).
  bool check_cheaply(const HandshakeContext& context);
  bool check_parameters(const codec::Container& container);
  bool check_publisher(const codec::Fingerprint& publisher, const HandshakeContext& context);
  // Signature, then entry into the replay cache.
  bool check_signature(const HandshakeContext& context);
  // The DH computation: the shared secret, or nothing and kFailed.
  std::optional<codec::SecretBytes> agree(const codec::EphemeralKey& own);
  // Derives the keys from it and both objects; the state is kExpectFrames then.
  void establish(codec::Bytes shared_secret, std::string_view own_object);

  Role role_;
  HandshakeState state_;
  Failure failure_;
  ObjectScanner scanner_;
  std::string peer_object_;
  codec::Fingerprint peer_;
  codec::ConnectionParameters peer_parameters_{};
  ReplayKey replay_key_;
  // Empty: any trusted node. Otherwise the peer must be one of these (P-HS: a dialler knows which).
  std::vector<codec::Fingerprint> expected_;
  std::optional<codec::Group> offered_group_;  // initiator: what g and p must name
  std::optional<HandshakeResult> result_;
};

class Responder : public Handshake {
 public:
  Responder();
  // Bytes from the initiator, in any split. Bytes behind the object before the answer is sent are
  // an error (kBytesBehindObject), in the same call or a later one. Not to be called in
  // kExpectFrames: what comes then are frames.
  void receive(codec::Bytes bytes, const HandshakeContext& context);
  // In kExpectCompute: verifies, agrees, and returns our connection object to send; then the state
  // is kExpectFrames. On failure the result is empty and the state kFailed.
  std::string compute(const HandshakeContext& context, AgreementSeed seed);
};

class Initiator : public Handshake {
 public:
  // `expected`: the fingerprints that may answer; not empty.
  Initiator(codec::Group group, std::vector<codec::Fingerprint> expected);
  // Our connection object, to be sent first (TCP-1). Empty on failure (kLocalFailure).
  std::string start(const HandshakeContext& context, AgreementSeed seed);
  // Bytes from the responder; returns how many were consumed: what follows the object are frames.
  // `nope` in place of an object is kRefusedByPeer. Consumes nothing in kExpectCompute and
  // kExpectFrames. Not to be called in kExpectStart.
  std::size_t receive(codec::Bytes bytes, const HandshakeContext& context);
  // In kExpectCompute.
  void compute(const HandshakeContext& context);

 private:
  // The refusal in place of an object, in any split.
  void match_nope(codec::Bytes bytes);

  std::size_t nope_matched_ = 0;
  std::string own_object_;
  std::optional<codec::EphemeralKey> ephemeral_;
};

}  // namespace sdmp::protocol
