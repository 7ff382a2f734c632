// Why a handshake failed or a session was closed. Local knowledge only: the peer never learns it
// (TCP-5, SES-7). Each value is a counter and a word in a log line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/error.h"

namespace sdmp::protocol {

enum class Cause : std::uint8_t {
  kNone,
  // The peer's fault during the handshake (P-HS): answered with `nope`.
  kNotAnObject,          // the first byte is not '{'
  kObjectTooLong,        // no end within 16,384 bytes
  kObjectInvalid,        // not a valid connection object; detail says which check
  kBytesBehindObject,    // the initiator sent more before it had its answer
  kClockSkew,            // created is more than 300 s away from our clock
  kGroupNotAccepted,     // g and p name no group that we accept, or not the one that we offered
  kPublisherUnknown,     // publisher is no trusted, unexpired identity
  kPublisherNotANode,    // publisher is a trusted identity, but a user's
  kPublisherIsSelf,      // publisher is this very node
  kPublisherUnexpected,  // a dialler met another node than the one it expected
  kReplayed,             // this signing input has been seen
  kSignatureInvalid,     // the signature does not verify
  kPublicValueInvalid,   // N is out of range or leads to a zero secret
  kHandshakeDeadline,    // not done in time
  kTooManySessions,      // the node already has as many sessions as one may have
  kCrowdedOut,           // waited longest for its object when there were too many who do
  // The peer ended it.
  kRefusedByPeer,  // we received `nope`
  kClosedByPeer,   // end of stream or reset
  // The peer's fault on an established session: silent close.
  kFrameInvalid,        // detail: kFrameHeader ... kFrameText
  kContainerInvalid,    // the text is no valid container; detail says which check
  kContainerSignature,  // a signature does not verify
  kNotSignedByPeer,     // a sync message signed by someone else than the peer
  kSendStalled,         // the peer has not taken a byte for too long
  // Ours.
  kTrustLost,  // the node is not trusted any more
  kShuttingDown,
  kLocalFailure,  // a resource of ours is exhausted or a library failed; detail
};

struct Failure {
  Cause cause = Cause::kNone;
  std::optional<codec::Error> detail;
};

// Stable snake_case name without the k: metric label and log field.
std::string_view name(Cause cause);
// One English clause for people; for a Failure the detail's explanation follows.
std::string_view explain(Cause cause);
std::string describe(const Failure& failure);

}  // namespace sdmp::protocol
